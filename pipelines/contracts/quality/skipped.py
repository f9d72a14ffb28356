"""Records of result files that are out of scope."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, hashed, identifier, integer, text


@table(grain=["snapshot_id", "skip_reason"])
class Skipped(Contract):
    """One row per file and reason for which records were skipped; they are no rejects."""

    snapshot_id: str = hashed(as_in("snapshot.snapshot_id"))
    source_id: str = identifier(as_in("dim_source.source_id"))
    skip_reason: str = text("Reason why the records are out of scope")
    record_count: int = integer("Records skipped", unit="records")
