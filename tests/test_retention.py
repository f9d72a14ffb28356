"""Dagster's history is kept for a while, in a real instance on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines import settings
from pipelines.orchestration import automation, event_log
from pipelines.orchestration.retention import forget_old_runs
from pipelines.settings import ROOT


@dg.asset
def something() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.asset_check(asset=something)
def holds() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset
def failing() -> None:
    raise dg.Failure("no")


DEFS = dg.Definitions(
    assets=[something, failing],
    asset_checks=[holds],
    jobs=[
        dg.define_asset_job("build_warehouse", dg.AssetSelection.assets("something")),
        dg.define_asset_job("fetch_and_build", dg.AssetSelection.assets("failing")),
        dg.define_asset_job("of_another_project", dg.AssetSelection.assets("something")),
    ],
)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance with the project's own configuration; its history lies in the test's folder."""
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(ROOT)) as found:
        yield found


def run(instance: dg.DagsterInstance, job: str = "build_warehouse") -> str:
    found = DEFS.resolve_job_def(job)
    return found.execute_in_process(instance=instance, raise_on_error=False).run_id


def set_back(tmp_path: Path, run_id: str, days: int) -> None:
    """Let a run have begun that many days ago."""
    with sqlite3.connect(tmp_path / "data" / ".dagster" / "history" / "runs.db") as con:
        con.execute(
            "update runs set create_timestamp = datetime(create_timestamp, ?) where run_id = ?",
            [f"-{days} days", run_id],
        )


def left(instance: dg.DagsterInstance) -> set[str]:
    return {found.run_id for found in instance.get_runs()}


def test_old_runs_go_with_all_that_was_kept_of_them(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    old, recent, newest = run(instance), run(instance), run(instance)
    set_back(tmp_path, old, 91)
    set_back(tmp_path, recent, 89)
    assert [path for path in (tmp_path / "data" / ".dagster").rglob("*") if old in path.name]
    assert forget_old_runs(instance, settings.load(tmp_path / "data")) == 1
    assert left(instance) == {recent, newest}
    assert not [path for path in (tmp_path / "data" / ".dagster").rglob("*") if old in path.name]
    with sqlite3.connect(tmp_path / "data" / ".dagster" / "history" / "runs" / "index.db") as con:
        for table in ("event_logs", "asset_check_executions"):
            kept = con.execute(f"select distinct run_id from {table}").fetchall()
            assert {run_id for (run_id,) in kept} == {recent, newest}, table
    assert instance.get_latest_materialization_event(something.key) is not None


def test_the_newest_run_of_a_job_and_the_newest_that_succeeded_stay_however_old(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    builds = [run(instance), run(instance), run(instance)]
    failures = [run(instance, "fetch_and_build"), run(instance, "fetch_and_build")]
    for run_id in (*builds, *failures):
        set_back(tmp_path, run_id, 1000)
    assert forget_old_runs(instance, settings.load(tmp_path / "data")) == 3
    assert left(instance) == {builds[-1], failures[-1]}
    assert forget_old_runs(instance, settings.load(tmp_path / "data")) == 0


def test_runs_of_others_are_none_of_our_business(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    others = [run(instance, "of_another_project") for _ in range(2)]
    for run_id in others:
        set_back(tmp_path, run_id, 1000)
    assert forget_old_runs(instance, settings.load(tmp_path / "data")) == 0
    assert left(instance) == set(others)


def test_a_run_that_has_not_ended_stays(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    running = dg.DagsterRun(job_name="build_warehouse", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(running)
    set_back(tmp_path, running.run_id, 1000)
    run(instance)
    assert forget_old_runs(instance, settings.load(tmp_path / "data")) == 0
    assert running.run_id in left(instance)


def test_the_daemon_looks_for_old_runs_by_itself(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_KEEP_RUNS_DAYS", "7")
    old, newest = run(instance), run(instance)
    set_back(tmp_path, old, 8)
    assert automation.old_runs.default_status is dg.DefaultSensorStatus.RUNNING
    reason = automation.old_runs(dg.build_sensor_context(instance=instance))
    assert isinstance(reason, dg.SkipReason)
    assert reason.skip_message == "Deleted 1 run older than 7 days."
    assert left(instance) == {newest}


def test_runs_of_another_folder_stay_and_do_not_keep_ours(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    ours, theirs = settings.load(tmp_path / "data"), settings.load(tmp_path / "other")
    runs: dict[str, list[str]] = {"data": [], "other": []}
    for name in ("data", "other", "data", "other"):
        run_id = run(instance)
        instance.add_run_tags(run_id, {event_log.DATA_TAG: str(tmp_path / name)})
        set_back(tmp_path, run_id, 1000)
        runs[name].append(run_id)
    assert event_log.others(instance, ours) == [str(tmp_path / "other")]
    assert forget_old_runs(instance, ours) == 1
    assert left(instance) == {runs["data"][1], *runs["other"]}
    assert forget_old_runs(instance, theirs) == 1
    assert left(instance) == {runs["data"][1], runs["other"][1]}
