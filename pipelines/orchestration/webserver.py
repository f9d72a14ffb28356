"""`roofhouse ui`: the Dagster webserver and its daemon on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from pipelines.errors import RoofhouseError
from pipelines.orchestration import dagster_home
from pipelines.settings import Settings

HOST = "127.0.0.1"

#: The time that Dagster may take to start, and its processes to end.
_START_S = 120.0
_END_S = 20.0


@contextmanager
def running(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run Dagster with its daemon; enter once the UI answers, and leave no process behind.

    Raises RoofhouseError if the port is taken or Dagster does not start.
    """
    _need_free(port)
    settings.build.mkdir(parents=True, exist_ok=True)
    log = log_path(settings)
    home = dagster_home.prepare(settings)
    workspace = dagster_home.workspace(settings)
    dg_dev = [sys.executable, "-m", "dagster_dg_cli.cli", "dev"]
    with log.open("wb") as written, _heeding_interrupts():
        process = subprocess.Popen(  # noqa: S603 - no text from outside
            [*dg_dev, "--host", HOST, "--port", str(port), "--workspace", str(workspace)],
            cwd=home,
            env={
                **os.environ,
                "DAGSTER_DISABLE_TELEMETRY": "1",
                "DAGSTER_HOME": str(home),
                "ROOFHOUSE_DATA": str(settings.data),
                "ROOFHOUSE_CONFIG": str(settings.config),
            },
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches this process alone
        )
    try:
        _wait(process, address(port), log)
        yield process
    finally:
        _end(process)


def log_path(settings: Settings) -> Path:
    """Return the path of Dagster's own log."""
    return settings.build / "ui.log"


def address(port: int) -> str:
    """Return the address of the UI."""
    return f"http://{HOST}:{port}"


def _need_free(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            raise RoofhouseError(
                f"port {port} of {HOST} is taken; choose another with --port"
            ) from None


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _START_S
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > end:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise RoofhouseError(f"Dagster did not start: {' '.join(last)} (see {log})")
        time.sleep(0.3)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/server_info", timeout=10, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def stop(*_: object) -> None:
    """Handle SIGINT and SIGTERM once. Further signals must not interrupt the shutdown."""
    _ignore_signals()
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """Start child processes that SIGINT can end, even if this process was started to ignore it.

    `roofhouse ui &` in a script is started so; Dagster would inherit that, and never end.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End Dagster as Ctrl-C does, then kill any of its processes that remain."""
    _ignore_signals()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        end = time.monotonic() + _END_S
        while time.monotonic() < end:
            process.poll()
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
