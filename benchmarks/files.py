"""Many small files: thousands of runs of a tool, and a year of daily snapshots of a feed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from pathlib import Path
from typing import Any

import msgspec
import yaml

from benchmarks import measure
from benchmarks.feeds import say
from benchmarks.measure import ROOFHOUSE, ROOT
from pipelines import settings
from pipelines.catalog import load as load_catalog
from pipelines.ingest import readers, snapshot, staging
from pipelines.ingest.cluster import distribute
from pipelines.ingest.sidecar import Sidecar, parse

RUNS = 10_000
DAYS = 365
#: Files against one file of the same cases; one file more; days together against each by itself.
LIMITS = (1.5, 1 / 3, 1 / 4)
_SIDECAR = """\
hardware: h100-sxm5
cards: 8
quantization: fp8-e4m3
engine: {id: vllm, version: "0.11.0"}
parallel: {tp: 8}
"""


def section(folder: Path, runs: int = RUNS, days: int = DAYS) -> str:
    """The measured section, as Markdown."""
    told = measure.conditions()
    files, one = _runs(folder / "files", runs), _one_file(folder / "one", runs)
    as_files, as_one = _build(files), _build(one)
    _write(files / "raw" / "runs" / "more.json", _run(runs))
    more = _build(files)
    say(f"{runs:,} files {as_files:.1f} s, one file {as_one:.1f} s, one more {more:.1f} s")
    apart, together = _days(folder / "days", days)
    say(f"{days} snapshots: each by itself {apart:.1f} s, together {together:.1f} s")
    rows = [
        (f"{runs:,} result files of vLLM, built", measure.digits(as_files)),
        ("the same cases as one NDJSON file, built", measure.digits(as_one)),
        (f"one file more, after {runs:,}", measure.digits(more)),
        (f"{days} snapshots of 22 cases, each staged by itself", measure.digits(apart)),
        (f"{days} snapshots of 22 cases, staged together", measure.digits(together)),
    ]
    verdicts = [
        measure.verdict("many files, over one file", as_files / as_one, None, LIMITS[0]),
        measure.verdict("one file more, over all files", more / as_files, None, LIMITS[1]),
        measure.verdict("snapshots together, over apart", together / apart, None, LIMITS[2]),
    ]
    return "\n\n".join(
        (f"One run each. {told}.", measure.table(("", "seconds"), rows), "\n".join(verdicts))
    )


def _run(number: int) -> dict[str, Any]:
    """A result of `vllm bench serve`."""
    throughput = 1_900.0 + number % 200
    at = dt.datetime(2026, 5, 1) + dt.timedelta(seconds=number)
    return {
        "date": f"{at:%Y%m%d-%H%M%S}",
        "backend": "vllm",
        "model_id": "meta-llama/Llama-3.1-8B-Instruct",
        "num_prompts": 512,
        "request_rate": "inf",
        "max_concurrency": 32,
        "duration": 512 * 128 / throughput,
        "completed": 512,
        "failed": 0,
        "total_input_tokens": 512 * 1_024,
        "total_output_tokens": 512 * 128,
        "request_throughput": throughput / 128,
        "output_throughput": throughput,
        "total_token_throughput": throughput * 9,
        **{
            f"{statistic}_{name}_ms": value
            for name, value in (("ttft", 60.0), ("tpot", 15.5), ("itl", 15.5), ("e2el", 2_028.5))
            for statistic in ("mean", "median", "p99")
        },
    }


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _source(data: Path, folder: str, **said: Any) -> Path:
    path = data / "raw" / folder
    path.mkdir(parents=True)
    (path / "SOURCE.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return path


def _runs(data: Path, count: int) -> Path:
    """A data folder with a source of so many result files."""
    folder = _source(data, "runs", mode="append")
    (folder / "sidecar.yml").write_text(_SIDECAR, encoding="utf-8")
    for number in range(count):
        _write(folder / f"{number:06}.json", _run(number))
    return data


def _one_file(data: Path, count: int) -> Path:
    """A data folder with the same cases as lines of one file of a feed."""
    folder = _source(data, "feed", mode="snapshot", format="evokernel")
    said, catalog = Sidecar(folder=parse(_SIDECAR.encode(), "sidecar")), load_catalog()
    with (folder / "cases-2026-06-01T000000Z.ndjson").open("wb") as out:
        for number in range(count):
            content = json.dumps(_run(number)).encode()
            (case,) = readers.read(content, name="run", sidecar=said, catalog=catalog).cases
            out.write(msgspec.json.encode(case.item) + b"\n")
    return data


def _build(data: Path) -> float:
    command: list[str | Path] = [ROOFHOUSE, "build", "--data", data]
    return measure.run(command, measure.dagster_home(data.parent / "home")).seconds


def _days(data: Path, days: int) -> tuple[float, float]:
    """Seconds to stage the shipped feed of so many days: file by file, and all at once."""
    (shipped,) = (ROOT / "data" / "raw" / "evokernel").glob("cases-*.json")
    content = msgspec.json.decode(shipped.read_bytes())
    folder = _source(data, "daily", mode="snapshot", format="evokernel")
    for day in range(days):
        at = dt.datetime(2026, 1, 1) + dt.timedelta(days=day)
        content["generated"] = f"{at.isoformat()}Z"
        (folder / f"cases-{day:03}.json").write_bytes(msgspec.json.encode(content))
    found = settings.load(data)
    files = snapshot.find(found.raw)
    staging.versions()  # not to be counted in the first measurement
    started = time.perf_counter()
    for file in files:
        staging.stage(file, found)
    apart = time.perf_counter() - started
    shutil.rmtree(found.staging)
    started = time.perf_counter()
    distribute.stage_files(files, found)
    return apart, time.perf_counter() - started
