"""A look at the data folder: the facts that `roofhouse status` prints and that alerts report.

Nothing here imports Dagster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.alert import event
from pipelines.alert.conditions import Conditions
from pipelines.alert.event import Event, plain
from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import sha256_of
from pipelines.metadata import licences, news
from pipelines.orchestration import last_run
from pipelines.orchestration.last_run import Failed, LastRun
from pipelines.publish import atomic, manifest
from pipelines.settings import Settings
from pipelines.warehouse import is_locked

#: Checks about all sources at once; an event for each source reports the same.
_TOLD_BY_SOURCE = {
    "every_source_is_fresh",
    "every_source_published",
    "no_snapshot_held_back",
    "set_is_recent",
}


@dataclass(frozen=True)
class Published:
    """The published set: its manifest, what differs from it by file, and an interrupted build."""

    manifest: dict[str, Any]
    broken: dict[str, str]
    interrupted_build: str | None


@dataclass(frozen=True)
class Run:
    """The last run, and whether it is running: one that is not, and has no end, has died."""

    record: LastRun
    is_running: bool

    @property
    def failure(self) -> str | None:
        """Why it failed; None if it succeeded or is running."""
        if self.record.ended_at is None and not self.is_running:
            return "it died"
        return self.record.failure


def last(settings: Settings) -> Run | None:
    """Return the last run; None if it is not recorded."""
    run = last_run.read(settings)
    if run is None:
        return None
    return Run(run, is_running=run.ended_at is None and is_locked(settings))


def published(settings: Settings, digest: Callable[[Path], str] = sha256_of) -> Published:
    """Return the published set, once a publication under way has ended.

    Raises RoofhouseError if nothing is published.
    """
    atomic.wait(settings)
    status = manifest.check(settings, digest)
    if status.broken and manifest.read(settings)["build_id"] != status.manifest["build_id"]:
        status = manifest.check(settings, digest)  # a publication came in between
    interrupted = atomic.pending_build(settings) if atomic.is_pending(settings) else None
    return Published(status.manifest, status.broken, interrupted)


def is_building(settings: Settings) -> bool:
    """Return True if a build is running; False if the lock is unreadable, which a build reports."""
    try:
        return is_locked(settings)
    except RoofhouseError:
        return False


def conditions(
    settings: Settings, digest: Callable[[Path], str] = sha256_of
) -> tuple[Conditions, str | None]:
    """Return the problems of a data folder, and the id of the published build."""
    found = Conditions()
    run = last(settings)
    if run is None:
        found.unknown |= {"run_failed", "check_failed"}
    else:
        _add_run(found, run)
        found.add(*_checks(run.record.checks))
    try:
        told = published(settings, digest)
    except RoofhouseError as error:
        found.unknown |= {"held_back", "left_out"}
        if run is not None and run.record.build_id and not is_building(settings):
            found.add(_not_whole(str(error)))
        return found, None
    if told.broken or told.interrupted_build:
        if is_building(settings):  # it publishes
            found.unknown.add("not_whole")
        else:
            found.add(_not_whole(_what_is_broken(told)))
    found.add(*_sources(told.manifest))
    return found, told.manifest["build_id"]


def failed(run: LastRun, failure: str) -> Event:
    """Return the event for a failed run."""
    return Event(
        kind="run_failed",
        key="run",
        severity="error",
        message=plain(f"the run of {run.job} failed: {failure}"),
        at=run.ended_at or run.started_at,
        run_id=run.run_id,
        occurrence=run.run_id,
    )


def _add_run(found: Conditions, run: Run) -> None:
    if run.failure is not None:
        found.add(failed(run.record, run.failure))
    elif not run.is_running:
        found.well_since = run.record.ended_at


def _checks(checks: list[Failed]) -> Iterator[Event]:
    for one in checks:
        if one.check in _TOLD_BY_SOURCE:
            continue
        # A finding is about the claims: no operator need act on it, however severe its rule is.
        is_claim = one.table == "finding" and one.severity == "error"
        severity = "warn" if is_claim else one.severity
        yield Event(
            kind="check_failed",
            key=f"check:{one.table}.{one.check}",
            severity=severity,
            message=plain(f"{one.table}.{one.check}: {one.message}"),
            at=event.now(),
            table=one.table,
            check=one.check,
            occurrence=severity,
        )


def _sources(told: dict[str, Any]) -> Iterator[Event]:
    for one in news.held(told):
        source = one["source"]
        words, do = news.held_in_words(one)
        yield Event(
            kind="held_back",
            key=f"held_back:{source}",
            severity="error",
            message=f"{plain(words)}; {do}",
            at=event.now(),
            source=source,
            occurrence=one["file"],
        )
    for one in licences.left_out(told):
        yield Event(
            kind="left_out",
            key=f"left_out:{one['id']}",
            severity="error",
            message=plain(f"{one['id']}: {one['problem']}"),
            at=event.now(),
            source=one["id"],
        )


def _what_is_broken(told: Published) -> str:
    if told.interrupted_build:
        return f"the publication of build {told.interrupted_build} was interrupted"
    file, why = next(iter(told.broken.items()))
    more = f", and {len(told.broken) - 1} more" if len(told.broken) > 1 else ""
    return f"{file} {why}{more}; run `roofhouse build`"


def _not_whole(why: str) -> Event:
    return Event("not_whole", "not_whole", "error", plain(why), event.now())
