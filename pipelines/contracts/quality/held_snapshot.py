"""Snapshots that are held back."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    Moment,
    as_in,
    flag,
    hashed,
    identifier,
    integer,
    moment,
    text,
)

_IN_FUTURE = "held back only because of its time"


@table(grain=["source_id", "file_name"])
class HeldSnapshot(Contract):
    """One row per snapshot that is held back: it is in data/raw, but not in this build.

    A guard compares each snapshot with the last one of its source before it that was not held
    back. Until the snapshot is accepted, the source is published from that earlier one.
    """

    source_id: str = identifier(as_in("dim_source.source_id"), references="dim_source.source_id")
    file_name: str = text(as_in("snapshot.file_name"))
    file_sha256: str = hashed(as_in("snapshot.file_sha256"))
    content_sha256: str = hashed(as_in("snapshot.content_sha256"))
    generated_at: Moment = moment(as_in("snapshot.generated_at"))
    guard: str = text(
        "Guard that holds it back: too many cases would be retired at once (max_retired_share), a "
        "median throughput changed too much (max_throughput_factor), or a time in the future",
        one_of=["cases_retired", "throughput_moved", "from_the_future"],
    )
    is_waiting: bool = flag(
        "True if no later snapshot of its source is published, so that it waits to be accepted"
    )
    compared_with: str = text("Name of the file it was compared with", null=_IN_FUTURE)
    case_count_before: int = integer("Cases in that file", unit="cases", null=_IN_FUTURE)
    missing_case_count: int = integer(
        "Cases of that file that are missing from the snapshot", unit="cases", null=_IN_FUTURE
    )
    held_reason: str = text("Reason in words, with the first cases or hardware")
