"""The sensors that alert an operator: to failed runs, and to every other problem."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

import dagster as dg

from pipelines import settings as settings_
from pipelines.alert import event, tell
from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import sha256_of
from pipelines.orchestration import event_log, last_run, look
from pipelines.orchestration.last_run import LastRun

#: Often enough for an operator; a tick reads a few small files.
_INTERVAL_S = 30


@dg.run_failure_sensor(
    minimum_interval_seconds=_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert for each failed run, if ROOFHOUSE_ALERT_URL or _COMMAND is set.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Report a failed run, even one that died before it could open the warehouse.

    Dagster does not offer a failure twice, so it is queued on disk before it is sent.
    """
    try:
        settings = settings_.load()
        if not tell.is_set(settings):
            return dg.SkipReason(tell.NOBODY)
        own = event_log.folder(settings)
        if (of := context.dagster_run.tags.get(event_log.DATA_TAG, own)) != own:
            return dg.SkipReason(f"The run is of {of}, not of {own}.")
        run = last_run.read(settings)
        if run is None or run.run_id != context.dagster_run.run_id or run.failure is None:
            run = _recorded(context)
        tell.happened(settings, look.failed(run, run.failure or ""))
        told, is_told = tell.send(settings)
    except RoofhouseError as error:
        return dg.SkipReason(str(error))
    return None if is_told else dg.SkipReason("\n".join(told))


def _recorded(context: dg.RunFailureSensorContext) -> LastRun:
    """The run from Dagster's history; it failed when it ended, not when the sensor ran."""
    run = context.dagster_run
    record = context.instance.get_run_record_by_id(run.run_id)
    ended = record.end_time if record else None
    at = f"{dt.datetime.fromtimestamp(ended, dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if ended else event.now()
    return LastRun(run.run_id, run.job_name, at, failure=_failure(context))


def _failure(context: dg.RunFailureSensorContext) -> str:
    """Why a run failed, in one line, for a run that did not record it itself."""
    steps = [one.step_failure_data for one in context.get_step_failure_events()]
    for step in steps:
        if step.user_failure_data is not None and step.user_failure_data.description:
            return step.user_failure_data.description
    # A failure of the resource (the lock, the disk) has no step, and starts with its class's name.
    whole = context.failure_event.event_specific_data
    for cause in (*(step.error for step in steps), getattr(whole, "error", None)):
        while cause is not None and cause.cause is not None:
            cause = cause.cause
        if cause is not None:
            first = cause.message.strip().partition("\n")[0]
            return first.removeprefix(f"{dg.Failure.__module__}.{dg.Failure.__name__}: ")
    return context.failure_event.message or "see it in the Dagster UI"


@dg.sensor(
    minimum_interval_seconds=_INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Sends an alert when a problem begins and when it ends, if ROOFHOUSE_ALERT_URL or _COMMAND "
        "is set: runs, checks, snapshots held back, sources left out or late, damage."
    ),
)
def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look at the data folder and send what is new; requests no run."""
    try:
        settings = settings_.load()
        if not tell.is_set(settings):
            return dg.SkipReason(tell.NOBODY)
        settings_.need_data(settings)
        found, build_id = look.conditions(settings, _digest)
        tell.look(settings, found)
        told, _ = tell.send(settings, build_id)
    except RoofhouseError as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason("\n".join(told) or "Nothing is new.")


def _digest(path: Path) -> str:
    """The SHA-256 of a published file, which is read only if it changed since the last tick."""
    try:
        status = path.stat()
    except OSError:
        return sha256_of(path)
    return _digest_of(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=1000)
def _digest_of(path: Path, *_state: int) -> str:
    return sha256_of(path)
