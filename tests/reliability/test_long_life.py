"""Sixty builds and two days of the daemon's sensors: nothing grows with the number of either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import dagster as dg
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from pipelines import settings
from pipelines.definitions import build_defs
from pipelines.settings import ROOT
from tests.reliability import long_life

BUILDS = 60
TWO_DAYS = 2 * 24 * 3600 // long_life.STEP_S
#: The daemon opens a connection for each call to the code server, which a sample may see. One left
#: open between two samples adds up to more than this.
DESCRIPTORS = 10


def lives(data: Path, what: str, count: int, **environment: str) -> list[dict[str, Any]]:
    """The samples of a process that lives long."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.long_life", what, str(data), str(count)],
        env={
            **{name: one for name, one in os.environ.items() if name != "DAGSTER_HOME"},
            "DAGSTER_DISABLE_TELEMETRY": "1",
            **environment,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def growth(values: list[float]) -> float:
    """The median slope between all pairs, times their number: outliers do not count."""
    pairs = [
        (later - earlier) / (at - before)
        for before, earlier in enumerate(values)
        for at, later in enumerate(values)
        if at > before
    ]
    return median(pairs) * len(values)


def test_sixty_builds_with_changing_snapshots_leave_no_more_than_a_few(tmp_path: Path) -> None:
    # Each build forgets all runs but the last.
    samples = lives(tmp_path, "builds", BUILDS, ROOFHOUSE_KEEP_RUNS_DAYS="0.000001")
    assert len(samples) == BUILDS
    late = samples[BUILDS // 3 :]
    # What is staged of files that are gone is collected.
    assert max(one["staged"] for one in samples) <= long_life.KEPT
    assert {tuple(one["in_build"]) for one in late} == {
        ("last_run.json", "lock", "staging", "warehouse.duckdb")
    }
    assert len({one["descriptors"] for one in late}) == 1
    assert len({one["history_files"] for one in late}) == 1
    for name, slack in (("history_bytes", 300_000), ("build_bytes", 3_000_000)):
        assert growth([one[name] for one in late]) < slack, name
    assert growth([one["rss_mb"] for one in late]) < 40


def test_two_days_of_sensors_leave_the_ticks_of_one_day(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    samples = lives(tmp_path, "ticks", TWO_DAYS)
    rows = [sum(one["ticks"].values()) for one in samples]
    sensors = build_defs().sensors or ()
    a_day = sum(
        24 * 3600 // max(long_life.STEP_S, one.minimum_interval_seconds or 30)
        for one in sensors
        if isinstance(one, dg.SensorDefinition)
    )
    half = len(samples) // 2  # a day
    assert rows[half - 2] > a_day * 0.8, rows  # they are kept for a day
    assert max(rows) < a_day * 1.2, rows
    late = samples[half:]
    assert growth(opened := [one["descriptors"] for one in late]) < DESCRIPTORS, opened
    assert growth([one["history_bytes"] for one in late]) < 500_000
    assert growth([one["rss_mb"] for one in late]) < 20


def test_ticks_that_fail_or_start_a_run_are_forgotten_some_day(tmp_path: Path) -> None:
    """Dagster's default keeps them for ever."""
    config = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    (tmp_path / "dagster.yaml").write_text(
        yaml.safe_dump({"retention": config["retention"]}), encoding="utf-8"
    )
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        for kind in (InstigatorType.SENSOR, InstigatorType.SCHEDULE):
            days = instance.get_tick_retention_settings(kind)
            keep = settings.Settings.model_fields["keep_runs_days"].default
            assert set(days) >= {TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.SKIPPED}
            assert all(0 < one <= keep for one in days.values()), (kind, days)
