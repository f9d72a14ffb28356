"""Raw NDJSON to a warehouse: roofhouse against what else would load it, and the floor.

See `--help`. Each part replaces its own section of RESULTS.md; the rest is written by hand.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from benchmarks import generate, measure, overhead, queries, stages
from benchmarks.measure import ROOFHOUSE, ROOT, Measured, Spread

BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
#: Repetitions by size where none are asked for.
REPEATS = {1_000: 5, 10_000: 5, 100_000: 3, 1_000_000: 3}
PARTS = ("load", "stages", "queries", "overhead")


@dataclass(frozen=True)
class Feed:
    """That many generated cases, in both forms; each is written when first asked for."""

    size: int
    folder: Path

    @cached_property
    def lines(self) -> Path:
        """One case a line."""
        return self._write("ndjson")

    @cached_property
    def whole(self) -> Path:
        """One feed object."""
        return self._write("json")

    def _write(self, suffix: str) -> Path:
        path = self.folder / str(self.size) / f"cases-2026-05-01T000000Z.{suffix}"
        path.parent.mkdir(exist_ok=True)
        generate.write(self.size, path)
        return path


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


def data_of(source: Path, folder: Path) -> Path:
    """A data folder that holds this raw file alone."""
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / source.name).hardlink_to(source)
    return raw.parent


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
    "roofhouse": _own("roofhouse, NDJSON", lambda feed: feed.lines),
    "object": _own("roofhouse, one feed object", lambda feed: feed.whole),
    "pandas": _other("pandas", "pandas `json_normalize`, DuckDB", 100_000),
    "dlt": _other("dlt", "dlt, DuckDB", 100_000, "raw.cases"),
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
                    _say(f"{label}ended at {measure.LIMIT_MB:.0f} MB")
                    continue
                rounds[name].append(took)
                _say(f"{label}{took.seconds:9.2f} s {took.peak_mb:9.0f} MB")
    return found


def _is_slow(first: Measured | None, slow_s: float) -> bool:
    """Whether what the first round took forbids another one."""
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
        _into_page_cache(source)
        took = measure.run(command, environment)
        with duckdb.connect(str(folder / contender.file), read_only=True) as con:
            rows = con.sql(f"select count(*) from {contender.loaded}").fetchall()[0][0]
        if rows != feed.size:
            sys.exit(f"{name} loaded {rows:,} of {feed.size:,} cases")
        return took
    finally:
        shutil.rmtree(folder)


def _into_page_cache(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def load_section(found: Rounds, told: str) -> str:
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
    seconds, peaks = _medians(found, "seconds"), _medians(found, "peak_mb")
    large = [size for size in seconds if size >= 10_000]
    slope = None
    if 1_000_000 in large and len(large) > 1:
        slope = statistics.linear_regression(
            [math.log(size) for size in large], [math.log(seconds[size]) for size in large]
        ).slope
    growth = None
    if {100_000, 1_000_000} <= peaks.keys():
        growth = peaks[1_000_000] / peaks[100_000]
    return [
        measure.verdict(
            "100,000 cases against the floor", _middle(at, "roofhouse", "floor"), None, 10
        ),
        *(
            measure.verdict(
                f"{name} against roofhouse, 100,000 cases",
                _middle(at, name, "roofhouse"),
                10,
                None,
            )
            for name in ("dlt", "dlt-parquet")
        ),
        measure.verdict("slope of log time over log cases, 10 k to 1 M", slope, 0.9, 1.1),
        measure.verdict("peak MB at 1,000,000 cases", peaks.get(1_000_000), None, 2000),
        measure.verdict("peak at 1,000,000 over that at 100,000 cases", growth, None, 1.3),
    ]


def _medians(found: Rounds, field: str) -> dict[int, float]:
    """roofhouse's median by size."""
    return {
        size: statistics.median(getattr(run, field) for run in rounds["roofhouse"] if run)
        for size, rounds in found.items()
        if any(rounds.get("roofhouse", []))
    }


def _bench_versions() -> str:
    told = "import importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in %r), sep=', ')"
    names = ("dlt", "pandas", "duckdb")
    command = [str(BENCH_PYTHON), "-c", told % (names,)]
    return (
        "beside it "
        + subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    )


def profile(feed: Feed, folder: Path) -> dict[str, float]:
    """Seconds by stage of a build in an instrumented process; its data stay in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    data = data_of(feed.lines, folder)
    _into_page_cache(feed.lines)
    took = measure.run(
        [sys.executable, ROOT / "benchmarks" / "stages.py", data],
        measure.dagster_home(folder / "home"),
    )
    _say(f"{feed.size:>9,} by stage  {took.seconds:9.2f} s")
    return stages.split(json.loads(took.output), took.seconds)


def stages_section(found: dict[int, dict[str, float]], told: str) -> str:
    """The measured section on stages, as Markdown."""
    return "\n\n".join(
        (
            f"Seconds of one cold build from NDJSON, by the number of cases. {told}.",
            measure.table(
                ("stage", *(f"{size:,}" for size in found)),
                [
                    (label, *(f"{spent[label]:.2f}" for spent in found.values()))
                    for label in next(iter(found.values()))
                ],
            ),
        )
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Benchmarks into benchmarks/RESULTS.md.",
        epilog=(
            "The defaults take an hour or two on two idle cores, most of it for dlt and "
            "executemany; --large adds about as much."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--large", action="store_true", help="a million cases too; 30 GB of disk")
    parser.add_argument("--repeats", type=int, help=f"rounds; by size: {REPEATS}")
    parser.add_argument(
        "--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument(
        "--slow", type=float, default=300, help="what takes longer (seconds) is not repeated"
    )
    parser.add_argument("--output", type=Path, default=measure.RESULTS)
    return parser.parse_args()


def main() -> None:
    """Measure the parts that were asked for."""
    asked = _arguments()
    if "load" in asked.only and not BENCH_PYTHON.exists():
        sys.exit(f"{BENCH_PYTHON.parents[1]} is not there: run `make bench`, which makes it")
    if not asked.output.exists():
        shutil.copy(measure.RESULTS, asked.output)
    sizes = sorted({*asked.sizes, *([1_000_000] if asked.large else [])})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = [Feed(size, folder) for size in sizes]
        if "load" in asked.only:
            told = measure.conditions()
            found = load(feeds, asked.contenders, asked.repeats, asked.slow)
            measure.put(asked.output, "load", load_section(found, told))
        if "stages" in asked.only:
            told = measure.conditions()
            by_stage = {feed.size: profile(feed, folder / "profile") for feed in feeds}
            measure.put(asked.output, "stages", stages_section(by_stage, told))
        if "queries" in asked.only:
            if "stages" not in asked.only:
                profile(feeds[-1], folder / "profile")
            data = folder / "profile" / "data"
            measure.put(asked.output, "queries", queries.section(data))
        if "overhead" in asked.only:
            measure.put(asked.output, "overhead", overhead.section(asked.repeats or 5))
    _say(f"written to {asked.output}")


if __name__ == "__main__":
    main()
