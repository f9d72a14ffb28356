"""One small snapshot more, against building everything anew from the same files.

The snapshot is the shipped feed, once as one that comes after the large one (whose cases
are retired by it) and once as one from before that arrives late (and changes no mart).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from benchmarks import measure
from benchmarks.feeds import into_page_cache, say
from benchmarks.measure import ROOFHOUSE, ROOT
from pipelines.ingest.snapshot import sha256_of

LIMIT = 0.4
#: The large feed is of 2026-05-01.
SMALL = {"after": "2026-05-29T10:37:47.493Z", "before": "2026-04-29T10:37:47.493Z"}


def section(built: Path, cases: int, small: Iterable[str] = SMALL) -> str:
    """The measured section, as Markdown, from a data folder in which the large feed is built."""
    told = measure.conditions()
    rows, verdicts = [], []
    for when in small:
        folder = built.parent / "incremental"
        shutil.rmtree(folder, ignore_errors=True)
        data = folder / "data"
        shutil.copytree(built, data)
        for file in (data / "raw").iterdir():
            into_page_cache(file)
        _add(data, SMALL[when])
        staged = _inodes(data)
        added = _build(data)
        if not staged <= _inodes(data):
            sys.exit("the large snapshot was staged again")
        grown = _parquet(data)
        for made in ("build", "marts"):
            shutil.rmtree(data / made)
        anew = _build(data)
        is_same = _parquet(data) == grown
        ratio = added / anew
        say(f"{cases:>9,} a snapshot {when}: {added:.1f} s of {anew:.1f} s, same: {is_same}")
        same = "byte for byte" if is_same else "**they differ**"
        rows.append((f"{when} the large one", *map(measure.digits, (added, anew, ratio)), same))
        verdicts.append(
            measure.verdict(
                f"a small snapshot {when} the large one, over a full build", ratio, None, LIMIT
            )
        )
        shutil.rmtree(folder)
    header = ("the small snapshot is of a time", "added, s", "full, s", "ratio", "same Parquet")
    return "\n\n".join(
        (
            f"{cases:,} cases and the 22 shipped ones; one run each. {told}.",
            measure.table(header, rows),
            "\n".join(verdicts),
        )
    )


def _build(data: Path) -> float:
    command: list[str | Path] = [ROOFHOUSE, "build", "--data", data]
    return measure.run(command, measure.dagster_home(data.parent / "home")).seconds


def _add(data: Path, generated: str) -> None:
    """Put the shipped feed beside the large one, as a snapshot of that time."""
    (shipped,) = (ROOT / "data" / "raw" / "evokernel").glob("cases-*.json")
    content = msgspec.json.decode(shipped.read_bytes())
    content["generated"] = generated
    name = f"cases-{generated[:19].replace(':', '')}Z.json"
    (data / "raw" / name).write_bytes(msgspec.json.encode(content))


def _inodes(data: Path) -> set[tuple[str, int, int]]:
    """Every staged file as it lies on the disk: one that is written again is another one."""
    return {
        (path.name, path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (data / "build" / "staging").glob("*/*.parquet")
    }


def _parquet(data: Path) -> dict[str, str]:
    """The checksum of every mart."""
    return {path.name: sha256_of(path) for path in (data / "marts").glob("*.parquet")}
