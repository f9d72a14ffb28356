"""Evidence of cases."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.star.dim_evidence import DimEvidence
from pipelines.contracts.vocabulary import as_in, carried, integer


@table(
    grain=["case_id", "ordinal"],
    origin=Origin("case", each="evidence", elements=DimEvidence),
)
class BridgeCaseEvidence(Contract):
    """One row per current case and evidence item."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    evidence_id: str = carried("dim_evidence.evidence_id")
    evidence_key: str = carried("dim_evidence.evidence_key", references="dim_evidence.evidence_key")
