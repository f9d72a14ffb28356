"""The real thing: `dg dev` with its daemon, code server and webserver, started and stopped."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from pipelines import settings
from pipelines.publish import manifest
from pipelines.settings import ROOT
from tests import feeds

Found = TypeVar("Found")

#: On a busy machine of two cores; a build takes two ticks of 10 s and some seconds.
PATIENCE_S = 180


class Dagster:
    """A running `dg dev` in a process group of its own, with a home and data of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.home = folder / "home"
        (self.data / "raw").mkdir(parents=True)
        self.home.mkdir()
        # The project's own dagster.yaml, but for its places, which are in the project.
        config = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
        for place in ("storage", "local_artifact_storage", "compute_logs"):
            del config[place]
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        self.log = folder / "dg.log"
        self.feed_url = "http://127.0.0.1:9/cases.json"  # nobody is there
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def start(self) -> None:
        """Start it and wait until the webserver answers."""
        command = Path(sys.executable).parent / "dg"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [command, "dev", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "DAGSTER_HOME": str(self.home),
                    "DAGSTER_DISABLE_TELEMETRY": "1",
                    "FRESHNESS_DAEMON_INTERVAL_SECONDS": "2",
                    "ROOFHOUSE_DATA": str(self.data),
                    "ROOFHOUSE_FEED_URL": self.feed_url,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for("webserver", lambda: self.ask("{ version }"))

    def wait_for(self, what: str, look: Callable[[], Found | None]) -> Found:
        """What `look` returns once it is something."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.process.poll() is None, f"dg dev ended\n{self.tail()}"
            if found := look():
                return found
            time.sleep(0.5)
        raise AssertionError(f"no {what} after {PATIENCE_S} s\n{self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-5000:]

    def ask(self, query: str) -> Any:
        """Ask the webserver what the UI asks it; None while it does not answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query}).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = json.load(answer)
        except (OSError, TimeoutError):
            return None
        assert "errors" not in found, found
        return found["data"]

    def drop(self, name: str, text: str) -> Path:
        """Put a file into data/raw the way one should: whole, by a rename."""
        written = self.data / name
        written.write_text(text, encoding="utf-8")
        return written.rename(self.data / "raw" / name)

    def published(self) -> set[str]:
        """The snapshots that the manifest lists."""
        found = settings.load(self.data)
        if not manifest.path(found).is_file():
            return set()
        return {one["file"] for one in manifest.read(found)["snapshots"]}

    def runs(self, job: str) -> list[str]:
        """How the runs of a job that the sensor or the schedule asked for ended, newest first."""
        answer = self.ask(
            "{ runsOrError { ... on Runs { results { jobName status tags { key value } } } } }"
        )
        return [
            one["status"]
            for one in (answer or {"runsOrError": {"results": []}})["runsOrError"]["results"]
            if one["jobName"] == job
            and {"dagster/sensor_name", "dagster/schedule_name"} & {t["key"] for t in one["tags"]}
        ]

    def processes(self) -> dict[int, str]:
        """All processes that were started by it, whatever their group: by their environment."""
        found = {}
        mark = f"ROOFHOUSE_DATA={self.data}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        found.pop(os.getpid(), None)
        return found

    def interrupt(self) -> None:
        """End it as Ctrl-C does, and see that it ends well and leaves no process."""
        os.killpg(self.process.pid, signal.SIGINT)
        assert self.process.wait(60) == 0, self.tail()
        # A code server whose parent is gone ends by itself when the heartbeat stops for 45 s.
        end = time.monotonic() + 60
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.5)
        assert left == {}

    def kill(self) -> None:
        """Leave nothing behind, however a test ended."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(30)


@pytest.fixture
def dagster(tmp_path: Path) -> Iterator[Dagster]:
    found = Dagster(tmp_path)
    yield found
    found.kill()


def leave_a_killed_run(home: Path) -> None:
    """Leave in the books a run that started and never ended, as kill -9 does."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.add_run(dg.DagsterRun(job_name="killed", status=dg.DagsterRunStatus.STARTED))


def with_a_case_more(case_id: str) -> str:
    feed = feeds.shipped()
    feed["items"].append(feeds.put(feeds.case(), "id", case_id))
    feed["count"] += 1
    feed["generated"] = "2026-05-01T00:00:00.000Z"
    return json.dumps(feed)


def test_a_dropped_file_becomes_a_published_case_with_no_other_action(dagster: Dagster) -> None:
    leave_a_killed_run(dagster.home)
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


class FeedHandler(http.server.BaseHTTPRequestHandler):
    """The feed's producer."""

    def do_GET(self) -> None:
        body = feeds.SHIPPED.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def feed_url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), FeedHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/cases.json"
        server.shutdown()


def miss_a_day(home: Path) -> bool:
    """Set the schedule's clock back by a day; False where the daemon has not noted it yet."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
        for state in states:
            data = ScheduleInstigatorData("17 4 * * *", time.time() - 24 * 3600)
            instance.update_instigator_state(state.with_data(data))
        return bool(states)


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
            "name": "raw_files",
            "minIntervalSeconds": 10,
            "targets": [{"pipelineName": "build_warehouse"}],
            "sensorState": {"status": "RUNNING"},
        }
    ]

    def freshness() -> Any:
        (found,) = dagster.ask(
            """{ assetNodes(assetKeys: [{path: ["upstream_feed"]}]) {
                internalFreshnessPolicy { ... on TimeWindowFreshnessPolicy {
                    warnWindowSeconds failWindowSeconds } }
                freshnessStatusInfo { freshnessStatus }
            } }"""
        )["assetNodes"]
        return found

    policy = {"warnWindowSeconds": 26 * 3600, "failWindowSeconds": 36 * 3600}
    assert freshness() == {
        "internalFreshnessPolicy": policy,
        "freshnessStatusInfo": {"freshnessStatus": "UNKNOWN"},  # never fetched
    }

    dagster.wait_for("schedule", lambda: miss_a_day(dagster.home))
    dagster.interrupt()
    miss_a_day(dagster.home)
    dagster.start()
    dagster.wait_for("scheduled run", lambda: dagster.runs("fetch_and_build") == ["SUCCESS"])
    assert len(dagster.published()) == 1
    dagster.wait_for(
        "freshness", lambda: freshness()["freshnessStatusInfo"]["freshnessStatus"] == "HEALTHY"
    )
    # The sensor has seen the fetched file, too, and that it is published.
    dagster.wait_for("look", lambda: "All files are published already" in dagster.tail())
    assert dagster.runs("build_warehouse") == []
    dagster.interrupt()
