"""Staging by source: partitions that every build marks, each of which can be staged by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines import settings
from pipelines.definitions import build_defs
from pipelines.ingest import snapshot, sources
from pipelines.ingest.staging import keyed, staged_members
from pipelines.orchestration import automation, restage
from pipelines.orchestration.resource import WarehouseResource
from pipelines.publish import manifest
from tests import feeds, folders

KEY = dg.AssetKey(["staged_source"])
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two sources."""
    monkeypatch.setenv("ROOFHOUSE_DATA", str(tmp_path))
    feeds.write(tmp_path, feeds.feed(feeds.case()))
    folders.write(tmp_path, "lab", folders.lab())
    return tmp_path


def run(
    data: Path, instance: dg.DagsterInstance, job: str, partition: str | None = None
) -> dg.ExecuteInProcessResult:
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=partition, raise_on_error=False, run_config=QUIET
    )


def folders_of(data: Path, source_id: str) -> dict[Path, int]:
    """The staged folders of a source, with the identity of each on the disk."""
    found = settings.load(data)
    known = staged_members(found)
    files = [one for one in snapshot.survey(found.raw).files if one.source.id == source_id]
    return {known[one.key]: known[one.key].stat().st_ino for one in keyed(files)}


def events(result: dg.ExecuteInProcessResult) -> list[tuple[str, str | None]]:
    return [
        (event.asset_key.to_user_string(), event.partition)
        for event in result.all_events
        if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key is not None
    ]


def rebuilt(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
        and (told := event.materialization.metadata.get("is_rebuilt")) is not None
        and told.value
    }


def test_a_build_is_one_unpartitioned_run_that_marks_every_source(
    data: Path, instance: dg.DagsterInstance
) -> None:
    for job in ("build_warehouse", "fetch_and_build"):
        assert build_defs().resolve_job_def(job).partitions_def is None
    result = run(data, instance, "build_warehouse")
    assert result.success
    assert instance.get_materialized_partitions(KEY) == {"evokernel", "lab"}
    assert set(instance.get_dynamic_partitions("source")) == {"evokernel", "lab"}
    assert [one for one in events(result) if one[0] == "staged_source"] == [
        ("staged_source", "evokernel"),
        ("staged_source", "lab"),
    ]
    assert "staged_source" not in {event.step_key for event in result.all_events}


def test_one_source_is_staged_anew_and_the_other_is_left_alone(
    data: Path, instance: dg.DagsterInstance
) -> None:
    run(data, instance, "build_warehouse")
    lab, feed = folders_of(data, "lab"), folders_of(data, "evokernel")
    before = manifest.bytes_of(settings.load(data))
    result = run(data, instance, "restage_sources", "lab")
    assert result.success
    assert events(result) == [("staged_snapshots", None), ("staged_source", "lab")]
    assert folders_of(data, "evokernel") == feed
    assert folders_of(data, "lab").keys() == lab.keys()
    assert folders_of(data, "lab") != lab
    again = run(data, instance, "build_warehouse")
    assert again.success
    assert "dimension_version" in rebuilt(again)
    assert "mart_case_metrics" not in rebuilt(again)  # the rows are the same
    assert rebuilt(run(data, instance, "build_warehouse")) == set()
    assert manifest.bytes_of(settings.load(data)) == before


def test_what_is_wrong_in_the_cache_is_gone_after_it(
    data: Path, instance: dg.DagsterInstance
) -> None:
    run(data, instance, "build_warehouse")
    (folder,) = folders_of(data, "lab")
    files = {path.name: path.read_bytes() for path in folder.glob("*.parquet")}
    next(folder.glob("*.parquet")).write_bytes(b"")
    assert run(data, instance, "restage_sources", "lab").success
    assert {path.name: path.read_bytes() for path in folder.glob("*.parquet")} == files


def test_several_sources_are_staged_in_one_run(data: Path, instance: dg.DagsterInstance) -> None:
    run(data, instance, "build_warehouse")
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    result = defs.resolve_job_def("restage_sources").execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        tags={
            "dagster/asset_partition_range_start": "evokernel",
            "dagster/asset_partition_range_end": "lab",
        },
    )
    assert result.success
    assert set(events(result)[1:]) == {("staged_source", "evokernel"), ("staged_source", "lab")}


def test_a_source_that_came_since_is_listed_first(data: Path, instance: dg.DagsterInstance) -> None:
    run(data, instance, "build_warehouse")
    folders.write(data, "other", folders.lab())
    instance.add_dynamic_partitions("source", ["other"])
    assert run(data, instance, "restage_sources", "other").success
    assert folders_of(data, "other")


def test_a_source_that_cannot_be_staged_says_why(data: Path, instance: dg.DagsterInstance) -> None:
    run(data, instance, "build_warehouse")
    (data / "raw" / "lab" / "SOURCE.yml").write_text("mode: sometimes\n")
    instance.add_dynamic_partitions("source", ["gone"])
    told = []
    for name in ("lab", "gone"):
        result = run(data, instance, "restage_sources", name)
        assert not result.success
        told += [
            str(event.step_failure_data.user_failure_data.description)
            for event in result.all_events
            if event.is_step_failure and event.step_failure_data.user_failure_data
        ]
    assert "SOURCE.yml: mode: " in told[0]
    assert told[1] == f"{data}/raw: no files of gone"


def test_the_daemon_keeps_the_partitions_those_of_data_raw(
    data: Path, instance: dg.DagsterInstance
) -> None:
    def tick() -> list[tuple[str, list[str]]]:
        result = automation.raw_files(dg.build_sensor_context(instance))
        assert isinstance(result, dg.SensorResult)
        return [
            (type(one).__name__, list(one.partition_keys))
            for one in result.dynamic_partitions_requests or []
        ]

    assert tick() == [("AddDynamicPartitionsRequest", ["evokernel", "lab"])]
    instance.add_dynamic_partitions("source", ["evokernel", "lab", "gone"])
    assert tick() == [("DeleteDynamicPartitionsRequest", ["gone"])]
    instance.delete_dynamic_partition("source", "gone")
    assert tick() == []
    assert restage.stale_partitions(instance, sources.discover(data / "raw")) == []
