"""Evidence of hardware."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.star.dim_evidence import DimEvidence
from pipelines.contracts.vocabulary import as_in, carried, integer


@table(
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="evidence", elements=DimEvidence),
)
class BridgeHardwareEvidence(Contract):
    """One row per hardware version and evidence item."""

    hardware_key: str = carried("dim_hardware.hardware_key", references="dim_hardware.hardware_key")
    hardware_id: str = carried("dim_hardware.hardware_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    evidence_id: str = carried("dim_evidence.evidence_id")
    evidence_key: str = carried("dim_evidence.evidence_key", references="dim_evidence.evidence_key")
