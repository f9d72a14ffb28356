"""Retention of Dagster's own history: years of unattended runs would fill the disk.

The warehouse does not depend on that history.
"""

from __future__ import annotations

import datetime as dt

import dagster as dg

from pipelines.orchestration import event_log

#: The jobs whose runs these are: others may share the instance.
JOBS = ("build_warehouse", "fetch_and_build")

#: Runs of a job that are deleted at once: the daemon waits for it.
_AT_ONCE = 100

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_old_runs(instance: dg.DagsterInstance, keep_days: float) -> int:
    """Delete runs that began more than `keep_days` ago and have ended; return their number.

    At most a hundred runs of a job are deleted at once. The newest run of each job and the newest
    that succeeded stay, since the UI takes what it shows of an asset from a run.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
    count = 0
    for job in JOBS:
        kept = {
            run.run_id
            for statuses in (_FINISHED, [dg.DagsterRunStatus.SUCCESS])
            for run in instance.get_runs(dg.RunsFilter(job_name=job, statuses=statuses), limit=1)
        }
        old = dg.RunsFilter(job_name=job, statuses=_FINISHED, created_before=before)
        for run in instance.get_runs(old, limit=_AT_ONCE + len(kept)):
            if run.run_id not in kept:
                event_log.forget(instance, run.run_id)
                count += 1
    return count
