"""Raw NDJSON to a DuckDB file: roofhouse against what else would load it, and the floor."""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks import measure
from benchmarks.feeds import Feed, data_of, into_page_cache, say
from benchmarks.measure import ROOFHOUSE, ROOT, Measured, Spread

BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
#: Repetitions by size where none are asked for.
REPEATS = {1_000: 5, 10_000: 5, 100_000: 3, 1_000_000: 3}


@dataclass(frozen=True)
class Contender:
    """A way from raw cases to a DuckDB file."""

    label: str
    source: Callable[[Feed], Path]
    command: Callable[[Path, Path], list[str | Path]]
    """Source and an empty folder -> what to run."""
    loaded: str
    """The table that has a row per case, and the file in the folder that holds it."""
    file: str
    up_to: int


def _build(source: Path, folder: Path) -> list[str | Path]:
    return [ROOFHOUSE, "build", "--data", data_of(source, folder)]


def _other(name: str, label: str, up_to: int, loaded: str = "main.cases") -> Contender:
    return Contender(
        label,
        lambda feed: feed.lines,
        lambda source, folder: [
            BENCH_PYTHON,
            ROOT / "benchmarks" / "contenders.py",
            name,
            source,
            folder / "cases.duckdb",
        ],
        loaded,
        "cases.duckdb",
        up_to,
    )


def _own(label: str, source: Callable[[Feed], Path]) -> Contender:
    return Contender(label, source, _build, "main.fact_case", "data/warehouse.duckdb", 10**9)


CONTENDERS = {
    "floor": _other("floor", "DuckDB `read_json`, all columns (the floor)", 10**9),
    "parsed": _other("parsed", "the same, parsed but not kept", 10**9),
    "roofhouse": _own("roofhouse, NDJSON", lambda feed: feed.lines),
    "object": _own("roofhouse, one feed object", lambda feed: feed.whole),
    "pandas": _other("pandas", "pandas `json_normalize`, DuckDB", 100_000),
    # 100,000 take more memory than 25 GB have.
    "dlt": _other("dlt", "dlt, DuckDB", 10_000, "raw.cases"),
    "dlt-parts": _other("dlt-parts", "dlt in files of 1,000 rows, DuckDB", 100_000, "raw.cases"),
    "dlt-parquet": _other("dlt-parquet", "dlt by way of Parquet, DuckDB", 100_000, "raw.cases"),
    "json": _other("json", "`json`, `executemany`, DuckDB", 10_000),
}

#: What each contender took at each size, round by round; None where it was given up.
Rounds = dict[int, dict[str, list[Measured | None]]]


def load(feeds: list[Feed], names: list[str], repeats: int | None, slow_s: float) -> Rounds:
    """Run the contenders in turn, round by round."""
    if not feeds:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        small = Feed(100, Path(folder))
        for name in names:  # not counted: bytecode and libraries into the page cache
            _once(name, small, Path(folder) / "work")
    found: Rounds = {}
    for feed in feeds:
        here = [name for name in names if feed.size <= CONTENDERS[name].up_to]
        rounds: dict[str, list[Measured | None]] = {name: [] for name in here}
        found[feed.size] = rounds
        for number in range(repeats or REPEATS.get(feed.size, 3)):
            for name in here:
                if number and _is_slow(rounds[name][0], slow_s):
                    rounds[name].append(None)
                    continue
                label = f"{feed.size:>9,} {name:<12}"
                try:
                    took = _once(name, feed, feed.folder / "work")
                except measure.TooMuch:
                    rounds[name].append(None)
                    say(f"{label}ended at {measure.LIMIT_MB:.0f} MB")
                    continue
                rounds[name].append(took)
                say(f"{label}{took.seconds:9.2f} s {took.peak_mb:9.0f} MB")
    return found


def _is_slow(first: Measured | None, slow_s: float) -> bool:
    """True if the first round took too long for another one."""
    return first is None or first.seconds > slow_s


def _once(name: str, feed: Feed, folder: Path) -> Measured:
    """One contender in a fresh folder and process; all cases must have arrived."""
    contender = CONTENDERS[name]
    source = contender.source(feed)
    folder.mkdir()
    try:
        command = contender.command(source, folder)
        environment = measure.dagster_home(folder / "home")
        environment["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        into_page_cache(source)
        took = measure.run(command, environment)
        with duckdb.connect(str(folder / contender.file), read_only=True) as con:
            rows = con.sql(f"select count(*) from {contender.loaded}").fetchall()[0][0]
        if rows != feed.size:
            sys.exit(f"{name} loaded {rows:,} of {feed.size:,} cases")
        return took
    finally:
        shutil.rmtree(folder)


def section(found: Rounds, told: str) -> str:
    """The measured section on loading, as Markdown."""
    rows: list[tuple[object, ...]] = []
    for size, rounds in found.items():
        for name, runs in rounds.items():
            done = [run for run in runs if run is not None]
            if not done:
                limit = f"more than {measure.LIMIT_MB:,.0f}: ended"
                rows.append((CONTENDERS[name].label, f"{size:,}", 0, "", "", "", limit))
                continue
            rows.append(
                (
                    CONTENDERS[name].label,
                    f"{size:,}",
                    len(done),
                    Spread.of(run.seconds for run in done),
                    ratio(rounds, name, "floor") or "",
                    ratio(rounds, name, "roofhouse") or "",
                    Spread.of(run.peak_mb for run in done),
                )
            )
    header = ("", "cases", "runs", "seconds", "× floor", "× roofhouse", "peak MB")
    return "\n\n".join(
        (
            f"{told}; {_bench_versions()}.",
            measure.table(header, rows),
            "\n".join(_targets(found)),
        )
    )


def ratio(rounds: dict[str, list[Measured | None]], name: str, base: str) -> Spread | None:
    """A contender's seconds over those of another one in the same round."""
    pairs = zip(rounds.get(name, []), rounds.get(base, []), strict=False)
    found = [one.seconds / other.seconds for one, other in pairs if one and other]
    return Spread.of(found) if found else None


def _middle(rounds: dict[str, list[Measured | None]], name: str, base: str) -> float | None:
    found = ratio(rounds, name, base)
    return found.median if found else None


def _targets(found: Rounds) -> list[str]:
    at = found.get(100_000, {})
    seconds = _medians(found, "roofhouse", "seconds")
    fixed = seconds.get(1_000, 0.0)
    floor = _medians(found, "floor", "seconds")
    return [
        measure.verdict(
            "100,000 cases against the floor", _middle(at, "roofhouse", "floor"), None, 10
        ),
        measure.verdict(
            "100,000 cases against parsing alone", _middle(at, "roofhouse", "parsed"), None, 10
        ),
        *(
            measure.verdict(
                f"{name} against roofhouse, 100,000 cases",
                _middle(at, name, "roofhouse"),
                10,
                None,
            )
            for name in ("dlt-parts", "dlt-parquet")
        ),
        measure.verdict("slope of log time over log cases, 10 k to 1 M", _slope(seconds), 0.9, 1.1),
        measure.verdict(
            "the same, without the time of a build of 1,000 cases",
            _slope({size: took - fixed for size, took in seconds.items()}) if fixed else None,
            0.9,
            1.1,
        ),
        f"- for comparison, the slope of the floor: {measure.digits(_slope(floor) or 0)}",
        *_memory(found, "roofhouse", "as lines"),
        *_memory(found, "object", "as one object"),
    ]


def _memory(found: Rounds, name: str, form: str) -> list[str]:
    peaks = _medians(found, name, "peak_mb")
    large, small = peaks.get(1_000_000), peaks.get(100_000)
    growth = large / small if large and small else None
    return [
        measure.verdict(f"peak MB at 1,000,000 cases {form}", large, None, 2000),
        measure.verdict(f"that over the peak at 100,000 cases {form}", growth, None, 1.3),
    ]


def _slope(seconds: dict[int, float]) -> float | None:
    """The slope of log seconds over log cases, where it was measured from 10 k to 1 M."""
    large = {size: took for size, took in seconds.items() if size >= 10_000 and took > 0}
    if not {10_000, 1_000_000} <= large.keys():
        return None
    return statistics.linear_regression(
        [math.log(size) for size in large], [math.log(took) for took in large.values()]
    ).slope


def _medians(found: Rounds, name: str, field: str) -> dict[int, float]:
    """A contender's median by size."""
    return {
        size: statistics.median(getattr(run, field) for run in rounds[name] if run)
        for size, rounds in found.items()
        if any(rounds.get(name, []))
    }


def _bench_versions() -> str:
    told = "import importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in %r), sep=', ')"
    names = ("dlt", "pandas", "duckdb")
    command = [str(BENCH_PYTHON), "-c", told % (names,)]
    return (
        "beside it "
        + subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    )
