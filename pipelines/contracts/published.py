"""What the published file says of itself."""

from __future__ import annotations

from pipelines.contracts.vocabulary import Contract, Moment, hashed, integer, moment, table, text


@table("quality", grain=["build_id"])
class Build(Contract):
    """One row: the build that made this file."""

    build_id: str = hashed("Hash of raw files, SQL, contracts and configuration")
    newest_snapshot_at: Moment = moment("Time of the newest snapshot")
    snapshot_count: int = integer("Snapshots that it is made from", unit="snapshots")
    case_count: int = integer("Current cases", unit="cases")
    roofhouse_version: str = text("Version of roofhouse")
    duckdb_version: str = text("Version of DuckDB")
