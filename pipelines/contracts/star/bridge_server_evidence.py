"""Evidence of servers."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.star.dim_evidence import DimEvidence
from pipelines.contracts.vocabulary import as_in, carried, integer


@table(
    grain=["server_key", "ordinal"],
    origin=Origin("server", each="evidence", elements=DimEvidence),
)
class BridgeServerEvidence(Contract):
    """One row per server version and evidence item."""

    server_key: str = carried("dim_server.server_key", references="dim_server.server_key")
    server_id: str = carried("dim_server.server_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    evidence_id: str = carried("dim_evidence.evidence_id")
    evidence_key: str = carried("dim_evidence.evidence_key", references="dim_evidence.evidence_key")
