"""Lateness: a source that was not fetched, or a warehouse that was not built, for a day.

It is judged from the data folder, not from Dagster's freshness policy: that covers one source,
misses a fetch from cron, and cannot report a source that was never fetched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.alert.conditions import Conditions
from pipelines.alert.event import Event
from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch import record, target
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.alert.book import Book

#: After the first time, a daily fetch or build is late; after the second, it was missed.
LATE = dt.timedelta(hours=26)
MISSED = dt.timedelta(hours=36)

#: The key of the last build in the book; no source can have this id.
BUILD = "(build)"


def add(found: Conditions, settings: Settings, book: Book, now: dt.datetime) -> None:
    """Add late sources and builds; the book keeps the times, since data/build may be deleted."""
    times = record.read(settings)
    if found.well_since is not None:
        times[BUILD] = dt.datetime.fromisoformat(found.well_since)
    for source_id in (*_sources(found, settings), BUILD):
        first = book.first_look.setdefault(source_id, now)
        known = [one[source_id] for one in (times, book.seen) if source_id in one]
        if known:
            book.seen[source_id] = max(known)
        last = book.seen.get(source_id)
        since = now - (last or first)
        if since <= LATE:
            continue
        severity = "error" if since > MISSED else "warn"
        is_build = source_id == BUILD
        done = "no run has ended well" if is_build else "was not fetched"
        from_ = _text(last) if last else f"the first look at {_text(first)}"
        found.add(
            Event(
                kind="stale",
                key="stale" if is_build else f"stale:{source_id}",
                severity=severity,
                message=f"{'' if is_build else source_id + ' '}{done} since {from_}, "
                f"for {since.total_seconds() / 3600:.0f} hours",
                at=_text(now),
                source=None if is_build else source_id,
                occurrence=severity,
            )
        )


def _sources(found: Conditions, settings: Settings) -> Iterator[str]:
    """Yield the sources with a url; one with a broken SOURCE.yml is unknown."""
    try:
        folders = target.find_all(settings)
    except RoofhouseError:  # there are none
        return
    for one in folders:
        if one.problem:
            found.unknown.add(f"stale:{one.source.id}")
        else:
            yield one.source.id


def _text(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
