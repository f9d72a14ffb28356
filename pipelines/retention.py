"""How long Dagster's own history is kept: years of unattended runs would fill the disk.

Nothing of the warehouse stands in that history: it is a pure function of data/raw.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import dagster as dg

#: Runs that are deleted at once: the daemon waits for it.
_AT_ONCE = 100

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def forget_old_runs(instance: dg.DagsterInstance, keep_days: float) -> int:
    """Delete runs that began more than `keep_days` ago and have ended; returns how many.

    Not more than a hundred at once. The newest run stays, and the newest that succeeded:
    what the UI says of an asset stands in a run.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=keep_days)
    kept = {
        run.run_id
        for statuses in (_FINISHED, [dg.DagsterRunStatus.SUCCESS])
        for run in instance.get_runs(dg.RunsFilter(statuses=statuses), limit=1)
    }
    old = dg.RunsFilter(statuses=_FINISHED, created_before=before)
    found = [run.run_id for run in instance.get_runs(old, limit=_AT_ONCE + len(kept))]
    forgotten = [run_id for run_id in found if run_id not in kept]
    for run_id in forgotten:
        _forget(instance, run_id)
    return len(forgotten)


def _forget(instance: dg.DagsterInstance, run_id: str) -> None:
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    # The SQLite storage empties a run's file of events, and leaves it as large as it was.
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of is not None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path_of(run_id)}{suffix}").unlink(missing_ok=True)
