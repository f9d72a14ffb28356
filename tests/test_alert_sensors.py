"""The sensors that tell an operator, each tick evaluated in this process, on real runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.orchestration import alerts, last_run
from pipelines.orchestration.resource import WarehouseResource
from pipelines.settings import load
from pipelines.warehouse import lock
from tests import feeds
from tests.server import Site, sends, serve

OK = sends(b"ok")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, which the sensors look at."""
    monkeypatch.setenv("ROOFHOUSE_DATA", str(tmp_path))
    monkeypatch.setenv("ROOFHOUSE_LOCK_TIMEOUT_S", "0")
    return tmp_path


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A webhook."""
    for found in serve():
        found.answers = [OK]
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("ROOFHOUSE_ALERT_URL", f"http://127.0.0.1:{found.port}/T0SECRET")
        yield found


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def run(data: Path, instance: dg.DagsterInstance, job: str = "build_warehouse") -> str:
    """List the raw files of a data folder, as a run of a job; return its id."""
    defs = build_defs({"warehouse": WarehouseResource(data=str(data))})
    result = defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(["raw_snapshots"]), dg.AssetKey(["staged_snapshots"])],
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    return result.run_id


class Ticks:
    """Ticks of the sensor on failed runs, each with the cursor of the last."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.tick()  # the first one looks for the newest failure and tells none

    def tick(self) -> dg.SensorExecutionData:
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, repository_def=None
        )
        found = alerts.failed_runs.evaluate_tick(context)
        self.cursor = found.cursor
        return found


def look() -> str:
    """A tick of the other sensor; its words."""
    found = alerts.alerts(dg.build_sensor_context())
    assert isinstance(found, dg.SkipReason)
    return found.skip_message or ""


def told(site: Site) -> list[tuple[str, str]]:
    """State and run of each event, whatever its message."""
    found = [one for body in site.bodies for one in json.loads(body)["events"]]
    return [(one["state"], one["run_id"]) for one in found]


def test_both_sensors_run_from_the_start() -> None:
    for sensor in (alerts.failed_runs, alerts.alerts):
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        assert sensor in (build_defs().sensors or ())


def test_without_a_setting_both_say_so(data: Path, instance: dg.DagsterInstance) -> None:
    ticks = Ticks(instance)
    feeds.write(data, feeds.shipped()).write_text("no feed")
    run(data, instance)
    why = "No alert is sent: neither ROOFHOUSE_ALERT_URL nor ROOFHOUSE_ALERT_COMMAND is set."
    assert ticks.tick().skip_message == why
    assert look() == why
    assert not load(data).alerts.exists()


def test_a_run_that_fails_is_told_once_by_either_sensor_and_its_recovery(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    ticks = Ticks(instance)
    path = feeds.write(data, feeds.shipped())
    path.write_text("no feed")
    failed = run(data, instance)
    assert ticks.tick().skip_message is None
    for _ in range(2):
        look()
        ticks.tick()
    assert told(site) == [("began", failed)]
    (event,) = json.loads(site.bodies[0])["events"]
    assert str(path) in event["message"]
    again = run(data, instance)
    look()
    ticks.tick()
    assert told(site)[1:] == [("began", again)]
    feeds.write(data, feeds.shipped())
    run(data, instance, "fetch_and_build")
    assert look() == f"Sent 1 event to 127.0.0.1:{site.port}."
    assert look() == "Nothing is new."
    ticks.tick()
    assert told(site)[2:] == [("recovered", again)]


def test_a_run_that_left_no_record_is_told_with_dagsters_words(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    ticks = Ticks(instance)
    feeds.write(data, feeds.shipped())
    with lock(load(data)):
        failed = run(data, instance)
    assert last_run.read(load(data)) is None
    ticks.tick()
    look()
    assert told(site) == [("began", failed)]
    assert "another build holds" in json.loads(site.bodies[0])["text"]
    run(data, instance)
    look()
    assert told(site)[1:] == [("recovered", failed)]


def test_a_failure_that_could_not_be_sent_is_a_line_of_the_tick_and_is_not_lost(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    ticks = Ticks(instance)
    feeds.write(data, feeds.shipped()).write_text("no feed")
    failed = run(data, instance)
    site.answers = [sends(b"", 500)]
    line = (
        f"Not sent, will be retried: 1 event: 127.0.0.1:{site.port}: "
        "the server answered 500 Internal Server Error"
    )
    assert ticks.tick().skip_message == line
    assert look() == line
    site.answers = [OK]
    site.bodies.clear()
    assert ticks.tick().skip_message is not None  # Dagster offers it only once
    look()
    look()
    assert told(site) == [("began", failed)]


def test_settings_that_cannot_be_read_are_a_line_of_the_tick(
    data: Path, instance: dg.DagsterInstance, site: Site
) -> None:
    ticks = Ticks(instance)
    feeds.write(data, feeds.shipped()).write_text("no feed")
    run(data, instance)
    (data / "roofhouse.yml").write_text("alert_severty: warn\n")
    for line in (look(), ticks.tick().skip_message):
        assert line == (
            f"{data / 'roofhouse.yml'}: alert_severty: Extra inputs are not permitted; did you "
            "mean alert_severity?"
        )


def test_a_data_folder_that_is_gone_is_a_line_and_is_not_made(
    data: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_DATA", str(data / "dta"))
    assert "no such data folder" in look()
    assert not (data / "dta").exists()
