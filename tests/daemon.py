"""Dagster as a user runs it: webserver, daemon and code server, started and stopped."""

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
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import yaml

from pipelines import settings
from pipelines.publish import manifest
from pipelines.settings import ROOT

Found = TypeVar("Found")

#: On a busy machine of two cores; a build takes two ticks of 10 s and some seconds.
PATIENCE_S = 180


class Dagster:
    """A running `dg dev` in a process group of its own, with a home and data of its own.

    With `command` it is `roofhouse ui`, which runs that for a user.
    """

    def __init__(self, folder: Path, command: str = "dg dev") -> None:
        self.command = command.split()
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
        program = str(Path(sys.executable).parent / self.command[0])
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [program, *self.command[1:], "--port", str(self.port)],
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
        """Return the first result of `look` that is not empty."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.process.poll() is None, f"{self.command} ended\n{self.tail()}"
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
        """The status of the runs that the sensor or the schedule asked for, newest first."""
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


@contextmanager
def serving(feed: bytes) -> Iterator[str]:
    """A server of a feed; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(feed)))
            self.end_headers()
            self.wfile.write(feed)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/cases.json"
        server.shutdown()
