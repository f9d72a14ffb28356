"""A build's event log: what Dagster's own would hold, in fewer openings of its files."""

import sqlite3
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration import event_log
from pipelines.settings import ROOT


@dg.asset
def something() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.asset_check(asset=something)
def holds() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset(deps=[something])
def another(context: dg.AssetExecutionContext) -> None:
    context.log.info("told")


def instance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    """An instance with the project's own configuration; its history lies in `folder`."""
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    return dg.DagsterInstance.from_config(str(ROOT))


def events(found: dg.DagsterInstance, run_id: str) -> Counter[str]:
    return Counter(
        entry.dagster_event.event_type_value if entry.dagster_event else entry.user_message
        for entry in found.all_logs(run_id)
    )


def test_dagster_reads_what_a_build_logs_as_if_it_had_logged_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with instance(tmp_path / "own", monkeypatch) as own:
        run_id = dg.materialize([something, another, holds], instance=own).run_id
        expected = events(own, run_id)
    with event_log.kept_open(instance(tmp_path / "kept", monkeypatch)) as kept:
        run_id = dg.materialize([something, another, holds], instance=kept).run_id
        assert events(kept, run_id) == expected
        # As the UI does, while the build still has its files open.
        with instance(tmp_path / "kept", monkeypatch) as reader:
            assert events(reader, run_id) == expected
            assert reader.get_latest_materialization_event(something.key) is not None
            assert [run.run_id for run in reader.get_runs()] == [run_id]
            checks = reader.event_log_storage.get_latest_asset_check_execution_by_key(
                list(holds.check_keys)
            )
            assert len(checks) == 1


def test_no_file_of_events_is_opened_for_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: Counter[str] = Counter()
    connect = sqlite3.dbapi2.connect

    def counted(path: str, *arguments: object, **named: object) -> sqlite3.Connection:
        opened[Path(path).name] += 1
        return connect(path, *arguments, **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3.dbapi2, "connect", counted)
    with instance(tmp_path / "own", monkeypatch) as own:
        run_id = dg.materialize([something, another, holds], instance=own).run_id
    assert opened[f"{run_id}.db"] > 15
    with event_log.kept_open(instance(tmp_path / "kept", monkeypatch)) as kept:
        dg.materialize([something, another, holds], instance=kept)
        opened.clear()
        run_id = dg.materialize([something, another, holds], instance=kept).run_id
        assert events(kept, run_id).total() > 15
    assert 1 <= opened[f"{run_id}.db"] <= 2  # one, and one for who asks while he holds it
    assert opened["index.db"] == 0
