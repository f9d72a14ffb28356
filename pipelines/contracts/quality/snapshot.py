"""Snapshots: the files that arrived."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import Moment, flag, hashed, integer, moment, text


@table(grain=["snapshot_id"])
class Snapshot(Contract):
    """One row per snapshot: what was received, and how many of its cases were loaded."""

    snapshot_id: str = hashed("Id of the snapshot: a hash of its time and content")
    snapshot_order: int = integer("Position of the snapshot in time, from 0")
    generated_at: Moment = moment(
        "Time at which the publisher made the snapshot: `generated` of the feed, or the time in "
        "the file name"
    )
    is_newest: bool = flag("True for the newest snapshot")
    file_name: str = text("Name of the file in data/raw")
    file_sha256: str = hashed("SHA-256 of the file")
    content_sha256: str = hashed("SHA-256 of the decompressed content")
    license: str = text("Licence that the feed states", null="the feed states none")
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
