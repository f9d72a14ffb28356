"""The real thing: `dg dev` with its daemon, code server and webserver, started and stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from pipelines.settings import ROOT
from tests import feeds
from tests.command import environment
from tests.daemon import Dagster, serving
from tests.reliability import child


@pytest.fixture
def dagster(tmp_path: Path) -> Iterator[Dagster]:
    found = Dagster(tmp_path)
    yield found
    found.kill()


@pytest.fixture
def feed_url() -> Iterator[str]:
    with serving(feeds.SHIPPED.read_bytes()) as url:
        yield url


def leave_killed_runs(home: Path) -> None:
    """Leave in the books runs that started and never ended, as kill -9 does."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for _ in range(8):
            instance.add_run(dg.DagsterRun(job_name="killed", status=dg.DagsterRunStatus.STARTED))


def with_a_case_more(case_id: str) -> str:
    feed = feeds.shipped()
    feed["items"].append(feeds.put(feeds.case(), "id", case_id))
    feed["count"] += 1
    feed["generated"] = "2026-05-01T00:00:00.000Z"
    return json.dumps(feed)


def test_a_dropped_file_becomes_a_published_case_with_no_other_action(dagster: Dagster) -> None:
    leave_killed_runs(dagster.home)
    dagster.start()
    dagster.drop("cases-1.json", feeds.SHIPPED.read_text(encoding="utf-8"))
    dagster.wait_for("first publication", lambda: dagster.published() == {"cases-1.json"})
    dagster.drop("cases-2.json", with_a_case_more("case-dropped-001"))
    both = {"cases-1.json", "cases-2.json"}
    dagster.wait_for("second publication", lambda: dagster.published() == both)
    with duckdb.connect(str(dagster.data / "warehouse.duckdb"), read_only=True) as con:
        cases = [case for (case,) in con.sql("select case_id from fact_case").fetchall()]
    assert "case-dropped-001" in cases
    assert len(cases) == 23

    # A file that is no feed: one run, which fails; what is published stays.
    dagster.drop("cases-3.json", "no feed")
    dagster.wait_for("failure", lambda: "FAILURE" in dagster.runs("build_warehouse"))
    time.sleep(25)  # at least two more ticks
    assert dagster.runs("build_warehouse") == ["FAILURE", "SUCCESS", "SUCCESS"]
    assert dagster.published() == both

    dagster.interrupt()


def miss_a_day(home: Path) -> bool:
    """Set the schedule's clock back by a day; False where the daemon has not noted it yet."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
        for state in states:
            data = ScheduleInstigatorData("17 4 * * *", time.time() - 24 * 3600)
            instance.update_instigator_state(state.with_data(data))
        return bool(states)


def node(dagster: Dagster, asset: str, fields: str) -> Any:
    """These fields of an asset, as the UI asks for them."""
    (found,) = dagster.ask(f'{{ assetNodes(assetKeys: [{{path: ["{asset}"]}}]) {{ {fields} }} }}')[
        "assetNodes"
    ]
    return found


def checked(dagster: Dagster, asset: str, name: str = "every_source_is_fresh") -> Any:
    """Status and words of a check, as the UI shows it."""
    fields = """assetChecksOrError { ... on AssetChecks { checks {
        name executionForLatestMaterialization { status evaluation { description } } } } }"""
    found = node(dagster, asset, fields)
    for one in found["assetChecksOrError"]["checks"]:
        if one["name"] == name and (last := one["executionForLatestMaterialization"]):
            return last["status"], (last["evaluation"] or {}).get("description")
    return None


def test_from_the_ui_one_source_is_staged_anew_and_what_reads_it_shows_that(
    dagster: Dagster,
) -> None:
    dagster.start()
    dagster.drop("cases-1.json", json.dumps(feeds.feed(feeds.case())))
    dagster.wait_for("publication", lambda: dagster.published() == {"cases-1.json"})
    dagster.wait_for("end", lambda: dagster.runs("build_warehouse") == ["SUCCESS"])

    partitions = (
        "partitionKeys assetPartitionStatuses { ... on DefaultPartitionStatuses { "
        "materializedPartitions } }"
    )
    assert node(dagster, "staged_source", partitions) == {
        "partitionKeys": ["evokernel"],
        "assetPartitionStatuses": {"materializedPartitions": ["evokernel"]},
    }
    assert node(dagster, "dimension_version", "staleStatus")["staleStatus"] == "FRESH"
    launched = dagster.ask(
        """mutation { launchPartitionBackfill(backfillParams: {
            assetSelection: [{path: ["staged_source"]}], partitionNames: ["evokernel"]
        }) { __typename } }"""
    )
    assert launched["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess"

    def backfill() -> list[str]:
        answer = dagster.ask(
            "{ partitionBackfillsOrError { ... on PartitionBackfills { results { status } } } }"
        )
        return [one["status"] for one in answer["partitionBackfillsOrError"]["results"]]

    dagster.wait_for("backfill", lambda: backfill() == ["COMPLETED_SUCCESS"])
    assert node(dagster, "dimension_version", "staleStatus")["staleStatus"] == "STALE"
    dagster.interrupt()


def test_the_ui_shows_schedule_sensor_and_freshness_and_a_missed_day_is_made_up_for(
    dagster: Dagster, feed_url: str
) -> None:
    dagster.feed_url = feed_url
    dagster.start()
    (repository,) = dagster.ask(
        """{ repositoriesOrError { ... on RepositoryConnection { nodes {
            schedules { name cronSchedule pipelineName scheduleState { status } }
            sensors { name minIntervalSeconds targets { pipelineName } sensorState { status } }
        } } } }"""
    )["repositoriesOrError"]["nodes"]
    assert repository["schedules"] == [
        {
            "name": "daily",
            "cronSchedule": "17 4 * * *",
            "pipelineName": "fetch_and_build",
            "scheduleState": {"status": "RUNNING"},
        }
    ]
    assert repository["sensors"] == [
        {
            "name": "alerts",
            "minIntervalSeconds": 30,
            "targets": [],
            "sensorState": {"status": "RUNNING"},
        },
        {
            "name": "failed_runs",
            "minIntervalSeconds": 30,
            "targets": [],
            "sensorState": {"status": "RUNNING"},
        },
        {
            "name": "freshness",
            "minIntervalSeconds": 600,
            "targets": [],
            "sensorState": {"status": "RUNNING"},
        },
        {
            "name": "old_runs",
            "minIntervalSeconds": 3600,
            "targets": [],
            "sensorState": {"status": "RUNNING"},
        },
        {
            "name": "raw_files",
            "minIntervalSeconds": 10,
            "targets": [{"pipelineName": "build_warehouse"}],
            "sensorState": {"status": "RUNNING"},
        },
    ]

    def freshness() -> Any:
        (found,) = dagster.ask(
            """{ assetNodes(assetKeys: [{path: ["published_warehouse"]}]) {
                internalFreshnessPolicy { ... on TimeWindowFreshnessPolicy {
                    warnWindowSeconds failWindowSeconds } }
                freshnessStatusInfo { freshnessStatus }
            } }"""
        )["assetNodes"]
        return found

    policy = {"warnWindowSeconds": 26 * 3600, "failWindowSeconds": 36 * 3600}
    assert freshness()["internalFreshnessPolicy"] == policy
    # Nothing was ever fetched or built, and no run has begun: that is late, and is said.
    late = ("FAILED", "evokernel was never fetched")
    dagster.wait_for("source that is late", lambda: checked(dagster, "upstream_feed") == late)
    never = ("FAILED", "the published set was never built")
    assert checked(dagster, "published_warehouse", "set_is_recent") == never
    assert dagster.runs("fetch_and_build") == dagster.runs("build_warehouse") == []

    dagster.wait_for("schedule", lambda: miss_a_day(dagster.home))
    dagster.interrupt()
    miss_a_day(dagster.home)
    dagster.start()
    dagster.wait_for("scheduled run", lambda: dagster.runs("fetch_and_build") == ["SUCCESS"])
    assert len(dagster.published()) == 1
    dagster.wait_for(
        "freshness", lambda: freshness()["freshnessStatusInfo"]["freshnessStatus"] == "HEALTHY"
    )
    assert checked(dagster, "upstream_feed") == ("SUCCEEDED", None)
    # The sensor has seen the fetched file, too, and that it is published.
    dagster.wait_for("look", lambda: "All files are published already" in dagster.tail())
    assert dagster.runs("build_warehouse") == []
    dagster.interrupt()


def test_dg_launch_publishes_the_same_as_a_build_without_dagster(tmp_path: Path) -> None:
    launched, built = tmp_path / "launched" / "data", tmp_path / "built" / "data"
    for data in (launched, built):
        feeds.write(data, feeds.shipped())
    assert child.run(child.steps, built) == 0
    done = subprocess.run(
        [Path(sys.executable).parent / "dg", "launch", "--job", "build_warehouse"],
        env=environment(launched),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    # The manifest has the checksum of the DuckDB file, whose bytes do not repeat.
    published = {path.name for path in (built / "marts").iterdir()} - {"manifest.json"}
    assert len(published) > 15
    for name in published:
        assert (launched / "marts" / name).read_bytes() == (built / "marts" / name).read_bytes()
