"""The jobs, the daily schedule and the sensor on data/raw, each tick evaluated in this process."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.alert.late import LATE, MISSED
from pipelines.definitions import build_defs
from pipelines.ingest import snapshot
from pipelines.orchestration import automation
from pipelines.orchestration.assets import FRESHNESS, upstream_feed
from pipelines.orchestration.resource import WarehouseResource
from pipelines.publish import manifest
from pipelines.settings import load
from pipelines.transform import registry
from pipelines.warehouse import lock
from tests import feeds
from tests.server import FEED, Site, sends, serve

Metadata = Mapping[str, dg.MetadataValue[Any]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which the sensor looks at."""
    monkeypatch.setenv("ROOFHOUSE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


class Daemon:
    """Ticks of the sensor, one after the other, each with the cursor of the last."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None

    def tick(self) -> dg.SensorResult:
        context = dg.build_sensor_context(self.instance, cursor=self.cursor)
        result = automation.raw_files(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def requested(self) -> list[str | None]:
        return [request.run_key for request in self.tick().run_requests or []]

    def skipped(self) -> str:
        result = self.tick()
        assert not result.run_requests
        assert result.skip_reason is not None
        assert result.skip_reason.skip_message is not None
        return result.skip_reason.skip_message


@pytest.fixture
def daemon(data: Path, instance: dg.DagsterInstance) -> Daemon:
    return Daemon(instance)


def publish(data: Path) -> None:
    """Stand in for a build: say in a manifest that what is in raw is published."""
    settings = load(data)
    path = manifest.path(settings)
    path.parent.mkdir(exist_ok=True)
    content = {
        "build_id": "b",
        "counts": {"cases": 0, "rejects": 0, "findings": {}},
        "files": [],
        "snapshots": [],
        "sources": [],
        "raw_fingerprint": snapshot.fingerprint(settings.raw),
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def test_both_jobs_have_every_asset_and_check_but_that_of_the_network() -> None:
    defs = build_defs()
    offline = set(defs.resolve_job_def("build_warehouse").graph.node_dict)
    fetching = set(defs.resolve_job_def("fetch_and_build").graph.node_dict)
    assert fetching - offline == {"upstream_feed_every_source_is_fresh"}
    assert offline <= fetching
    assert offline >= {"raw_snapshots", "staged_snapshots", "published_warehouse", "rules"}
    assert offline >= set(registry.tables())


def test_no_asset_that_a_job_makes_is_left_out_of_it() -> None:
    """The UI asks "Are you sure?" where an asset upstream of a job was never made."""
    defs = build_defs()
    makes = defs.resolve_job_def("build_warehouse").asset_layer.selected_asset_keys
    whole = defs.resolve_asset_graph()
    upstream = {parent for key in makes for parent in whole.get(key).parent_keys}
    assert upstream - makes <= whole.external_asset_keys


def test_every_day_the_feed_is_fetched_and_built(data: Path) -> None:
    assert automation.daily.default_status is dg.DefaultScheduleStatus.RUNNING
    assert automation.daily.job_name == "fetch_and_build"
    at = dt.datetime(2026, 5, 1, 4, 17, tzinfo=dt.UTC)
    tick = automation.daily.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=at))
    assert tick.run_requests is not None
    assert len(tick.run_requests) == 1
    assert tick.run_requests[0].tags["roofhouse/data"] == str(data)
    assert automation.daily.cron_schedule == f"{at.minute} {at.hour} * * *"
    assert automation.daily.execution_timezone == "UTC"


def test_the_sensor_runs_from_the_start_and_asks_for_the_offline_job() -> None:
    assert automation.raw_files.default_status is dg.DefaultSensorStatus.RUNNING
    assert automation.raw_files.job_name == "build_warehouse"


def test_a_new_file_is_built_once_it_has_stopped_changing(data: Path, daemon: Daemon) -> None:
    assert "no snapshot" in daemon.skipped()
    feeds.write(data, feeds.shipped())
    assert "the same at the next look" in daemon.skipped()
    assert len(daemon.requested()) == 1
    assert "published or requested" in daemon.skipped()


def test_a_file_that_still_grows_waits(data: Path, daemon: Daemon) -> None:
    path = feeds.write(data, feeds.shipped())
    text = path.read_text(encoding="utf-8")
    for share in (0.3, 0.6, 1.0):
        path.write_text(text[: int(len(text) * share)], encoding="utf-8")
        assert "the same at the next look" in daemon.skipped()
    assert len(daemon.requested()) == 1


def test_what_is_published_already_is_not_built_at_first_start(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    publish(data)
    daemon.tick()
    assert daemon.skipped() == "All files are published already."
    assert "published or requested" in daemon.skipped()


def test_a_file_of_a_published_name_with_other_bytes_is_built(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    publish(data)
    feeds.write(data, feeds.feed(feeds.case()))
    daemon.tick()
    assert len(daemon.requested()) == 1


def test_a_touched_file_is_not_built_again(data: Path, daemon: Daemon) -> None:
    path = feeds.write(data, feeds.shipped())
    publish(data)
    daemon.tick()
    daemon.tick()
    os.utime(path, ns=(1, 1))
    daemon.tick()
    assert daemon.skipped() == "All files are published already."


def test_other_files_and_dot_files_are_no_snapshots(data: Path, daemon: Daemon) -> None:
    raw = data / "raw"
    raw.mkdir()
    for name in ("SOURCE.yml", ".cases.json", "cases.json.part", ".cases.json.tmp"):
        (raw / name).write_text("x")
    (raw / "folder.json").mkdir()
    assert list(automation.list_files(raw)) == []
    assert "no snapshot" in daemon.skipped()


def write_source(data: Path) -> dict[str, Path]:
    """A source of result files with all that a build reads; by its path below data/raw."""
    raw = data / "raw"
    content = {
        "lab/SOURCE.yml": "mode: append",
        "lab/sidecar.yml": "cards: 1",
        "lab/may/run.json": "{}",
        "lab/may/run.sidecar.yml": "cards: 2",
        "lab/may/model.config.json": "{}",
        "lab/table.csv.gz": "",
        "lab/may/mlperf_log_summary.txt": "log",
    }
    for name, text in content.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(text)
    return {name: raw / name for name in content}


def test_all_that_a_build_reads_of_a_source_is_watched_and_nothing_else(
    data: Path, daemon: Daemon
) -> None:
    written = write_source(data)
    folder = data / "raw" / "lab"
    (folder / ".hidden").mkdir()
    (folder / "folder.json").mkdir()
    for name in (".fetch-0.tmp", ".run.json", ".hidden/run.json", "run.json.part", "README.md"):
        (folder / name).write_text("{}")
    assert list(automation.list_files(data / "raw")) == sorted(written)
    daemon.tick()
    assert len(daemon.requested()) == 1


@pytest.mark.parametrize(
    "name",
    [
        "lab/SOURCE.yml",
        "lab/sidecar.yml",
        "lab/may/run.json",
        "lab/may/run.sidecar.yml",
        "lab/may/model.config.json",
        "lab/may/mlperf_log_summary.txt",
    ],
)
@pytest.mark.parametrize("change", ["other bytes", "gone"])
def test_a_build_follows_a_change_of_anything_that_it_reads(
    data: Path, daemon: Daemon, name: str, change: str
) -> None:
    path = write_source(data)[name]
    publish(data)
    daemon.tick()
    assert daemon.skipped() == "All files are published already."
    if change == "gone":
        path.unlink()
    else:
        path.write_text("other")
    daemon.tick()
    assert len(daemon.requested()) == 1


def test_a_source_without_files_is_not_built_before_they_come(data: Path, daemon: Daemon) -> None:
    folder = data / "raw" / "lab"
    folder.mkdir(parents=True)
    (folder / "SOURCE.yml").write_text("mode: append")
    assert "no snapshot and no result" in daemon.skipped()
    (folder / "run.json").write_text("{}")
    daemon.tick()
    assert len(daemon.requested()) == 1


def test_a_build_that_failed_is_not_tried_again_until_a_file_changes(
    data: Path, daemon: Daemon
) -> None:
    bad = feeds.write(data, feeds.shipped())
    bad.write_text("no feed", encoding="utf-8")
    daemon.tick()
    (first,) = daemon.requested()
    for _ in range(3):
        assert daemon.requested() == []
    feeds.write(data, feeds.shipped())
    daemon.tick()
    (second,) = daemon.requested()
    assert first != second


def test_once_a_bad_file_is_gone_a_run_follows_and_turns_green_what_failed(
    data: Path, daemon: Daemon
) -> None:
    job = build_defs({"warehouse": WarehouseResource(data=str(data))}).resolve_job_def(
        "build_warehouse"
    )

    def run() -> bool:
        return job.execute_in_process(
            instance=daemon.instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        ).success

    feeds.write(data, feeds.feed(feeds.case()))
    daemon.tick()
    assert len(daemon.requested()) == 1
    assert run()
    bad = feeds.write(data, feeds.shipped(), "bad.json")
    bad.write_text("no feed", encoding="utf-8")
    daemon.tick()
    assert len(daemon.requested()) == 1
    assert not run()
    bad.unlink()
    daemon.tick()
    assert len(daemon.requested()) == 1  # though all files are published already
    assert run()
    assert "published or requested" in daemon.skipped()
    staged = dg.AssetKey(["staged_snapshots"])
    (record,) = daemon.instance.get_asset_records([staged])
    newest = record.asset_entry.last_materialization_record
    assert newest is not None
    assert newest.run_id == daemon.instance.get_runs(limit=1)[0].run_id
    daemon.cursor = None  # at another start, with nothing red
    daemon.tick()
    assert daemon.skipped() == "All files are published already."


def test_two_folders_share_neither_cursor_nor_run_key(
    data: Path, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for name in ("a", "b"):
        folder = data / name
        path = feeds.write(folder, feeds.shipped())
        os.utime(path, ns=(1, 1))
        monkeypatch.setenv("ROOFHOUSE_DATA", str(folder))
        assert "the same at the next look" in daemon.skipped()
        (request,) = daemon.tick().run_requests or []
        assert request.tags["roofhouse/data"] == str(folder)
        keys.append(request.run_key)
    assert len(set(keys)) == 2


def test_a_file_that_goes_and_comes_back_is_built_each_time(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    other = feeds.write(data, feeds.feed(feeds.case()), "other.json")
    away = data / "other.json"
    daemon.tick()
    keys = daemon.requested()
    for here, there in ((other, away), (away, other)):
        here.rename(there)
        daemon.tick()
        keys += daemon.requested()
    assert len(set(keys)) == 3


def test_a_tick_that_is_lost_asks_for_the_same_run(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    daemon.tick()
    before = daemon.cursor
    first = daemon.requested()
    daemon.cursor = before
    assert daemon.requested() == first


def test_while_a_build_runs_its_result_is_waited_for(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    daemon.tick()
    with lock(load(data)):
        assert "A build is running" in daemon.skipped()
    publish(data)
    assert daemon.skipped() == "All files are published already."


def test_a_cursor_that_cannot_be_read_is_an_empty_one(data: Path, daemon: Daemon) -> None:
    feeds.write(data, feeds.shipped())
    daemon.cursor = "no JSON"
    daemon.tick()
    assert len(daemon.requested()) == 1


def test_that_builds_run_is_a_matter_of_dagsters_freshness() -> None:
    """Not that sources are fetched: its policies know nothing of what was never there."""
    specs = {spec.key: spec for spec in build_defs().resolve_all_asset_specs()}
    policies = {key: spec.freshness_policy for key, spec in specs.items() if spec.freshness_policy}
    assert policies == {dg.AssetKey(["published_warehouse"]): FRESHNESS}
    assert dt.timedelta(days=1) < LATE < MISSED < dt.timedelta(days=2)


def raw_snapshots(data: Path, instance: dg.DagsterInstance, job: str) -> Metadata:
    """The record of the raw files that a job leaves once it has listed them."""
    result = (
        build_defs({"warehouse": WarehouseResource(data=str(data))})
        .resolve_job_def(job)
        .execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(["raw_snapshots"])],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    )
    found = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["raw_snapshots"])
    ]
    assert len(found) == 1
    return found[0].metadata


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of the feed, whose address is the setting's."""
    for found in serve():
        found.answers = [sends()]
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("ROOFHOUSE_FEED_URL", found.url)
        monkeypatch.setenv("ROOFHOUSE_FETCH_RETRIES", "0")
        yield found


@pytest.mark.parametrize("job", ["build_warehouse", "__ASSET_JOB"])
def test_only_the_job_that_says_so_fetches(
    data: Path, instance: dg.DagsterInstance, site: Site, job: str
) -> None:
    feeds.write(data, feeds.shipped())
    found = raw_snapshots(data, instance, job)
    assert found["fetched"].value is False
    assert found["reason"].value == "not asked to fetch"
    assert site.requests == []
    assert instance.get_latest_materialization_event(upstream_feed.key) is None


def test_without_a_network_the_build_goes_on_and_the_feed_does_not_count_as_fetched(
    data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_FEED_URL", "http://127.0.0.1:9/cases.json")
    monkeypatch.setenv("ROOFHOUSE_FETCH_RETRIES", "0")
    feeds.write(data, feeds.shipped())
    found = raw_snapshots(data, instance, "fetch_and_build")
    assert found["fetched"].value is False
    assert "http://127.0.0.1:9/cases.json" in str(found["reason"].value)
    assert found["dagster/row_count"].value == 1
    assert instance.get_latest_materialization_event(upstream_feed.key) is None


def test_a_fetch_is_an_event_of_the_feed_even_where_nothing_is_new(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    path = data / "raw" / "mine.json"
    path.parent.mkdir()
    path.write_bytes(FEED)
    found = raw_snapshots(data, instance, "fetch_and_build")
    assert found["fetched"].value is True
    event = instance.get_latest_materialization_event(upstream_feed.key)
    assert event is not None
    assert event.asset_materialization is not None
    for shown in (found, event.asset_materialization.metadata):
        assert shown["new"].value is False
        assert shown["result"].value == f"{site.url}: the same content as mine.json"
    assert event.asset_materialization.metadata["snapshot"].value == str(path)


def test_what_is_fetched_is_listed_at_once(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    found = raw_snapshots(data, instance, "fetch_and_build")
    assert found["dagster/row_count"].value == 1
    assert found["names"].value == "- `cases-2026-04-29T103747Z.json`"


def test_the_job_fetches_every_source_and_says_which_failed(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    feeds.write(data, feeds.shipped(), "mine.json")
    for name in ("bad", "mirror"):
        folder = data / "raw" / name
        folder.mkdir()
        (folder / "SOURCE.yml").write_text(
            f"mode: snapshot\nformat: evokernel\nurl: {site.url}?{name}\n"
        )
    site.answers = [sends(b"", 404), sends(), sends()]
    found = raw_snapshots(data, instance, "fetch_and_build")
    assert found["fetched"].value is True
    assert found["new"].value is True
    assert "404" in str(found["reason"].value)
    assert len(str(found["result"].value).splitlines()) == 2
    assert site.paths == [f"/api/cases.json{query}" for query in ("?bad", "", "?mirror")]
    assert list((data / "raw" / "mirror").glob("cases-*.json"))
    assert instance.get_latest_materialization_event(upstream_feed.key) is not None


def test_a_source_that_is_fetched_is_no_event_of_the_feed(
    data: Path, instance: dg.DagsterInstance, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROOFHOUSE_FEED_URL")
    folder = data / "raw" / "mirror"
    folder.mkdir(parents=True)
    (folder / "SOURCE.yml").write_text(f"mode: snapshot\nformat: evokernel\nurl: {site.url}\n")
    assert raw_snapshots(data, instance, "fetch_and_build")["fetched"].value is True
    assert instance.get_latest_materialization_event(upstream_feed.key) is None


def test_a_part_of_the_job_that_fetches_can_be_made(
    data: Path, instance: dg.DagsterInstance
) -> None:
    job = build_defs({"warehouse": WarehouseResource(data=str(data))}).resolve_job_def(
        "fetch_and_build"
    )
    feeds.write(data, feeds.shipped())
    assert job.execute_in_process(
        instance=instance, asset_selection=[dg.AssetKey(["trust_policy"])]
    ).success
