"""A build's event log: what Dagster's own would hold, in fewer openings of its files."""

import ast
import logging
import sqlite3
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration import event_log
from pipelines.settings import PACKAGE, ROOT


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


INTERNALS = "pipelines.orchestration.dagster_internals"


@pytest.fixture
def unknown(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """A Dagster that is not the tested one, or has moved a private module."""
    monkeypatch.delitem(sys.modules, INTERNALS, raising=False)
    if request.param == "moved":
        monkeypatch.delattr("dagster._core.storage.event_log.schema.AssetCheckExecutionsTable")
    else:
        monkeypatch.setattr(dg, "__version__", request.param)
    event_log._internals.cache_clear()
    yield monkeypatch
    event_log._internals.cache_clear()


@pytest.mark.parametrize(
    "unknown", ["1.14.0", "1.12.9", "1.130.0", "2.0.0", "moved"], indirect=True
)
def test_with_another_dagster_the_public_interface_does_and_one_line_says_so(
    tmp_path: Path, unknown: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), instance(tmp_path / "own", unknown) as own:
        assert event_log.kept_open(own) is own
        runs = [dg.materialize([something, holds], instance=own).run_id for _ in range(2)]
        event_log.forget(own, runs[0])
        assert [run.run_id for run in own.get_runs()] == runs[1:]
        assert own.all_logs(runs[0]) == []
    (line,) = (record.message for record in caplog.records if record.name == event_log.__name__)
    assert line.startswith("Dagster: ")
    assert line.endswith("; builds work, but are slower, and old runs leave more behind")
    assert INTERNALS not in sys.modules


def test_the_dagster_at_hand_is_the_tested_one() -> None:
    assert event_log._internals() is not None


def test_no_later_dagster_is_installed_than_was_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, minor = event_log.TESTED.split(".")
    wanted = f">={event_log.TESTED},<{major}.{int(minor) + 1}"
    dagster = [one for one in project["dependencies"] if one.startswith("dagster")]
    assert dagster == [
        f"{name}{wanted}" for name in ("dagster", "dagster-dg-cli", "dagster-webserver")
    ]


def test_private_modules_of_dagster_are_imported_in_one_place() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.startswith("dagster") and "._" in name for name in names):
                found.add(path.stem)
    assert found == {"dagster_internals"}
