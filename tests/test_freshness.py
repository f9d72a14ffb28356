"""Freshness: of each source and of the published set, from the first start, without a run."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.ingest import fetch
from pipelines.ingest.fetch import record
from pipelines.orchestration import freshness, last_run, runner
from pipelines.orchestration.resource import WarehouseResource
from pipelines.settings import load
from tests import feeds
from tests.server import Site, sends, serve

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which the sensor looks at."""
    monkeypatch.setenv("ROOFHOUSE_DATA", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of the feed, whose address is the setting's."""
    for found in serve():
        found.answers = [sends()]
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("ROOFHOUSE_FEED_URL", found.url)
        monkeypatch.setenv("ROOFHOUSE_FETCH_RETRIES", "0")
        yield found


def source(data: Path, name: str, url: str | None) -> None:
    """Write a source of result files; with a url it is to be fetched."""
    folder = data / "raw" / name
    folder.mkdir(parents=True)
    (folder / "SOURCE.yml").write_text("mode: append\n" + (f"url: {url}\n" if url else ""))
    (folder / "run.json").write_text("{}")


def fetched(data: Path, **hours: float) -> None:
    """Let sources have been fetched so many hours ago."""
    times = {name: (NOW - dt.timedelta(hours=ago)).isoformat() for name, ago in hours.items()}
    (data / "fetched.json").write_text(json.dumps(times))


def sensor(cursor: str | None = None) -> dg.SensorResult:
    found = freshness.freshness(dg.build_sensor_context(cursor=cursor))
    assert isinstance(found, dg.SensorResult)
    return found


def told(result: dg.SensorResult) -> dict[str, tuple[bool, str]]:
    """The evaluations of a tick, by the name of the check."""
    found = {}
    for one in result.asset_events:
        assert isinstance(one, dg.AssetCheckEvaluation)
        found[one.check_name] = (one.passed, one.severity.value)
    return found


def test_a_source_that_was_never_fetched_is_late_from_the_first_start(data: Path) -> None:
    source(data, "lab", "https://example.org/run.json")
    source(data, "own", None)
    found = freshness.sources(load(data), NOW)
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert found.description == "lab was never fetched"
    assert dict(found.metadata) == {"lab": dg.MetadataValue.text("never")}
    assert told(sensor())["every_source_is_fresh"] == (False, "ERROR")


@pytest.mark.parametrize(
    ("hours", "passed", "severity"),
    [(25, True, "WARN"), (27, False, "WARN"), (37, False, "ERROR")],
)
def test_a_fetch_that_is_late_warns_and_one_that_was_missed_fails(
    data: Path, hours: float, passed: bool, severity: str
) -> None:
    source(data, "lab", "https://example.org/run.json")
    fetched(data, lab=hours)
    found = freshness.sources(load(data), NOW)
    assert (found.passed, found.severity.value) == (passed, severity)
    if not passed:
        assert f"lab was fetched {hours} hours ago, at " in str(found.description)


def test_each_source_is_judged_by_itself(data: Path) -> None:
    for name in ("lab", "new", "old"):
        source(data, name, f"https://example.org/{name}.json")
    fetched(data, lab=1, old=30)
    found = freshness.sources(load(data), NOW)
    assert str(found.description).startswith("new was never fetched; old was fetched 30 hours ago")
    assert found.severity is dg.AssetCheckSeverity.ERROR


def test_where_no_source_has_a_url_none_is_late(data: Path) -> None:
    source(data, "own", None)
    assert freshness.sources(load(data), NOW).passed


def test_a_fetch_is_noted_whether_anything_is_new_or_not(data: Path, site: Site) -> None:
    assert record.read(load(data)) == {}
    fetch.fetch(load(data))
    path = data / "fetched.json"
    path.write_text(
        json.dumps({"evokernel": "2020-01-01T00:00:00Z", "lab": "2020-01-01T00:00:00Z"})
    )
    site.answers = [sends()]
    assert not fetch.fetch(load(data)).is_new
    times = record.read(load(data))
    assert times["lab"].year == 2020
    assert times["evokernel"] >= NOW - dt.timedelta(seconds=1)
    assert freshness.sources(load(data), NOW).passed


def test_a_fetch_that_fails_is_none(data: Path, site: Site) -> None:
    site.answers = [sends(b"", 404)]
    assert isinstance(next(fetch.fetch_all(load(data))), fetch.Failed)
    assert record.read(load(data)) == {}


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"evokernel": "yesterday"}'])
def test_a_record_that_cannot_be_read_is_none(data: Path, text: str) -> None:
    (data / "fetched.json").write_text(text)
    assert record.read(load(data)) == {}


def test_the_job_that_fetches_says_if_a_source_is_late_after_it_has_fetched(
    data: Path, site: Site
) -> None:
    (data / "raw").mkdir()
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("fetch_and_build").execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    found = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert result.success
    assert found["every_source_is_fresh"]
    assert found["set_is_recent"]


def test_who_only_builds_is_not_told_of_fetches(data: Path) -> None:
    feeds.write(data, feeds.shipped())
    assert not freshness.sources(load(data), NOW).passed
    assert runner.build(load(data)).failure is None
    run = last_run.read(load(data))
    assert run is not None
    assert [one.check for one in run.checks if one.table in ("upstream_feed", "staging")] == []


def test_the_set_is_as_old_as_the_last_build_also_one_that_changed_nothing(data: Path) -> None:
    feeds.write(data, feeds.shipped())
    settings = load(data)
    found = freshness.published(settings, NOW)
    assert (found.passed, found.description) == (False, "the published set was never built")
    assert runner.build(settings).failure is None
    for age, is_fresh in ((25, True), (27, False)):
        at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=age)
        assert freshness.published(settings, at).passed == is_fresh
    run = last_run.read(settings)
    assert run is not None
    run.built_at = "2020-01-01T00:00:00Z"
    last_run.write(settings, run)
    assert not freshness.published(settings, NOW).passed
    assert runner.build(settings).failure is None  # nothing has changed
    assert freshness.published(settings, NOW).passed


def test_a_build_that_fails_makes_the_set_no_newer(data: Path) -> None:
    path = feeds.write(data, feeds.shipped())
    settings = load(data)
    runner.build(settings)
    before = last_run.read(settings)
    path.write_text("no feed")
    assert runner.build(settings).failure is not None
    after = last_run.read(settings)
    assert before is not None
    assert after is not None
    assert before.built_at is not None
    assert after.built_at == before.built_at


def test_the_sensor_tells_what_has_changed_and_all_of_it_once_a_day(data: Path) -> None:
    assert freshness.freshness.default_status is dg.DefaultSensorStatus.RUNNING
    source(data, "lab", "https://example.org/run.json")
    first = sensor()
    assert told(first) == {
        "every_source_is_fresh": (False, "ERROR"),
        "set_is_recent": (False, "ERROR"),
    }
    again = sensor(first.cursor)
    assert told(again) == {}
    assert again.skip_reason is not None
    assert "lab was never fetched" in str(again.skip_reason.skip_message)
    fetched(data, lab=1)
    changed = sensor(again.cursor)
    assert told(changed)["every_source_is_fresh"] == (True, "WARN")
    assert changed.cursor is not None
    a_day_ago = json.loads(changed.cursor)
    a_day_ago["at"] -= 24 * 3600 + 1
    assert len(told(sensor(json.dumps(a_day_ago)))) == 2


@pytest.mark.parametrize("cursor", ["no JSON", "[]", "{}"])
def test_a_cursor_that_cannot_be_read_is_none(data: Path, cursor: str) -> None:
    assert len(told(sensor(cursor))) == 2


def test_another_folder_is_told_of_though_its_state_is_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = sensor().cursor
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("ROOFHOUSE_DATA", str(other))
    assert len(told(sensor(cursor))) == 2
