"""Running a job from Python: the same job that the UI and `dg launch` run."""

from __future__ import annotations

import gc
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import dagster as dg

from pipelines import interrupt
from pipelines.errors import RoofhouseError
from pipelines.orchestration import dagster_home, event_log, last_run
from pipelines.orchestration.retention import forget_old_runs
from pipelines.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """The end of a run: its failure in one line, or None."""

    run_id: str
    failure: str | None


#: Called first with ("", "steps", number of steps), then with (step, "start" or "end", None) and
#: (step, "rows", rows).
Progress = Callable[[str, str, int | None], None]


def instance(settings: Settings) -> dg.DagsterInstance:
    """Return the instance of DAGSTER_HOME, else that of the data folder."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    home = dagster_home.prepare(settings)
    return event_log.kept_open(dg.DagsterInstance.from_config(str(home)))


@contextmanager
def _history_errors(settings: Settings) -> Iterator[None]:
    """Turn a run history that cannot be written, as on a full disk, into a RoofhouseError."""
    try:
        yield
    except RoofhouseError:
        raise
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, (sqlite3.Error, OSError)):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
        folder = os.environ.get("DAGSTER_HOME") or settings.run_history
        raise RoofhouseError(
            f"{folder}: the run history cannot be kept there: {cause}; make room, or set "
            "DAGSTER_HOME to another folder, then run `roofhouse build` again"
        ) from None


@contextmanager
def _no_collection() -> Iterator[None]:
    """Turn off the collector of cycles, which takes 5 % of the time; a run makes few cycles."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_INTERRUPTED = "interrupted"


def _cancel(recorded: dg.DagsterInstance, run_id: str) -> None:
    """Record that a run was interrupted; otherwise it would count as running."""
    run = recorded.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        recorded.report_run_canceled(run)


def build(
    settings: Settings, progress: Progress | None = None, accept: Sequence[str] = ()
) -> Outcome:
    """Run the job build_warehouse in this process, recorded like any other run.

    `accept` names sources whose held-back snapshot is accepted. Raises RoofhouseError if the run
    cannot be recorded.
    """
    run_id = str(uuid.uuid4())
    given = {
        "data": str(settings.data),
        "ray": settings.ray,
        "shared": settings.shared,
        "accept": list(accept),
    }
    with _history_errors(settings), _no_collection(), instance(settings) as recorded:
        from pipelines.orchestration.definitions import build_defs

        job = build_defs(settings=settings).resolve_job_def("build_warehouse")
        if progress is not None:
            listen = progress
            listen("", "steps", len(job.nodes))
            recorded.add_event_listener(run_id, lambda event: _report(event, listen))
        # SQLAlchemy would report a Ctrl-C inside it with a traceback.
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
        try:
            interrupt.as_exception()
            result = job.execute_in_process(
                instance=recorded,
                run_id=run_id,
                raise_on_error=False,
                tags={event_log.DATA_TAG: event_log.folder(settings)},
                run_config={
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                    "resources": {"warehouse": {"config": given}},
                },
            )
        except KeyboardInterrupt:
            _cancel(recorded, run_id)
            last_run.failed(settings, run_id, _INTERRUPTED)
            return Outcome(run_id, _INTERRUPTED)
        # Runs that cannot be deleted now are deleted after a later build.
        with suppress(Exception, KeyboardInterrupt):
            forget_old_runs(recorded, settings)
    if result.success:
        return Outcome(run_id, None)
    failure = _failure(result)
    last_run.failed(settings, run_id, failure)
    return Outcome(run_id, failure)


def _report(event: dg.EventLogEntry, progress: Progress) -> None:
    happened = event.dagster_event
    if happened is None or happened.step_key is None:
        return
    if happened.is_step_start:
        progress(happened.step_key, "start", None)
    elif happened.is_step_success or happened.is_step_failure:
        progress(happened.step_key, "end", None)
    elif happened.event_type_value == "ASSET_MATERIALIZATION":
        count = happened.step_materialization_data.materialization.metadata.get("dagster/row_count")
        value = count.value if count is not None else None
        progress(happened.step_key, "rows", value if isinstance(value, int) else None)


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """Return the first failure of a run in one line for a user."""
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            failure = data.user_failure_data
            if failure is not None and failure.description:
                return failure.description
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            if (
                not evaluation.passed
                and evaluation.severity is dg.AssetCheckSeverity.ERROR
                and evaluation.description
            ):
                return evaluation.description
    for event in result.all_events:
        if event.is_failure or event.is_step_failure:
            error = getattr(event.event_specific_data, "error", None)
            cause = error
            while cause is not None and cause.cause is not None:
                cause = cause.cause
            if cause is not None:
                # A failure of the resource (the lock, the disk) comes with its class's name.
                first = str(cause.message).strip().splitlines()[0]
                # Ctrl-C interrupted Dagster itself or a query of DuckDB.
                if cause.cls_name == "DagsterExecutionInterruptedError" or (
                    cause.cls_name == "RuntimeError" and "Query interrupted" in first
                ):
                    return _INTERRUPTED
                return first.removeprefix(f"{dg.Failure.__module__}.{dg.Failure.__name__}: ")
            return event.message or "the run failed"
    return "the run failed; see it in the Dagster UI"
