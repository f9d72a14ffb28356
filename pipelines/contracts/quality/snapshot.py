"""Snapshots: the files that arrived."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    NO_TIME,
    Moment,
    as_in,
    flag,
    hashed,
    identifier,
    integer,
    moment,
    text,
)


@table(grain=["snapshot_id"])
class Snapshot(Contract):
    """One row per file: what was received, and how many of its cases were loaded.

    A file of a source of snapshots holds all that the source says at its time; a file of a
    source that appends holds runs.
    """

    snapshot_id: str = hashed("Id of the snapshot: a hash of its source, time and content")
    source_id: str = identifier(as_in("dim_source.source_id"))
    mode: str = text(as_in("dim_source.mode"), one_of=["snapshot", "append"])
    snapshot_order: int = integer("Position of the snapshot in time among all sources, from 0")
    generated_at: Moment = moment(
        "Time of the snapshot: `generated` of a feed, the newest run of a file that appends, "
        "else the time in the file name, else `accessed` in SOURCE.yml",
        null=NO_TIME,
    )
    is_newest: bool = flag(
        "True for the newest snapshot of its source, and for every file of one that appends"
    )
    file_name: str = text("Name of the file in the folder of its source")
    file_sha256: str = hashed("SHA-256 of the file")
    content_sha256: str = hashed("SHA-256 of the decompressed content")
    license: str = text(as_in("dim_source.license"), null="the feed states none")
    declared_count: int = integer(
        "Number of cases that the feed states", unit="cases", null="none stated (NDJSON)"
    )
    item_count: int = integer("Items in the file", unit="cases")
    case_count: int = integer("Number of cases that the row covers", unit="cases")
    duplicate_count: int = integer(
        "Items left out because they repeat an earlier one", unit="cases"
    )
    reject_count: int = integer("Items rejected", unit="cases")
    is_publishable: bool = flag(
        "True if few enough items were rejected to publish it as the newest snapshot (setting "
        "max_reject_share)"
    )
