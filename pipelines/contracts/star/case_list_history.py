"""The lists of a case as each of its revisions had them."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, raw_json, text


@table(grain=["case_id", "revision", "list_name"])
class CaseListHistory(Contract):
    """One row per revision and list of each case that has several revisions.

    A list that is empty in a revision has no row.
    """

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    revision: int = carried("fact_case_history.revision")
    list_name: str = text(
        "Field of the feed that holds the list",
        one_of=["evidence", "issues_encountered", "patterns"],
    )
    elements_json: str = raw_json("Elements of the list in the order of the feed, as JSON")
