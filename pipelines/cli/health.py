"""The health of a data folder in the words of `build` and `status`.

Nothing here imports Dagster, so `status` takes a fraction of a second.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pipelines.cli.output import line
from pipelines.metadata import news
from pipelines.metadata.news import changes, held

__all__ = [
    "Said",
    "age",
    "changes",
    "held",
    "held_in_words",
    "not_built",
    "run_in_words",
    "warnings",
]

if TYPE_CHECKING:
    from pipelines.orchestration.last_run import Failed, LastRun
    from pipelines.settings import Settings

#: Characters of a check's message that are shown; the Dagster UI has all of them.
_LONGEST = 300


class Said(enum.StrEnum):
    """The output formats of `build` and `status`."""

    text = "text"
    json = "json"


def held_in_words(one: dict[str, Any]) -> str:
    """Return a snapshot that is held back in one line, with what to do about it."""
    return line("; ".join(news.held_in_words(one)))


def warnings(checks: Iterable[Failed]) -> Iterator[str]:
    """Yield a line for each check that failed, except those of severity info."""
    for one in checks:
        if one.severity != "info":
            label = "failed " if one.severity == "error" and one.table != "finding" else "warning"
            told = line(one.message)
            told = f"{told[:_LONGEST]}…" if len(told) > _LONGEST else told
            yield f"{label}    {one.table}.{one.check}: {told}"


def age(at: str | None) -> str:
    """Return how long ago a time was, as in `3 hours ago`; empty if it is not known."""
    if not at:
        return ""
    then = dt.datetime.fromisoformat(at)
    hours = (dt.datetime.now(dt.UTC) - then).total_seconds() / 3600
    if hours < 0:
        return "in the future"
    number, unit = (
        (hours * 60, "minute")
        if hours < 2
        else (hours, "hour")
        if hours < 48
        else (hours / 24, "day")
    )
    return f"{number:,.0f} {unit}{'' if round(number) == 1 else 's'} ago"


def run_in_words(run: LastRun, is_running: bool) -> tuple[str, bool]:
    """Return how the last run ended, and True if that requires action."""
    if run.ended_at is None:
        began = f"began {run.started_at} ({age(run.started_at)})"
        return (f"{began}, and is running", False) if is_running else (f"{began}, and died", True)
    ended = f"{run.ended_at} ({age(run.ended_at)})"
    if run.failure is not None:
        return f"failed {ended}: {line(run.failure)}", True
    what = f"build {run.build_id}" if run.build_id else "without a publication"
    return f"ended {ended}: {what}", False


def not_built(settings: Settings, manifest: dict[str, Any]) -> list[str]:
    """Return a line for each raw file that is not in the published build, with the reason.

    Sources that are left out and snapshots that are held back have lines of their own.
    """
    from pipelines.errors import RoofhouseError
    from pipelines.ingest import snapshot
    from pipelines.metadata import licences
    from pipelines.warehouse import published

    if snapshot.fingerprint(settings.raw) == manifest.get("raw_fingerprint"):
        return []
    try:
        found = snapshot.survey(settings.raw)
    except RoofhouseError as error:
        return [line(str(error))]
    with published(settings) as db:
        built = {
            (source_id, sha256): name
            for source_id, sha256, name in db.rows(
                "select source_id, file_sha256, file_name from quality.snapshot union all "
                "select source_id, file_sha256, file_name from quality.held_snapshot"
            )
        }
    left_out = {one["id"] for one in licences.left_out(manifest)}
    told = [why for source, why in found.problems.items() if source not in left_out]
    here = {(file.source.id, file.sha256) for file in found.files}
    told += [
        f"{file.path.relative_to(settings.data)}: added or changed since the build"
        for file in found.files
        if (file.source.id, file.sha256) not in built and file.source.id not in left_out
    ]
    told += [
        f"{source_id}: {name}: published, but removed since the build"
        for (source_id, sha256), name in built.items()
        if (source_id, sha256) not in here and source_id not in found.problems
    ]
    other = (
        "a file of data/raw has another name, or a SOURCE.yml or sidecar changed since the build"
    )
    return [line(one.replace(f"{settings.data}/", "")) for one in told or [other]]
