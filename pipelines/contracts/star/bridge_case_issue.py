"""Issues that cases ran into."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import carried, integer, text


@table(grain=["case_id", "ordinal"], origin=Origin("case", each="issues_encountered"))
class BridgeCaseIssue(Contract):
    """One row per current case and issue encountered."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    ordinal: int = integer("Position in the list of the feed, from 0")
    issue: str = text("Issue in the words of the submitter", source="")
