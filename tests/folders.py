"""Folders of data/raw for tests: a source with its SOURCE.yml and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.settings import ROOT

#: A run of vLLM, and what its file leaves out.
RUN: dict[str, Any] = {
    "date": "20261001-120000",
    "backend": "vllm",
    "model_id": "meta-llama/Llama-3.1-8B-Instruct",
    "num_prompts": 500,
    "request_rate": "inf",
    "max_concurrency": 32,
    "duration": 100.0,
    "completed": 500,
    "failed": 0,
    "total_input_tokens": 512_000,
    "total_output_tokens": 128_000,
    "output_throughput": 1280.0,
    "mean_ttft_ms": 120.0,
    "median_ttft_ms": 110.0,
    "p99_ttft_ms": 300.0,
    "mean_tpot_ms": 24.1,
    "median_tpot_ms": 24.0,
    "p99_tpot_ms": 30.0,
}
SIDECAR = (
    "hardware: a100-sxm4\ncards: 1\nquantization: bf16\nengine: {id: vllm, version: '0.11.0'}\n"
)
#: Results of MLPerf, of which some are rejects.
MLPERF = ROOT / "tests" / "ingest" / "readers" / "mlperf_summary" / "v60.json"


def write(data: Path, name: str, files: Mapping[str, str | dict[str, Any]]) -> Path:
    """Write a folder of data/raw, and take out of it what is not named; returns the folder."""
    folder = data / "raw" / name
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for file, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def lab(**more: Any) -> dict[str, str | dict[str, Any]]:
    """Files of a source with one run of vLLM; `more` are lines of its SOURCE.yml."""
    said = {"mode": "append", **more}
    return {
        "SOURCE.yml": "".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()),
        "run.json": RUN,
        "run.sidecar.yml": SIDECAR,
    }


def mlperf(**more: Any) -> dict[str, str | dict[str, Any]]:
    """Files of a source with a results table of MLPerf."""
    said = {"mode": "append", "max_reject_share": 1, "accessed": "2026-05-01", **more}
    return {
        "SOURCE.yml": "".join(f"{key}: {json.dumps(value)}\n" for key, value in said.items()),
        "v60.json": MLPERF.read_text(encoding="utf-8"),
    }
