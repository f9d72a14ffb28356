"""Dagster's history lies with the data, in the same place whoever starts Dagster."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines import settings
from pipelines.definitions import build_defs
from pipelines.errors import RoofhouseError
from pipelines.orchestration import dagster_home, event_log, runner
from pipelines.orchestration.resource import WarehouseResource
from pipelines.settings import ROOT
from tests import feeds


@dg.asset
def something() -> None:
    pass


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_the_history_moves_with_the_data_folder_whatever_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with runner.instance(settings.load(tmp_path / "data")) as instance:
        run_id = dg.materialize([something], instance=instance).run_id
    assert list(elsewhere.iterdir()) == []
    assert (tmp_path / "data" / ".dagster" / "history" / "runs.db").is_file()
    with runner.instance(settings.load(tmp_path / "data")) as instance:
        assert [run.run_id for run in instance.get_runs()] == [run_id]


def test_dagster_itself_started_in_the_project_finds_the_same_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runner.instance(settings.load(tmp_path / "data")) as instance:
        run_id = dg.materialize([something], instance=instance).run_id
        made = [entry.path for entry in os.scandir(tmp_path / "data" / ".dagster")]
    monkeypatch.chdir(tmp_path)  # as if the project were here
    with dg.DagsterInstance.from_config(str(ROOT)) as instance:
        assert [run.run_id for run in instance.get_runs()] == [run_id]
        dg.materialize([something], instance=instance)
    assert [entry.path for entry in os.scandir(tmp_path / "data" / ".dagster")] == made


def test_but_for_its_places_the_configuration_is_that_of_the_project(tmp_path: Path) -> None:
    home = dagster_home.prepare(settings.load(tmp_path))
    assert home == tmp_path / ".dagster"
    text = (home / "dagster.yaml").read_text()
    assert "DAGSTER_HOME" in text.splitlines()[1]
    placed = text.replace(str(home), "data/.dagster")
    assert yaml.safe_load(placed) == yaml.safe_load((ROOT / "dagster.yaml").read_text())


def test_what_is_right_is_not_written_again_and_what_is_not_is(tmp_path: Path) -> None:
    found = settings.load(tmp_path)
    path = dagster_home.prepare(found) / "dagster.yaml"
    before = (path.read_text(), path.stat().st_mtime_ns)
    dagster_home.prepare(found)
    assert (path.read_text(), path.stat().st_mtime_ns) == before
    path.write_text("telemetry:\n  enabled: true\n")
    dagster_home.prepare(found)
    assert path.read_text() == before[0]
    assert {entry.name for entry in os.scandir(path.parent)} == {"dagster.yaml"}


def test_a_folder_of_ones_own_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert dagster_home.prepare(settings.load(tmp_path / "data")) == home
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("named", ["home", "/no/such/folder"])
def test_a_dagster_home_that_is_no_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", named)
    with pytest.raises(RoofhouseError, match=f"DAGSTER_HOME: {named}: expected the absolute path"):
        runner.build(settings.load(tmp_path))


def test_a_history_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".dagster").write_text("a file")
    with pytest.raises(RoofhouseError, match=f"{tmp_path}/.dagster: the run history cannot be"):
        runner.build(settings.load(tmp_path))


def test_every_run_is_tagged_with_its_folder_and_two_folders_share_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        feeds.write(tmp_path / name, feeds.feed(feeds.case()))
        assert runner.build(settings.load(tmp_path / name)).failure is None
    for name in ("a", "b"):
        with runner.instance(settings.load(tmp_path / name)) as instance:
            tags = [run.tags[event_log.DATA_TAG] for run in instance.get_runs()]
            assert tags == [str(tmp_path / name)]
            # Launched by someone else, it is tagged too.
            resource = WarehouseResource(data=str(tmp_path / name))
            job = build_defs({"warehouse": resource}).resolve_implicit_global_asset_job_def()
            run_id = job.execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(["trust_policy"])],
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            ).run_id
            run = instance.get_run_by_id(run_id)
            assert run is not None
            assert run.tags[event_log.DATA_TAG] == str(tmp_path / name)


def test_the_tag_is_the_folder_itself_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    for name in ("data", "link", "link/../data"):
        assert event_log.folder(settings.load(tmp_path / name)) == str(tmp_path / "data")


def test_the_ui_says_whose_runs_it_shows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mine = settings.load(tmp_path / "data")
    assert dagster_home.shared_with(mine) == []
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        dg.materialize([something], instance=instance, tags={event_log.DATA_TAG: "/elsewhere"})
        dg.materialize([something], instance=instance)
    assert dagster_home.shared_with(mine) == ["/elsewhere"]
