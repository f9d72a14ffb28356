"""Retention of Dagster's own history: years of unattended runs would fill the disk.

The warehouse does not depend on that history.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from pipelines.orchestration import event_log
from pipelines.settings import Settings

#: The jobs that publish.
_BUILDS = ("build_warehouse", "fetch_and_build")
#: The jobs whose runs are deleted: others may share the instance.
JOBS = (*_BUILDS, "restage_sources")

#: Runs of a job that are deleted in one call, for which the daemon waits.
_AT_ONCE = 100

_LAST = dg.AssetKey(["published_warehouse"])

#: Runs of a job that are searched for one that made all assets.
_LOOK_BACK = 20

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_old_runs(instance: dg.DagsterInstance, settings: Settings) -> int:
    """Delete runs that began more than `keep_runs_days` ago and have ended; return their number.

    At most a hundred runs of a job are deleted per call. The newest run of each job and the newest
    that succeeded stay, since the UI shows assets from them. Runs of another data folder are left
    alone; runs without one, which ended before it was known, are deleted.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=settings.keep_runs_days)
    own = {event_log.DATA_TAG: event_log.folder(settings)}
    count = 0
    for job in JOBS:
        kept = {
            run.run_id
            for tags in ({}, own)
            for statuses in (FINISHED, [dg.DagsterRunStatus.SUCCESS])
            for run in instance.get_runs(
                dg.RunsFilter(job_name=job, statuses=statuses, tags=tags), limit=1
            )
        }
        old = {
            run.run_id
            for tags in ({}, own)
            for run in instance.get_runs(
                dg.RunsFilter(job_name=job, statuses=FINISHED, created_before=before, tags=tags),
                limit=_AT_ONCE + len(kept),
            )
            if run.tags.get(event_log.DATA_TAG) in (None, own[event_log.DATA_TAG])
        }
        for run_id in sorted(old - kept)[:_AT_ONCE]:
            event_log.forget(instance, run_id)
            count += 1
    return count


def newest_run(instance: dg.DagsterInstance, settings: Settings) -> dg.DagsterRun | None:
    """Return the newest run of a data folder that has ended and made all assets, if any."""
    own = {event_log.DATA_TAG: event_log.folder(settings)}
    found = [
        record
        for job in _BUILDS
        for record in instance.get_run_records(
            dg.RunsFilter(job_name=job, statuses=FINISHED, tags=own), limit=_LOOK_BACK
        )
        if _makes_all(record.dagster_run)
    ]
    return max(found, key=lambda one: one.create_timestamp).dagster_run if found else None


def _makes_all(run: dg.DagsterRun) -> bool:
    """Return True for a run that publishes; the UI names its assets even if these are all."""
    return not run.asset_selection or _LAST in run.asset_selection
