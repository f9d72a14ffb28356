"""The checks of the published set: whole, of this build, recent, and what it changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.orchestration.resource import WarehouseResource
from pipelines.orchestration.set_checks import set_checks
from pipelines.publish import manifest
from pipelines.settings import load


@pytest.fixture
def data(shipped_published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(shipped_published, tmp_path / "data")


def evaluate(data: Path) -> dict[str, dg.AssetCheckEvaluation]:
    """Evaluate the checks of what lies there, by name, without building."""
    keys = [key for one in set_checks() for key in one.check_keys]
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    job = dg.define_asset_job("checks", selection=dg.AssetSelection.checks(*keys))
    with_job = dg.Definitions.merge(defs, dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        result = with_job.resolve_job_def("checks").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def failed(data: Path) -> dict[str, str | None]:
    return {name: one.description for name, one in evaluate(data).items() if not one.passed}


def test_a_set_as_it_was_published_passes_all(data: Path) -> None:
    found = evaluate(data)
    assert set(found) == {
        "set_is_whole",
        "set_is_of_this_build",
        "set_is_recent",
        "changes_are_counted",
    }
    assert all(one.passed for one in found.values())
    told = manifest.read(load(data))
    assert found["set_is_of_this_build"].metadata["build_id"].value == told["build_id"]
    assert found["set_is_whole"].metadata["files"].value == len(told["files"])


@pytest.mark.parametrize(
    ("harm", "words"), [("another byte", "differs from the manifest"), ("gone", "is missing")]
)
def test_a_file_that_is_not_what_was_published_is_named(data: Path, harm: str, words: str) -> None:
    path = data / "marts" / "report.html"
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    assert failed(data) == {"set_is_whole": f"report.html {words}; run `roofhouse build`"}


def test_a_mart_of_another_build_is_named_though_its_checksum_fits(data: Path) -> None:
    path = manifest.path(load(data))
    told = json.loads(path.read_text())
    build_id, told["build_id"] = told["build_id"], "0" * 16
    path.write_text(json.dumps(told))
    (words,) = failed(data).values()
    assert words is not None
    assert f"warehouse.duckdb is of build {build_id}, not {'0' * 16}" in words
    assert f"mart_case_metrics.parquet is of build {build_id}, not {'0' * 16}" in words


def test_a_set_of_days_ago_is_not_recent(data: Path) -> None:
    path = manifest.path(load(data))
    told = json.loads(path.read_text())
    told["published_at"] = "2020-01-01T00:00:00Z"
    path.write_text(json.dumps(told))
    (data / "build" / "last_run.json").unlink(missing_ok=True)
    (words,) = failed(data).values()
    assert "the published set was built" in str(words)
    assert evaluate(data)["set_is_recent"].severity is dg.AssetCheckSeverity.ERROR
