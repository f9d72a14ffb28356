"""Measure the cost of roofhouse, part by part, and write it to RESULTS.md.

See `--help`. Each part replaces its own section of RESULTS.md; the rest is written by hand.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import files, incremental, layout, loading, measure, overhead, queries, stages
from benchmarks.feeds import Feed, data_of, into_page_cache, say
from benchmarks.measure import ROOT

PARTS = ("load", "stages", "queries", "layout", "incremental", "files", "overhead")


def profile(feed: Feed, folder: Path) -> dict[str, float]:
    """Seconds by stage of a build in an instrumented process; its data stay in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    data = data_of(feed.lines, folder)
    into_page_cache(feed.lines)
    took = measure.run(
        [sys.executable, ROOT / "benchmarks" / "stages.py", data],
        measure.dagster_home(folder / "home"),
    )
    say(f"{feed.size:>9,} by stage  {took.seconds:9.2f} s")
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
    parser.add_argument("--repeats", type=int, help=f"rounds; by size: {loading.REPEATS}")
    parser.add_argument(
        "--contenders",
        nargs="+",
        choices=loading.CONTENDERS,
        default=list(loading.CONTENDERS),
        metavar="NAME",
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument(
        "--small",
        nargs="+",
        choices=incremental.SMALL,
        default=list(incremental.SMALL),
        metavar="WHEN",
        help="of which times a small snapshot is added",
    )
    parser.add_argument(
        "--slow", type=float, default=300, help="what takes longer (seconds) is not repeated"
    )
    parser.add_argument("--output", type=Path, default=measure.RESULTS)
    return parser.parse_args()


def main() -> None:
    """Measure the parts that were asked for."""
    asked = _arguments()
    if "load" in asked.only and not loading.BENCH_PYTHON.exists():
        sys.exit(
            f"{loading.BENCH_PYTHON.parents[1]} is not there: run `make bench`, which makes it"
        )
    if not asked.output.exists():
        shutil.copy(measure.RESULTS, asked.output)
    sizes = sorted({*asked.sizes, *([1_000_000] if asked.large else [])})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = [Feed(size, folder) for size in sizes]
        if "load" in asked.only:
            told = measure.conditions()
            found = loading.load(feeds, asked.contenders, asked.repeats, asked.slow)
            measure.put(asked.output, "load", loading.section(found, told))
        if "stages" in asked.only:
            told = measure.conditions()
            by_stage = {feed.size: profile(feed, folder / "profile") for feed in feeds}
            measure.put(asked.output, "stages", stages_section(by_stage, told))
        data = folder / "profile" / "data"
        if {"queries", "layout", "incremental"} & set(asked.only) and not data.exists():
            profile(feeds[-1], folder / "profile")
        if "queries" in asked.only:
            measure.put(asked.output, "queries", queries.section(data))
        if "layout" in asked.only:
            measure.put(asked.output, "layout", layout.section(data))
        if "incremental" in asked.only:
            found_ = incremental.section(data, feeds[-1].size, asked.small)
            measure.put(asked.output, "incremental", found_)
        if "files" in asked.only:
            measure.put(asked.output, "files", files.section(folder / "many"))
        if "overhead" in asked.only:
            measure.put(asked.output, "overhead", overhead.section(asked.repeats or 5))
    say(f"written to {asked.output}")


if __name__ == "__main__":
    main()
