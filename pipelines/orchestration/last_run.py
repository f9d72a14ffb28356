"""data/build/last_run.json: how the last run ended, and what its checks found.

Dagster keeps all runs in DAGSTER_HOME, and takes a second to answer. This file is about one data
folder, and `roofhouse status` reads it at once. The process of the run writes it under the build
lock, at the start and at the end: a run with no recorded end, and without the lock, has died.
"""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from pipelines.settings import Settings

NAME = "last_run.json"


@dataclass(frozen=True)
class Failed:
    """A check that failed. `severity`: error stops a publication, warn does not.

    Rules of the audit may also have info, which needs no attention.
    """

    table: str
    check: str
    severity: str
    message: str


@dataclass
class LastRun:
    """A run: when it began and ended, why it failed, and the build that it published."""

    run_id: str
    job: str
    started_at: str
    ended_at: str | None = None
    failure: str | None = None
    build_id: str | None = None
    #: When this run or an earlier one last published, or found the published set up to date.
    built_at: str | None = None
    #: The checks that failed when they were last evaluated, in this run or an earlier one.
    checks: list[Failed] = field(default_factory=list)


def begin(settings: Settings, run_id: str, job: str) -> LastRun:
    """Record that a run begins. Checks that it does not evaluate stay as they were."""
    before = read(settings)
    run = LastRun(run_id, job, now())
    if before is not None:
        run.built_at, run.checks = before.built_at, before.checks
    write(settings, run)
    return run


def now() -> str:
    """Return the time in the form of the record: UTC, to the second."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def write(settings: Settings, run: LastRun) -> None:
    """Write the record in one step."""
    path = settings.build / NAME
    new = path.with_name(f".{NAME}.tmp")
    new.write_text(json.dumps(asdict(run), indent=1, ensure_ascii=False), encoding="utf-8")
    new.replace(path)


def read(settings: Settings) -> LastRun | None:
    """Return the record of the last run; None if it is missing or cannot be read."""
    try:
        found = json.loads((settings.build / NAME).read_text(encoding="utf-8"))
        checks = [Failed(**one) for one in found.pop("checks")]
        return LastRun(**found, checks=checks)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def failed(settings: Settings, run_id: str, failure: str) -> None:
    """Record why a run failed, if its own process could not."""
    run = read(settings)
    if run is not None and run.run_id == run_id and run.failure is None:
        run.failure = failure
        run.ended_at = run.ended_at or now()
        with suppress(OSError):
            write(settings, run)
