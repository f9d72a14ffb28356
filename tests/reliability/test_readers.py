"""Readers in a loop while builds publish: no error, no torn read, and no build waits for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.command import ROOFHOUSE, environment, roofhouse
from tests.reliability import child, state

BUILDS = 20


def read_in_a_loop(data: Path, report: Path) -> None:
    """Query the database and the marts until a file `stop` appears; report what was seen."""
    reads = repeated = 0
    builds: set[str] = set()
    errors: list[str] = []
    torn: list[str] = []
    while not (data.parent / "stop").exists():
        try:
            with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
                (build_id, cases) = con.sql(
                    "select build_id, case_count from quality.build"
                ).fetchall()[0]
                time.sleep(0.02)
                counted = con.sql(
                    "select (select count(*) from fact_case where not is_retired), "
                    "(select count(*) from marts.mart_case_metrics), "
                    "(select case_count from quality.snapshot where is_newest), "
                    "(select build_id from quality.build)"
                ).fetchall()[0]
                if counted != (cases, cases, cases, build_id):
                    torn.append(f"database {build_id}: {cases} {counted}")
            builds.add(build_id)
            before = (data / "marts" / "manifest.json").read_bytes()
            ids = {build_of(path) for path in sorted((data / "marts").glob("*.parquet"))}
            # Polars opens a path twice, once for the footer: a file in hand is one file.
            with (data / "marts" / "mart_case_metrics.parquet").open("rb") as file:
                rows = pl.read_parquet(file).height
            if (data / "marts" / "manifest.json").read_bytes() != before:
                repeated += 1
            else:
                described = json.loads(before)
                if (ids, rows) != ({described["build_id"]}, described["counts"]["cases"]):
                    torn.append(f"marts {described['build_id']}: {ids} {rows}")
            reads += 1
            time.sleep(0.05)  # the builds want to go on, too
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    seen = {
        "reads": reads,
        "repeated": repeated,
        "builds": sorted(builds),
        "errors": errors,
        "torn": torn,
    }
    report.write_text(json.dumps(seen))


def build_of(path: Path) -> str:
    """The build that a Parquet file says it is of."""
    return pl.read_parquet_metadata(path)["build_id"]


def test_readers_see_whole_sets_while_builds_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ids = state.prepare(data)
    readers = [
        child.start(read_in_a_loop, data, report=tmp_path / f"reader-{number}.json")
        for number in range(2)
    ]
    try:
        for number in range(BUILDS - 1):
            state.write_feed(data, second=number % 2 == 0)
            assert child.run(child.steps, data) == 0
        state.write_feed(data, second=BUILDS % 2 == 1)
        built = roofhouse(data, "build")
        assert built.returncode == 0, built.stderr
    finally:
        (tmp_path / "stop").touch()
        for reader in readers:
            reader.join(60)
    for number in range(len(readers)):
        seen = json.loads((tmp_path / f"reader-{number}.json").read_text())
        print(seen)
        assert seen["errors"] == []
        assert seen["torn"] == []
        assert seen["builds"] == sorted(ids)
        assert seen["reads"] > BUILDS


@pytest.mark.parametrize("wait", [120, 0])
def test_of_two_builds_at_once_one_waits_or_says_so(tmp_path: Path, wait: int) -> None:
    data = tmp_path / "data"
    old, new = state.prepare(data)
    first = child.start(child.steps, data)
    holder = data / "build" / "lock.holder.json"
    # The file is there a moment before it says who holds the lock.
    while not (holder.is_file() and holder.read_text()) and first.is_alive():
        time.sleep(0.001)
    assert first.pid is not None
    os.kill(first.pid, signal.SIGSTOP)  # in the middle of its build, for as long as it takes
    with subprocess.Popen(
        [ROOFHOUSE, "build"],
        env={**environment(data), "ROOFHOUSE_LOCK_TIMEOUT_S": str(wait)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as second:
        if wait:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(10)
            os.kill(first.pid, signal.SIGCONT)
        _, error = second.communicate()
    if not wait:
        os.kill(first.pid, signal.SIGCONT)
    first.join(120)
    assert first.exitcode == 0
    if wait:
        assert second.returncode == 0, error
    else:
        assert second.returncode == 1
        last = error.strip().splitlines()[-1]
        assert f"another build holds {data}/build/lock (process {first.pid})" in last
        assert "Traceback" not in error
    assert state.status(data) == (0, "", new)
    assert old != new
