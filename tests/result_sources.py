"""Sources of result files as their tools write them, for tests of several sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests import feeds

MLPERF = "mlperf"
LAB = "my-lab"
EXPORT = "export"

_SIDECAR = {
    "hardware": "h100-sxm5",
    "cards": 8,
    "quantization": "fp8-e4m3",
    "engine": {"id": "vllm", "version": "0.11.0"},
    "parallel": {"tp": 8},
}


def source(data: Path, folder: str, **said: Any) -> Path:
    """Write the SOURCE.yml of a folder of data/raw, and return the folder."""
    path = data / "raw" / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / "SOURCE.yml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return path


def write(path: Path, content: Any) -> Path:
    """Write JSON to a file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def mlperf_row(number: int) -> dict[str, Any]:
    """A row of MLPerf's results table, version 6.0."""
    return {
        "ID": f"6.0-{number:04}",
        "Submitter": "Nimbus",
        "Availability": "available",
        "Category": "closed",
        "Suite": "datacenter",
        "System": f"Nimbus rack {number}",
        "Platform": f"rack{number}",
        "UsedModel": "llama2-70b-99.9",
        "Model": "llama2-70b-99.9",
        "Scenario": "Offline",
        "Accuracy": "TOKENS_PER_SAMPLE: 280.5",
        "Nodes": 1,
        "Accelerator": "NVIDIA H200-SXM-141GB",
        "a#": 8,
        "Software": "TensorRT-LLM 1.0",
        "Notes": "",
        "compliance": 1,
        "errors": 0,
        "version": "v6.0",
        "inferred": 0,
        "weight_data_types": "fp8",
        "Unique ID (e.g. for Audit)": f"datacenter/closed/Nimbus/rack{number}",
        "Performance_Result": 30_000.0 + number,
        "Performance_Units": "Tokens/s",
    }


def mlperf(data: Path, rows: int) -> Path:
    """A source that appends one table of so many rows."""
    folder = source(
        data, MLPERF, mode="append", license="Apache-2.0", accessed="2026-04-30", max_reject_share=0
    )
    write(folder / "summary_results.json", [mlperf_row(n) for n in range(rows)])
    return folder


def vllm_run(number: int, *, day: int = 1, throughput: float = 2_000.0) -> dict[str, Any]:
    """A result of `vllm bench serve` that no rule objects to."""
    return {
        "date": f"202605{day:02}-{number // 3600:02}{number // 60 % 60:02}{number % 60:02}",
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
        "output_throughput": throughput,
        "mean_ttft_ms": 60.0,
        "median_ttft_ms": 60.0,
        "p99_ttft_ms": 90.0,
        "mean_tpot_ms": 15.5,
        "median_tpot_ms": 15.5,
        "p99_tpot_ms": 18.0,
    }


def lab(data: Path) -> Path:
    """A source that appends, with a sidecar for its folder and no run yet."""
    folder = source(data, LAB, mode="append", license="CC-BY-4.0", attribution="My lab")
    (folder / "sidecar.yml").write_text(yaml.safe_dump(_SIDECAR), encoding="utf-8")
    return folder


def export_row(concurrency: int, **other: Any) -> dict[str, Any]:
    """A row of InferenceX's results, of one node."""
    return {
        "hw": "h200",
        "conc": concurrency,
        "framework": "vllm",
        "image": "vllm/vllm-openai:v0.11.0",
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "precision": "fp8",
        "spec_decoding": "none",
        "tp": 8,
        "ep": 1,
        "isl": 1024,
        "osl": 1024,
        "tput_per_gpu": 2 * 12.5 * concurrency,
        "output_tput_per_gpu": 12.5 * concurrency,
        "input_tput_per_gpu": 12.5 * concurrency,
        "mean_ttft": 0.1,
        "median_ttft": 0.1,
        "mean_tpot": 0.0099,
        "median_tpot": 0.0099,
        "mean_e2el": 0.1 + 0.0099 * 920,
        "median_e2el": 0.1 + 0.0099 * 920,
        **other,
    }


def export(data: Path, time: str, *concurrencies: int) -> Path:
    """A snapshot of a source whose files hold all of it, at a time like 2026-05-01T000000Z."""
    folder = source(data, EXPORT, mode="snapshot", format="inferencex", license="Apache-2.0")
    rows = [export_row(one) for one in concurrencies]
    return write(folder / f"rows-{time}.json", rows)


def feed(data: Path, content: feeds.Feed, name: str) -> Path:
    """A snapshot of the feed in a folder of its own."""
    folder = source(
        data, "evokernel", mode="snapshot", format="evokernel", qualify_ids=False, license="CC0-1.0"
    )
    return write(folder / name, content)
