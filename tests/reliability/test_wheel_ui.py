"""`roofhouse ui` of an installed wheel: it has the jobs, and keeps its history with the data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from tests import wheel

PATIENCE_S = 180
QUESTION = (
    "{ repositoriesOrError { ... on RepositoryConnection "
    "{ nodes { location { name } jobs { name } } } } }"
)


def test_the_ui_of_an_installed_wheel_has_the_jobs(tmp_path: Path) -> None:
    programs = wheel.install(wheel.build(tmp_path), tmp_path / "venv")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = tmp_path / "ui.log"
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [programs / "roofhouse", "ui", "--port", str(port)],
            cwd=tmp_path,
            env=wheel.environment(),
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            end = time.monotonic() + PATIENCE_S
            while "Ctrl-C stops it." not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end
                time.sleep(0.3)
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/graphql",
                data=json.dumps({"query": QUESTION}).encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                (found,) = json.load(answer)["data"]["repositoriesOrError"]["nodes"]
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert found["location"] == {"name": "roofhouse"}
    jobs = {job["name"] for job in found["jobs"]}
    assert {"build_warehouse", "fetch_and_build"} <= jobs
    assert (tmp_path / "data" / ".dagster" / "history" / "runs.db").is_file()
