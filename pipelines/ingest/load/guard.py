"""The guard on volume: a snapshot that takes much away at once waits until it is accepted.

In the order of their times, each snapshot of a source is compared with the last one before it that
was not held back. The outcome follows from the raw files, the settings and accepted.yml, not from
earlier publications; only the test for snapshots from the future depends on the clock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingest.load import accepted
from pipelines.ingest.load.snapshots import Staged, member, time_of
from pipelines.settings import Settings

#: How far the time of a snapshot may be ahead of this machine's clock.
_AHEAD = dt.timedelta(days=1)
#: Maximum number of case ids in a reason; the others are counted.
_SHOWN = 10

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_id": pl.String,
    "file_name": pl.String,
    "file_sha256": pl.String,
    "content_sha256": pl.String,
    "generated_at": pl.Datetime("us"),
    "guard": pl.String,
    "is_waiting": pl.Boolean,
    "compared_with": pl.String,
    "case_count_before": pl.Int64,
    "missing_case_count": pl.Int64,
    "held_reason": pl.String,
}


@dataclass(frozen=True)
class Held:
    """A snapshot that is held back: by which guard, against which file, and why in words.

    It needs to be looked at (`is_waiting`) until a later snapshot of its source is let through.
    """

    staged: Staged
    content_sha256: str
    generated_at: dt.datetime
    guard: str
    held_reason: str
    is_waiting: bool = True
    compared_with: str | None = None
    case_count_before: int | None = None
    missing_case_count: int | None = None


@dataclass(frozen=True)
class _Content:
    """What the guard compares: the throughput of each case by hardware, and the ids seen."""

    cases: pl.DataFrame
    seen: frozenset[str]


def hold_back(
    staged: list[Staged], settings: Settings, accept: Collection[str] = ()
) -> tuple[list[Staged], list[Held]]:
    """Return the files that are let through, and the snapshots that are held back.

    `accept` names sources whose newest snapshot is accepted now, if it waits; accepted.yml
    remembers that.
    """
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    known = accepted.read(settings)
    by_source: defaultdict[str, list[Staged]] = defaultdict(list)
    for one in staged:
        if one.file.source.is_snapshot:
            by_source[one.file.source.id].append(one)
    held: list[Held] = []
    for source_id, files in by_source.items():
        found = _of_source(files, settings, known, now)
        waiting = [one for one in found if one.is_waiting and one.guard != "from_the_future"]
        if waiting and source_id in accept:
            last = waiting[-1]
            accepted.add(settings, source_id, last.content_sha256, last.staged.file.name)
            known.add((source_id, last.content_sha256))
            found = _of_source(files, settings, known, now)
        held += found
    out = {(one.staged.file.source.id, one.generated_at, one.content_sha256) for one in held}
    members: dict[Path, dict[str, Any]] = {}
    kept = [
        one
        for one in staged
        if not one.file.source.is_snapshot
        or (one.file.source.id, *_identity(one, members)) not in out
    ]
    return kept, held


def frame(held: list[Held]) -> pl.DataFrame:
    """Return the snapshots that are held back as rows, ordered by source and time."""
    rows = [
        {
            "source_id": one.staged.file.source.id,
            "file_name": one.staged.file.name,
            "file_sha256": one.staged.file.sha256,
            **{name: getattr(one, name) for name in SCHEMA if hasattr(one, name)},
        }
        for one in held
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        "source_id", "generated_at", "file_name"
    )


def _identity(one: Staged, members: dict[Path, dict[str, Any]]) -> tuple[dt.datetime, str]:
    """Return time and content of a snapshot. Two files with the same time and content are one."""
    meta = member(one, members)
    at = time_of(one.file, meta)
    assert at is not None  # a source that has a snapshot without a time is already left out
    return at, meta["content_sha256"]


def _of_source(
    files: list[Staged], settings: Settings, known: accepted.Accepted, now: dt.datetime
) -> list[Held]:
    """Return the snapshots of one source that are held back, the newest last."""
    members: dict[Path, dict[str, Any]] = {}
    ordered: dict[tuple[dt.datetime, str], Staged] = {}
    for one in sorted(files, key=lambda one: (*_identity(one, members), one.file.name)):
        ordered.setdefault(_identity(one, members), one)
    held: list[Held] = []
    before: Staged | None = None
    contents = _Contents()
    for (at, content_sha256), one in ordered.items():
        found = None
        if at > now + _AHEAD:
            found = Held(
                one,
                content_sha256,
                at,
                "from_the_future",
                f"its time, {at:%Y-%m-%dT%H:%M:%SZ}, is more than a day ahead of the clock",
            )
        elif before is not None and (one.file.source.id, content_sha256) not in known:
            found = _compared(before, one, at, content_sha256, contents, settings)
        if found is None:
            before = one
            held = [replace(other, is_waiting=False) for other in held]
        else:
            held.append(found)
    return held


def _compared(
    before: Staged,
    one: Staged,
    at: dt.datetime,
    content_sha256: str,
    contents: _Contents,
    settings: Settings,
) -> Held | None:
    """Compare a snapshot with the one before it; None if it is let through."""
    past, now = contents.of(before), contents.of(one)
    source = one.file.source
    back = set(source.withdrawn_ids)
    gone = sorted(
        case_id
        for case_id in set(past.cases["case_id"]) - now.seen
        if source.qualified(case_id) not in back
    )
    count = past.cases.height
    if len(gone) / max(count, 1) > settings.max_retired_share:
        guard = "cases_retired"
        named = ", ".join(source.qualified(case_id) for case_id in gone[:_SHOWN])
        more = f" and {len(gone) - _SHOWN:,} more" if len(gone) > _SHOWN else ""
        reason = (
            f"{len(gone):,} of {count:,} cases would be retired at once, more than "
            f"max_retired_share ({settings.max_retired_share:.0%}): {named}{more}"
        )
    elif moved := _moved(past.cases, now.cases, settings.max_throughput_factor):
        guard = "throughput_moved"
        named = "; ".join(
            f"{hardware} from {was:,.6g} to {is_:,.6g} tok/s"
            for hardware, was, is_ in moved[:_SHOWN]
        )
        more = f" and {len(moved) - _SHOWN:,} more" if len(moved) > _SHOWN else ""
        reason = (
            "the median decode throughput moves by more than max_throughput_factor "
            f"({settings.max_throughput_factor:g}): {named}{more}"
        )
    else:
        return None
    return Held(
        one,
        content_sha256,
        at,
        guard,
        reason,
        compared_with=before.file.name,
        case_count_before=count,
        missing_case_count=len(gone),
    )


def _moved(past: pl.DataFrame, now: pl.DataFrame, factor: float) -> list[tuple[str, float, float]]:
    """Return the hardware whose median throughput moved too far, with both medians.

    Only cases in both snapshots count, because new ones may well be faster.
    """
    both = past.join(now, on="case_id", suffix="_now").filter(
        pl.col("decode_tok_s") > 0, pl.col("decode_tok_s_now") > 0
    )
    medians = (
        both.group_by("hardware_id")
        .agg(pl.col("decode_tok_s").median(), pl.col("decode_tok_s_now").median())
        .sort("hardware_id")
    )
    return [
        (hardware, was, is_)
        for hardware, was, is_ in medians.iter_rows()
        if max(was / is_, is_ / was) > factor
    ]


class _Contents:
    """The content of snapshots; the last files stay in memory, since small snapshots share them."""

    def __init__(self) -> None:
        self._read: dict[Path, pl.DataFrame] = {}

    def of(self, one: Staged) -> _Content:
        """Read cases and rejects of a snapshot."""
        cases = self._part(one, "fact_case", "case_id", "hardware_id", "decode_tok_s")
        rejects = self._part(one, "reject", "case_id")
        ids = [*cases["case_id"], *rejects["case_id"].drop_nulls()]
        return _Content(cases, frozenset(ids))

    def _part(self, one: Staged, name: str, *columns: str) -> pl.DataFrame:
        path = one.folder / f"{name}.parquet"
        if path not in self._read:
            read = pl.read_parquet(path, columns=["file_key", *columns], glob=False)
            # Two snapshots are compared, and each has two files.
            self._read = dict([*self._read.items(), (path, read)][-4:])
        return self._read[path].filter(pl.col("file_key") == one.key).drop("file_key")
