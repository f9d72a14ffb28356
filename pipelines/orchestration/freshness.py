"""Freshness: whether every source is fetched, and the set built, as often as the schedule says.

It is judged from the data folder, not from Dagster's history: a source that was never fetched is
late, which Dagster's own policies cannot express, and other folders may share the history. The job
that fetches evaluates it, and so does a sensor, without a run. `roofhouse build` does not evaluate
it: someone who never uses the network needs no warning about it.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines import settings as settings_
from pipelines.alert.late import LATE, MISSED
from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch import record
from pipelines.orchestration import event_log, last_run
from pipelines.orchestration.last_run import Failed
from pipelines.orchestration.resource import WarehouseResource
from pipelines.publish import manifest
from pipelines.settings import Settings

FEED = dg.AssetKey(["upstream_feed"])
SOURCES_CHECK = "every_source_is_fresh"
SET = dg.AssetKey(["published_warehouse"])
SET_CHECK = "set_is_recent"

_WHOLE = "the published set"
_TIME = "%Y-%m-%dT%H:%M:%SZ"

#: The sensor records an unchanged result again after this time.
_TELL_AGAIN = dt.timedelta(days=1)


def sources(settings: Settings, now: dt.datetime) -> dg.AssetCheckEvaluation:
    """Evaluate whether every source that has a url was fetched in time."""
    times = record.expected(settings)
    return _judged(FEED, SOURCES_CHECK, times, now, "fetched")


def published(
    settings: Settings, now: dt.datetime, built_at: str | None = None
) -> dg.AssetCheckEvaluation:
    """Evaluate whether a build ended in time, even one that changed nothing.

    `built_at` overrides the recorded time while the run that published is not yet recorded.
    """
    return _judged(SET, SET_CHECK, {_WHOLE: _built_at(settings, built_at)}, now, "built")


def _built_at(settings: Settings, told: str | None = None) -> dt.datetime | None:
    """When the set was last published, or found by a build to be the same."""
    run = last_run.read(settings)
    try:
        at = told or (run.built_at if run else None) or manifest.read(settings).get("published_at")
    except RoofhouseError:
        return None
    try:
        return dt.datetime.fromisoformat(str(at))
    except ValueError:
        return None


def _grade(at: dt.datetime | None, now: dt.datetime) -> str:
    """Return how late the next fetch or build is if the last one was at `at`; None is never."""
    if at is None or now - at > MISSED:
        return "missed"
    return "late" if now - at > LATE else "fresh"


def _judged(
    asset: dg.AssetKey,
    check: str,
    times: Mapping[str, dt.datetime | None],
    now: dt.datetime,
    done: str,
) -> dg.AssetCheckEvaluation:
    late = {name: at for name, at in times.items() if _grade(at, now) != "fresh"}
    is_missed = "missed" in {_grade(at, now) for at in late.values()}
    words = "; ".join(_told(name, at, now, done) for name, at in sorted(late.items()))
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=check,
        passed=not late,
        severity=dg.AssetCheckSeverity.ERROR if is_missed else dg.AssetCheckSeverity.WARN,
        description=words or None,
        metadata={name: f"{at:{_TIME}}" if at else "never" for name, at in times.items()},
    )


def _told(name: str, at: dt.datetime | None, now: dt.datetime, done: str) -> str:
    if at is None:
        return f"{name} was never {done}"
    hours = (now - at).total_seconds() / 3600
    return f"{name} was {done} {hours:,.0f} hours ago, at {at:{_TIME}}"


@dg.asset_check(
    asset=FEED,
    name=SOURCES_CHECK,
    additional_deps=[dg.AssetKey(["raw_snapshots"])],  # which fetches
    description=(
        "Every source that has a url was fetched, changed or not, in the last 26 hours. Later "
        "it is a warning; after 36 hours, or if a source was never fetched, an error."
    ),
)
def every_source_is_fresh(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    """Evaluate the check in a run; the sensor does so between runs."""
    return in_run(warehouse, sources(warehouse.settings, dt.datetime.now(dt.UTC)))


def in_run(
    warehouse: WarehouseResource,
    found: dg.AssetCheckEvaluation,
    about: Mapping[str, str] | None = None,
) -> dg.AssetCheckResult:
    """Return an evaluation as the result of a check in a run, recorded for `status`.

    It stops nothing, however late a source is: the files in data/raw are built.
    """
    result = dg.AssetCheckResult(
        passed=found.passed,
        severity=found.severity,
        description=found.description,
        metadata={**found.metadata, **(about or {})},
    )
    table = found.asset_key.to_user_string()
    warehouse.evaluated(result, Failed(table, found.check_name, "warn", found.description or ""))
    return result


@dg.sensor(
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Says whether the sources and the published set are late, without a run.",
)
def freshness(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Evaluate both checks; record a result that has changed, and both once a day."""
    settings = settings_.load()
    now = dt.datetime.now(dt.UTC)
    found = [sources(settings, now), published(settings, now)]
    times = {**record.expected(settings), _WHOLE: _built_at(settings)}
    state = [event_log.folder(settings), {name: _grade(at, now) for name, at in times.items()}]
    told = _cursor(context.cursor)
    late = "; ".join(one.description or "" for one in found if not one.passed)
    reason = dg.SkipReason(late or "Every source is fresh, and so is the published set.")
    if told.get("state") == state and now.timestamp() < told["at"] + _TELL_AGAIN.total_seconds():
        return dg.SensorResult(skip_reason=reason, cursor=context.cursor)
    return dg.SensorResult(
        skip_reason=reason,
        asset_events=found,
        cursor=json.dumps({"state": state, "at": now.timestamp()}),
    )


def _cursor(text: str | None) -> dict[str, Any]:
    """The cursor of the last tick; an empty one if it is missing or cannot be read."""
    try:
        found = json.loads(text or "{}")
        return found if isinstance(found.get("at"), float) else {}
    except (ValueError, AttributeError):
        return {}
