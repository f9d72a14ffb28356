"""Automation: the jobs, the daily schedule, the sensors on data/raw and on old runs.

A job runs in one process, since one DuckDB file has one writer; the build lock keeps
two runs apart.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePath

import dagster as dg
from pydantic import BaseModel, ValidationError

from pipelines import settings as settings_
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, sources
from pipelines.ingest.sources import Folder
from pipelines.orchestration import event_log, restage
from pipelines.orchestration.freshness import FEED, SOURCES_CHECK
from pipelines.orchestration.look import is_building
from pipelines.orchestration.retention import forget_old_runs, newest_run
from pipelines.publish import manifest
from pipelines.report.wording import many
from pipelines.settings import Settings

#: All assets except the one by source (see `restage`).
_ALL = dg.AssetSelection.all() - dg.AssetSelection.assets(restage.KEY)
#: build_warehouse uses no network and so does not evaluate lateness of sources; the sensor does.
_LATE = dg.AssetSelection.checks(dg.AssetCheckKey(FEED, SOURCES_CHECK))

build_warehouse = dg.define_asset_job(
    "build_warehouse",
    selection=_ALL - _LATE,
    description="From data/raw to the published warehouse and marts, without a network.",
    executor_def=dg.in_process_executor,
)

fetch_and_build = dg.define_asset_job(
    "fetch_and_build",
    selection=_ALL | _LATE,
    config={"ops": {"raw_snapshots": {"config": {"pull": True}}}},
    description="Fetches each source that has a url, if it can be reached; builds and publishes.",
    executor_def=dg.in_process_executor,
)

daily = dg.ScheduleDefinition(
    name="daily",
    job=fetch_and_build,
    tags_fn=lambda _: {event_log.DATA_TAG: event_log.folder(settings_.load())},
    cron_schedule="17 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Fetches the sources that have a url and builds, every day at 04:17 UTC.",
)


class Cursor(BaseModel):
    """The sensor's memory: states of data/raw, by their hash."""

    folder: str = ""
    """The data folder; the cursor of another folder is forgotten."""

    seen: str = ""
    """The state at the last look; a run is requested only if it is still the same at the next."""

    settled: str = ""
    """The state that is published, or that a run was requested for."""

    requests: int = 0
    """Number of runs requested. Part of the run key, since a state may come back."""

    @classmethod
    def read(cls, text: str | None, folder: str) -> Cursor:
        """Return the cursor of the last tick of a folder; an empty one if there is none."""
        try:
            found = cls.model_validate_json(text or "{}")
        except ValidationError:
            found = cls()
        return found if found.folder in ("", folder) else cls()


@dg.sensor(
    job=build_warehouse,
    minimum_interval_seconds=10,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Builds when a file that a build reads appears in data/raw, changes or is gone.",
)
def raw_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Request one run for each lasting change of data/raw that is not published yet.

    A run that fails is not requested again before the files change. If they change back to the
    published ones, a run is requested even so: it turns green what the failed run left red.
    """
    settings = settings_.load()
    own = event_log.folder(settings)
    cursor = Cursor.read(context.cursor, own)
    cursor.folder = own
    folders = sources.discover(settings.raw)
    files = list_files(settings.raw, folders)
    state = _hash(files)
    changing = state != cursor.seen
    cursor.seen = state
    requests = []
    reason = None
    if all(PurePath(name).name == sources.FILE_NAME for name in files):
        reason = f"{settings.raw} holds no snapshot and no result."
    elif state == cursor.settled:
        reason = "No file has changed since the last build was published or requested."
    elif changing:
        reason = "Files have changed; a build follows if they are the same at the next look."
    elif is_building(settings):
        reason = "A build is running; its result is checked when it has ended."
    elif _is_published(settings) and not _has_failed(context.instance, settings):
        cursor.settled = state
        reason = "All files are published already."
    else:
        cursor.settled = state
        cursor.requests += 1
        key = f"{state}-{cursor.requests}-{hashlib.sha256(own.encode()).hexdigest()[:8]}"
        requests = [dg.RunRequest(run_key=key, tags={event_log.DATA_TAG: own})]
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=reason,
        cursor=cursor.model_dump_json(),
        dynamic_partitions_requests=restage.stale_partitions(context.instance, folders),
    )


@dg.sensor(
    minimum_interval_seconds=3600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Deletes Dagster's history of runs that are older than ROOFHOUSE_KEEP_RUNS_DAYS.",
)
def old_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Delete old runs; requests none."""
    settings = settings_.load()
    count = forget_old_runs(context.instance, settings)
    return dg.SkipReason(
        f"Deleted {many(count, 'run')} older than {settings.keep_runs_days:g} days."
    )


def _has_failed(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """Return True if the newest run of this folder did not succeed, so that assets are red."""
    run = newest_run(instance, settings)
    return run is not None and run.status is not dg.DagsterRunStatus.SUCCESS


def list_files(raw: Path, folders: list[Folder] | None = None) -> dict[str, tuple[int, int]]:
    """Size and time of change of each file that a build reads, by its path below data/raw.

    Files that vanish meanwhile are left out. `folders` are the sources, if they are known.
    """
    found = {}
    for path in snapshot.inputs(sources.discover(raw) if folders is None else folders):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found[path.relative_to(raw).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def _hash(files: dict[str, tuple[int, int]]) -> str:
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]


def _is_published(settings: Settings) -> bool:
    """Return True if the published set was built from exactly these files with these bytes.

    The manifest may be that of an earlier build, since a build that changes nothing keeps it. A
    copy under another name, or a new comment in SOURCE.yml, gives False and one more such build.
    """
    try:
        published = manifest.read(settings).get("raw_fingerprint")
    except RoofhouseError:  # nothing published: a build will say so
        return False
    return bool(published == snapshot.fingerprint(settings.raw))
