"""The build that a published file comes from."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import NO_TIME, Moment, as_in, hashed, integer, moment, text


@table(grain=["build_id"], at_publication=True)
class Build(Contract):
    """One row: the build that made this file, and the number of its current cases."""

    build_id: str = hashed("Id of the build: a hash of raw files, SQL, contracts and configuration")
    published_at: Moment = moment(
        "Time of the publication; no other table and no Parquet file depends on the clock"
    )
    newest_snapshot_at: Moment = moment("Time of the newest snapshot", null=NO_TIME)
    snapshot_count: int = integer("Snapshots that the build is made from", unit="snapshots")
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    roofhouse_version: str = text("Version of roofhouse")
    duckdb_version: str = text("Version of DuckDB")
