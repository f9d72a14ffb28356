"""Advice patterns attached to cases."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import as_in, carried, integer, text


@table(grain=["case_id", "ordinal"], origin=Origin("case", each="patterns"))
class BridgeCasePattern(Contract):
    """One row per current case and advice pattern attached to it.

    A pattern is advice by the publisher; it does not say what was run.
    """

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    pattern_id: str = text("Id of the advice pattern", source="")
