"""A folder of every kind of file: each is read as what it is, or told by its name."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest import readers
from pipelines.settings import ROOT
from tests import feeds
from tests.conftest import warehouse_of

FIXTURES = ROOT / "tests" / "ingest" / "readers"
SOURCE = """\
mode: append
format: auto
max_reject_share: 1
"""
#: What the names in these files mean.
FOLDER = """\
aliases:
  hardware: {H100: h100-sxm5, Nvidia H100 GPU: h100-sxm5, Nvidia A100 GPU: a100-sxm4}
"""
STACK = """\
hardware: h200-sxm
cards: 2
model: Qwen/Qwen3-32B
engine: {id: vllm}
quantization: fp8
"""
#: Formats whose tools write little or nothing of the server.
WITHOUT_STACK = {"vllm-bench", "sglang-bench", "guidellm", "inference-perf", "aiperf"}
#: What single files leave out.
OF_FILE = {
    "llmd-report-of_0_2_1.yaml": "quantization: mxfp4\n",
    "trtllm-bench-no_streaming.json": "hardware: b200-sxm\n",
}
#: Files of which no record is a case.
NO_CASE = {
    "inference-perf-stage_0_prometheus_metrics.json",
    "inference-perf-summary_lifecycle_metrics.json",
    "mlenergy-diffusion.json",
    "vllm-bench-nothing_completed.json",
}
#: Below the folder of a table of MLPerf, and where the log of its run has to lie.
LOG = "closed/Nimbus/results/rack7_H200x16/llama2-70b-99.9/Server/performance/run_1"
#: Files that are none of a known format, or of two; what the reject says of each.
REFUSED: dict[str, tuple[Any, str]] = {
    "deep/two.json": (
        {"completed": 1, "total_output_tokens": 1, "duration": 1, "build_commit": "a", "avg_ts": 1},
        "several formats recognize it: llama-bench, vllm-bench",
    ),
    "none.json": ({"tokens": 5}, "no record of a known format ("),
    "none.jsonl": ({"tokens": 6}, "no record of a known format ("),
    "none.csv": ("card,speed\nH100,5\n", "no record of a known format ("),
    "none.yaml": ("card: H100\nspeed: 5\n", "no record of a known format ("),
    "broken.yml": ("card: [H100\n", "not YAML: line 2, column 1: "),
    "broken.json": ('{"completed": 1', "line 1, column 16: not JSON: "),
    "empty.json": ("", "the file is empty"),
    "feed.json": (feeds.feed(), "a feed of cases: "),
}
#: Files that are no results by their names.
PASSED_OVER = {
    "README.md": "no result",
    "server.log": "INFO: no result",
    "metrics.prom": "vllm:num_requests_running 5\n",
    "results.md": "| model | test | t/s |\n",
    "results.sql": "CREATE TABLE test (a);\n",
    "config.json": {"hidden_size": 4096},
}


@dataclass(frozen=True)
class Mixed:
    """What became of the files of a folder."""

    formats: dict[str, set[str]]
    """By the file of a case."""
    refused: dict[str, list[str]]
    """Reasons by the file of a reject."""
    skipped: dict[str, list[str]]
    rows: dict[tuple[str, int], dict[str, Any]]


def fixtures() -> dict[str, tuple[str, Path]]:
    """Format and path of each file of the readers' tests, by its name in the mixed folder."""
    found = {}
    for path in sorted(FIXTURES.glob("*/*")):
        if path.suffix in (".json", ".jsonl", ".csv", ".yaml"):
            format = path.parent.name.replace("_", "-")
            found[f"{format}-{path.name}"] = (format, path)
    return found


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    data = tmp_path_factory.mktemp("mixed")
    lab = data / "raw" / "lab"
    (lab / "deep").mkdir(parents=True)
    (lab / "SOURCE.yml").write_text(SOURCE)
    (lab / "sidecar.yml").write_text(FOLDER)
    for name, (format, path) in fixtures().items():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":  # the rows of rows.json, as another build ran them
            text = text.replace("0a1b2c3d", "4e5f6a7b")
        (lab / name).write_text(text, encoding="utf-8")
        said = STACK if format in WITHOUT_STACK else OF_FILE.get(name)
        if said:
            stem = name.removesuffix(path.suffix)
            (lab / f"{stem}.sidecar.yml").write_text(said)
    (lab / LOG).mkdir(parents=True)
    shutil.copyfile(
        FIXTURES / "mlperf_summary/server_log.txt", lab / LOG / "mlperf_log_summary.txt"
    )
    packed = json.loads((FIXTURES / "vllm_bench/limit.json").read_text()) | {"duration": 77.0}
    (lab / "packed.json.gz").write_bytes(gzip.compress(json.dumps(packed).encode(), mtime=0))
    (lab / "packed.sidecar.yml").write_text(STACK)
    for name, content in [*((n, c) for n, (c, _) in REFUSED.items()), *PASSED_OVER.items()]:
        text = content if isinstance(content, str) else json.dumps(content)
        (lab / name).write_text(text, encoding="utf-8")
    with warehouse_of(data, only=["fact_case", "reject", "skipped", "snapshot"]) as db:
        formats: dict[str, set[str]] = {}
        rows = db.frame("from main.fact_case").to_dicts()
        for row in rows:
            formats.setdefault(row["source_file"], set()).add(row["source_format"])
        named = "quality.{} join quality.snapshot using (snapshot_id) order by all"
        refused: dict[str, list[str]] = {}
        for name, reason in db.rows(f"select file_name, reason from {named.format('reject')}"):
            refused.setdefault(name, []).append(reason)
        skipped: dict[str, list[str]] = {}
        for name, reason in db.rows(
            f"select file_name, skip_reason from {named.format('skipped')}"
        ):
            skipped.setdefault(name, []).append(reason)
    places = {(row["source_file"], row["record_index"]): row for row in rows}
    return Mixed(formats, refused, skipped, places)


@pytest.mark.parametrize("name", fixtures())
def test_a_file_is_read_as_what_it_is(name: str, mixed: Mixed) -> None:
    format, _ = fixtures()[name]
    assert mixed.formats.get(name, set()) == (set() if name in NO_CASE else {format})


def test_every_format_is_in_the_folder(mixed: Mixed) -> None:
    assert set().union(*mixed.formats.values()) == readers.formats().keys()
    endings = {Path(name).suffix for name in mixed.formats}
    assert endings == {".json", ".jsonl", ".csv", ".yaml", ".gz"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_no_format_or_of_two_is_one_reject_that_names_it(name: str, mixed: Mixed) -> None:
    (reason,) = mixed.refused[name]
    assert reason.startswith(f"{name}: {REFUSED[name][1]}")


def test_other_rejects_are_of_single_records(mixed: Mixed) -> None:
    others = {name: reasons for name, reasons in mixed.refused.items() if name not in REFUSED}
    assert others.keys() <= fixtures().keys()
    told = [one for name, reasons in others.items() for one in reasons if one.startswith(name)]
    assert told == []


def test_what_another_tool_writes_beside_them_is_passed_over(mixed: Mixed) -> None:
    assert not PASSED_OVER.keys() & {*mixed.formats, *mixed.refused, *mixed.skipped}


def test_summaries_and_the_servers_own_view_are_skipped(mixed: Mixed) -> None:
    found = {name: reasons for name, reasons in mixed.skipped.items() if "inference-perf" in name}
    assert found == {
        "inference-perf-stage_0_prometheus_metrics.json": ["the server's own view of a stage"],
        "inference-perf-summary_lifecycle_metrics.json": ["a summary of several stages"],
    }


def test_a_log_below_the_table_adds_the_latencies_of_its_run(mixed: Mixed) -> None:
    row = mixed.rows["mlperf-summary-v60.json", 0]
    assert (row["ttft_p50_ms"], row["tbt_p50_ms"]) == (750.5, 140.5)
