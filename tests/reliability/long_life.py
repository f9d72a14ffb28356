"""A process that lives long: many builds, or the daemon's sensors with a fast clock.

python -m tests.reliability.long_life builds DATA COUNT
python -m tests.reliability.long_life ticks DATA COUNT
prints a sample of what could grow after each build, or twelve looks at the sensors, one JSON object
a line.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from pipelines import settings
from tests import feeds

#: Snapshots in data/raw at any time.
KEPT = 3
#: Seconds from one look at the sensors to the next, on the fast clock.
STEP_S = 600


def sample(**more: Any) -> None:
    """Print what this process and its folder hold now."""
    gc.collect()
    rss_pages = int(Path("/proc/self/statm").read_text().split()[1])
    found = {
        "rss_mb": rss_pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        **more,
    }
    sys.__stdout__.write(json.dumps(found) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def builds(data: Path, count: int) -> None:
    """Build after each change of data/raw: a snapshot comes or is replaced, the oldest goes."""
    from pipelines.orchestration import runner

    found = settings.load(data)
    for number in range(count):
        change(data, number)
        outcome = runner.build(found)
        assert outcome.failure is None, outcome.failure
        sample(
            staged=len(list(found.staging.iterdir())),
            in_build=sorted(path.name for path in found.build.iterdir()),
            history_files=sum(path.is_file() for path in found.run_history.rglob("*")),
            history_bytes=size(found.run_history),
            build_bytes=size(found.build),
        )


def change(data: Path, number: int) -> None:
    """Make data/raw what it is before a build: the last snapshots, the newest with other titles."""
    items = [
        feeds.put(feeds.case(name), "title", f"{name}, in build {number}")
        for name in ("case-llama33-a100x8-vllm-001", "case-glm51-h200x8-vllm-001")
    ]
    at = f"2026-05-01T{number // 60:02}:{number % 60:02}:00Z"
    feeds.write(data, feeds.feed(*items, generated=at), f"cases-{number:03}.json")
    replaced = sorted((data / "raw").glob("cases-*.json"))
    for path in replaced[:-KEPT]:
        path.unlink()
    if number % 4 == 3:  # an older one is replaced, with another content of the same name
        text = replaced[-2].read_text(encoding="utf-8")
        replaced[-2].write_text(text.replace("in build", "again in build"), encoding="utf-8")


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ticks(data: Path, count: int) -> None:
    """Let the daemon look at all sensors again and again, some minutes later each time."""
    import dagster as dg
    from dagster._core.test_utils import freeze_time
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._daemon.sensor import execute_sensor_iteration

    from pipelines.orchestration import dagster_home

    found = settings.load(data)
    os.environ["ROOFHOUSE_DATA"] = str(data)
    home = dagster_home.prepare(found)
    workspace = dagster_home.workspace(found)
    logger = logging.getLogger("daemon")
    database = home / "schedules" / "schedules.db"
    started = time.time()
    with (
        dg.DagsterInstance.from_config(str(home)) as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)])) as context,
    ):
        for number in range(count):
            with freeze_time(started + number * STEP_S):
                list(execute_sensor_iteration(context, logger, None, None))
            if number % 12 == 11:
                with sqlite3.connect(database) as con:
                    rows = dict(con.execute("select status, count(*) from job_ticks group by 1"))
                sample(ticks=rows, history_bytes=size(home), runs=instance.get_runs_count())


if __name__ == "__main__":
    {"builds": builds, "ticks": ticks}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
