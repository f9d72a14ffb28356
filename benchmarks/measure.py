"""Commands measured from outside, and what is said of the numbers. Linux: reads /proc."""

from __future__ import annotations

import os
import platform
import re
import shlex
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
ROOFHOUSE = Path(sys.executable).with_name("roofhouse")
#: Seconds between two looks at the memory.
POLL_S = 0.025
#: A command that holds more of the machine's memory is ended, before the system ends others.
LIMIT_MB = 0.75 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6


class TooMuch(Exception):
    """A command was ended since it held more than LIMIT_MB."""


@dataclass(frozen=True)
class Measured:
    """The cost of a command, all its processes included."""

    seconds: float
    peak_mb: float
    """The most anonymous memory that all processes together held at one look."""
    output: str


def run(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> Measured:
    """Run a command that must succeed, in a session of its own.

    Raises TooMuch where it needs more memory than it may have.
    """
    os.sync()  # what the command before has left to write shall not slow this one
    done = threading.Event()
    peaks = [0]
    started = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        watcher = threading.Thread(target=_watch, args=(process.pid, done, peaks), daemon=True)
        watcher.start()
        try:
            output, errors = process.communicate()
            seconds = time.perf_counter() - started
        except BaseException:
            _end(process.pid)
            raise
        finally:
            done.set()
            watcher.join()
    if max(peaks) / 1e6 > LIMIT_MB:
        raise TooMuch
    if process.returncode:
        sys.exit(f"{shlex.join(map(str, command))}: exit code {process.returncode}\n{errors}")
    return Measured(seconds, max(peaks) / 1e6, output)


def _watch(session: int, done: threading.Event, peaks: list[int]) -> None:
    while not done.wait(POLL_S):
        peaks.append(
            sum(
                _anonymous(int(path.name))
                for path in Path("/proc").iterdir()
                if path.name.isdigit() and _session(int(path.name)) == session
            )
        )

        if peaks[-1] / 1e6 > LIMIT_MB:
            _end(session)


def _end(session: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def _session(pid: int) -> int | None:
    """The session of a process; None where it has ended."""
    with suppress(OSError):
        return os.getsid(pid)
    return None


def _anonymous(pid: int) -> int:
    """Bytes of a process that no file stands behind; 0 where it has ended."""
    with suppress(OSError):
        found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def dagster_home(folder: Path) -> dict[str, str]:
    """The environment of a Dagster that keeps its records in a folder and tells nobody."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n")
    return {"DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "1"}


@dataclass(frozen=True)
class Spread:
    """The middle of some numbers, and how far they reach."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one number."""
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1], len(found))

    def __str__(self) -> str:
        if self.count == 1:
            return f"{digits(self.median)} (once)"
        return f"{digits(self.median)} ({digits(self.low)}–{digits(self.high)})"


def digits(value: float) -> str:
    """A positive number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def verdict(what: str, found: float | None, low: float | None, high: float | None) -> str:
    """A target beside what was found, as a line of a Markdown list."""
    limits = " and ".join(
        f"at {word} {limit:g}" for word, limit in (("least", low), ("most", high)) if limit
    )
    if found is None:
        return f"- not measured: {what}: {limits}"
    holds = (low is None or found >= low) and (high is None or found <= high)
    return f"- {'**pass**' if holds else '**FAIL**'}: {what}: {digits(found)}, target {limits}"


def conditions() -> str:
    """Date, machine and versions of the measurement, in one line."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "dagster"))
    return (
        f"{time.strftime('%Y-%m-%d')}; {cpu[1] if cpu else platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, Linux {platform.release()}, "
        f"load average before {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {versions}"
    )


def put(path: Path, section: str, text: str) -> None:
    """Replace a measured section of a results file; what is written by hand stays."""
    begin, end = f"<!-- measured: {section} -->\n", f"<!-- end: {section} -->"
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{path}: no section between {begin.strip()} and {end}")
    path.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
