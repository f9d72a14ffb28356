"""Trust in the evidence of a case."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, integer, text


@table(grain=["case_id"])
class CaseTrust(Contract):
    """One row per current case with evidence: the declared tier, and whether it is overstated."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    evidence_item_count: int = integer("Evidence items of the case", unit="items")
    declared_tier: str = text("Strongest tier that the evidence of the case declares")
    measured_item_count: int = integer("Evidence items declared as measured", unit="items")
    overstated_item_count: int = integer(
        "Evidence items declared as measured that do not qualify (pipelines/config/trust.yml)",
        unit="items",
    )
    traceable_item_count: int = integer(
        "Evidence items declared as measured that qualify and name a URL or a citation",
        unit="items",
    )
    overstated_reason: str = text("Reason why they do not qualify", null="all qualify")
