"""`roofhouse ui` as a process: who can reach it, and how it ends, whoever ends it how often."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.daemon import Dagster

#: Well below the 20 s after which what does not end by itself is sent another signal.
PROMPT_S = 15


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[Dagster]:
    found = Dagster(tmp_path, "roofhouse ui")
    yield found
    found.kill()


def start(ui: Dagster) -> None:
    ui.start()
    ui.wait_for("last line", lambda: "Ctrl-C stops it." in ui.tail())


def sees_it_ended(ui: Dagster) -> None:
    assert ui.process.wait(PROMPT_S) == 0, ui.tail()
    assert ui.tail().endswith("stopped\n")
    assert ui.processes() == {}


def listening(processes: Iterable[int]) -> set[str]:
    """The addresses on which these processes listen: HEX ADDRESS:HEX PORT."""
    sockets = set()
    for process in processes:
        for opened in Path(f"/proc/{process}/fd").iterdir():
            try:
                sockets.add(str(opened.readlink()))
            except FileNotFoundError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in sockets:
                found.add(local)
    return found


def test_only_this_machine_reaches_it_and_the_report_that_there_is_is_named(ui: Dagster) -> None:
    report = ui.data / "marts" / "report.html"
    report.parent.mkdir()
    report.touch()
    start(ui)
    assert f"UI         http://127.0.0.1:{ui.port}\n" in ui.tail()
    assert f"report     {report.as_uri()}\n" in ui.tail()
    assert listening(ui.processes()) == {f"0100007F:{ui.port:04X}"}
    ui.process.send_signal(signal.SIGTERM)
    sees_it_ended(ui)


def test_an_impatient_user_leaves_no_process_behind(ui: Dagster) -> None:
    start(ui)
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        assert ui.process.poll() is None
        os.killpg(ui.process.pid, number)
        time.sleep(0.2)
    sees_it_ended(ui)


def test_in_the_background_of_a_script_it_is_ended_by_sigterm_alone(ui: Dagster) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `roofhouse ui &`
    try:
        start(ui)
    finally:
        signal.signal(signal.SIGINT, before)
    ui.process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert ui.process.poll() is None
    ui.process.send_signal(signal.SIGTERM)
    sees_it_ended(ui)
