"""Results of `aiperf profile`, in any unit, and of GenAI-Perf, which it succeeds."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, Expected, Format, Record, Run, runs

_NAMES = {
    "ttft": "time_to_first_token",
    "tbt": "inter_token_latency",
    "itl": "inter_chunk_latency",
    "e2e": "request_latency",
}
_STATISTICS = {"mean": "avg", "p50": "p50", "p99": "p99"}
_PER_MS = {"ns": 1e6, "us": 1e3, "ms": 1.0, "sec": 1e-3}
SIDECAR = "cards: 2\nquantization: fp8\nengine: {id: vllm}\n"
_OF_SIDECAR: Expected = {
    "card_count": 2,
    "quantization": "fp8-e4m3",
    "quantization_as_reported": "fp8",
    "engine": "vllm",
    "model": "llama-3.1-8b",
    "model_as_reported": MODEL,
    "hardware": "h200-sxm",
    "power_scope": "card",
}


def record(run: Run, unit: str = "ms", power: str = "W", *, phases: bool = False) -> Record:
    """A result in one unit of time and one of power; a card stands under two endpoints."""
    loadgen = {"concurrency": run.limit, "request_rate": run.rate_rps}
    load: Record = {"loadgen": loadgen}
    if phases:
        last = {"name": "profiling", "concurrency": run.limit, "rate": run.rate_rps}
        load = {"phases": [{"name": "warmup", "concurrency": 7}, last]}
    per_watt = {"W": 1.0, "mW": 1e3}[power]
    cards = {
        f"gpu_{place}": {
            "gpu_uuid": f"GPU-{place}",
            "gpu_name": "NVIDIA H200",
            "metrics": {
                "gpu_power_usage": {"unit": power, "avg": (run.watts + watts) * per_watt},
                "energy_consumption": {"unit": "J", "min": 64.0, "max": 64.0 + run.watts * 8},
            },
        }
        for place, watts in enumerate((-0.5, 0.5))
    }
    return {
        "schema_version": "1.0",
        "aiperf_version": "0.3.0",
        "input_config": {"endpoint": {"model_names": [MODEL]}, **load},
        "was_cancelled": False,
        "start_time": "2026-01-01T12:00:00",
        **_metrics(run, unit),
        "total_isl": {"unit": "tokens", "avg": run.input_tokens},
        "benchmark_duration": {"unit": unit, "avg": run.duration_s * 1e3 * _PER_MS[unit]},
        "error_request_count": {"unit": "requests", "avg": run.failed},
        "request_count": {"unit": "requests", "avg": float(run.completed)},
        "telemetry_data": {"endpoints": {"a": {"gpus": cards}, "b": {"gpus": cards}}},
    }


def genai_perf(run: Run, unit: str = "ms") -> Record:
    """A result of the older tool, with its arguments flat and without totals."""
    newer = ("inter_chunk_latency",)
    metrics = {name: one for name, one in _metrics(run, unit).items() if name not in newer}
    return {
        **metrics,
        "request_throughput": {"unit": "requests/sec", "avg": run.completed / run.duration_s},
        "request_count": {"unit": "count", "avg": run.completed},
        "input_config": {
            "model": [MODEL],
            "concurrency": run.limit,
            "request_rate": run.rate_rps,
        },
        "telemetry_stats": {
            "gpu_power_usage": {
                "unit": "W",
                "gpu0": {"avg": run.watts - 0.5},
                "gpu1": {"avg": run.watts + 0.5},
            },
            "energy_consumption": {
                "unit": "MJ",
                "gpu0": {"min": 1.0, "max": 1.0 + run.watts},
                "gpu1": {"min": 2.0, "max": 2.0 + run.watts},
            },
        },
    }


def _metrics(run: Run, unit: str) -> Record:
    latencies = {
        name: {"unit": unit, **values, "p1": 0.5, "std": 0.5}
        for name, values in run.spelled(_NAMES, _STATISTICS, _PER_MS[unit]).items()
    }
    return {
        **latencies,
        "output_token_throughput": {"unit": "tokens/sec", "avg": run.output_tok_s},
        "input_sequence_length": {"unit": "tokens", "avg": run.prompt},
        "output_sequence_length": {"unit": "tokens", "avg": run.output},
        "output_token_count": {"unit": "tokens", "avg": run.output / 2},
    }


def _pair(run: Run, unit: str, power: str, phases: bool) -> tuple[Record, Expected]:
    return record(run, unit, power, phases=phases), {
        **run.expected("ttft", "tbt", "itl", "e2e"),
        **_OF_SIDECAR,
        "max_concurrent_requests": run.limit,
        "request_rate_rps": run.rate_rps,
        "hardware_as_reported": "NVIDIA H200",
        "power_per_card_w": run.watts,
        "energy_j": run.watts * 8 * 2,
        "run_at": "2026-01-01T12:00:00",
        "tool_version": "0.3.0",
    }


def _pair_of_genai_perf(run: Run, unit: str) -> tuple[Record, Expected]:
    return genai_perf(run, unit), {
        **run.expected("ttft", "tbt", "e2e"),
        **_OF_SIDECAR,
        "requests_failed": None,
        "max_concurrent_requests": run.limit,
        "request_rate_rps": run.rate_rps,
        "hardware_as_reported": "h200-sxm",
        "power_per_card_w": run.watts,
        "energy_j": run.watts * 2 * 1e6,
    }


def _documents(records: list[Record]) -> str:
    return "\n".join(json.dumps(one, indent=1) for one in records)


_units: st.SearchStrategy[Any] = st.sampled_from(sorted(_PER_MS))
_results = st.builds(_pair, runs(), _units, st.sampled_from(["W", "mW"]), st.booleans())
_of_genai_perf = st.builds(_pair_of_genai_perf, runs(), _units)
FORMATS = [
    Format("aiperf units", "profile_export_aiperf.json", _results, _documents, SIDECAR),
    Format(
        "aiperf genai-perf",
        "profile_export_genai_perf.json",
        _of_genai_perf,
        _documents,
        f"{SIDECAR}hardware: h200-sxm\n",
    ),
]
