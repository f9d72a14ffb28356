"""Reports of `trtllm-bench throughput --report_json`, with and without `--streaming`."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, Expected, Format, Record, Run, runs

WORLD: dict[str, Any] = {"tp_size": 1, "pp_size": 1, "ep_size": 1}
ENGINE: dict[str, Any] = {"quantization": "FP8", "kv_cache_dtype": "FP8"}
_STATISTICS = {"p50": "p50", "p99": "p99", "mean": "average"}


def record(
    run: Run,
    world: Record = WORLD,
    engine: Record = ENGINE,
    *,
    is_streaming: bool = True,
    accepted: float | None = None,
) -> Record:
    cards = world["tp_size"] * world["pp_size"]
    names = {"e2e": "e2e", "ttft": "ttft", "tbt": "tpot"}
    percentiles = run.spelled(names, _STATISTICS)
    report: Record = {
        "engine": {"model": MODEL, "version": "1.2.0", "dtype": "bfloat16", **engine},
        "machine": {"name": "NVIDIA H200", "memory.total": 140.4},
        "world_info": {**world, "world_size": cards, "max_batch_size": 512, "issue_rate": 1e9},
        "request_info": {
            "num_requests": run.completed,
            "avg_num_concurrent_requests": run.sequences,
            "avg_input_length": run.prompt,
            "avg_output_length": run.output,
        },
        "performance": {
            "total_latency_ms": run.duration_s * 1000,
            "avg_request_latency_ms": run.ms("e2e_mean"),
            "system_output_throughput_tok_s": run.output_tok_s,
            "system_total_throughput_tok_s": run.output_tok_s + run.input_tok_s,
            "request_latency_percentiles_ms": percentiles["e2e"],
        },
        "energy": {
            "total_energy_j": run.watts * cards * run.duration_s,
            "average_gpu_power": run.watts,
        },
    }
    if is_streaming:
        report["streaming_metrics"] = {
            "avg_ttft_ms": run.ms("ttft_mean"),
            "avg_tpot_ms": run.ms("tbt_mean"),
            "ttft_percentiles": percentiles["ttft"],
            "tpot_percentiles": percentiles["tpot"],
        }
    if accepted is not None:
        report["decoding_stats"] = {
            "mode": "Eagle3",
            "acceptance_length_percentiles": {"p50": accepted, "average": accepted + 1},
        }
    return report


def _pair(
    run: Run, world: Record, engine: Record, is_streaming: bool, accepted: float | None
) -> tuple[Record, Expected]:
    report = record(run, world, engine, is_streaming=is_streaming, accepted=accepted)
    cards = world["tp_size"] * world["pp_size"]
    measured = ("ttft", "tbt", "e2e") if is_streaming else ("e2e",)
    return report, {
        **run.expected(*measured),
        "requests_failed": None,
        "concurrency_mean": run.sequences,
        "hardware": "h200-sxm",
        "hardware_as_reported": "NVIDIA H200",
        "card_count": cards,
        "tp": world["tp_size"],
        "pp": world["pp_size"],
        "ep": world["ep_size"],
        "model": "llama-3.1-8b",
        "model_as_reported": MODEL,
        "engine": "tensorrt-llm",
        "engine_version": "1.2.0",
        "quantization": {"FP8": "fp8-e4m3", "NVFP4": "nvfp4", None: "bf16"}[engine["quantization"]],
        "quantization_as_reported": engine["quantization"] or "bfloat16",
        "kv_cache_bits": {"FP8": 8, None: None}[engine["kv_cache_dtype"]],
        "power_per_card_w": run.watts,
        "power_scope": "card",
        "energy_j": run.watts * cards * run.duration_s,
        "speculation": None if accepted is None else True,
        "speculative_method": None if accepted is None else "Eagle3",
        "acceptance_length": accepted,
    }


_reports = st.builds(
    _pair,
    # The input is what the total has beyond the output: a difference needs digits.
    runs(least_tokens=10**5),
    st.fixed_dictionaries(dict.fromkeys(WORLD, st.integers(1, 16))),
    st.fixed_dictionaries(
        {
            "quantization": st.sampled_from(["FP8", "NVFP4", None]),
            "kv_cache_dtype": st.sampled_from(["FP8", None]),
        }
    ),
    st.booleans(),
    st.none() | st.floats(1, 8),
)
FORMATS = [Format("trtllm-bench report", "report.json", _reports, json.dumps)]
