"""Tables of the ML.ENERGY leaderboard: of a model, and of a task; watts are of all cards."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, Expected, Format, Record, Run, runs

SIDECAR = "aliases: {hardware: {H100: h100-sxm5}}\n"
_NAMES = {"model_id": MODEL, "weight_precision": "bfloat16"}


def record(run: Run, cards: int = 1) -> Record:
    """A configuration."""
    return {
        "gpu_model": "H100",
        "num_gpus": cards,
        "max_num_seqs": run.limit,
        "avg_batch_size": run.sequences,
        "avg_output_len": run.output,
        "avg_power_watts": run.watts * cards,
        "median_itl_ms": run.ms("itl_p50"),
        "p99_itl_ms": run.ms("itl_p99"),
        "output_throughput_tokens_per_sec": run.output_tok_s,
        "tensor_parallel": 1,
    }


def of_model(records: list[Record]) -> str:
    return json.dumps({"task": "gpqa", **_NAMES, "configurations": records})


def of_task(records: list[Record]) -> str:
    return json.dumps({"task": "gpqa", "configurations": [{**one, **_NAMES} for one in records]})


def _pair(run: Run, cards: int) -> tuple[Record, Expected]:
    return record(run, cards), {
        "decode_tok_s": run.output_tok_s,
        "throughput_scope": "wall",
        "itl_p50_ms": run.ms("itl_p50"),
        "itl_p99_ms": run.ms("itl_p99"),
        "decode_seq_len": run.output,
        "dataset": "gpqa",
        "max_concurrent_requests": run.limit,
        "concurrency_mean": run.sequences,
        "power_per_card_w": run.watts,
        "power_scope": "card",
        "hardware": "h100-sxm5",
        "hardware_as_reported": "H100",
        "card_count": cards,
        "model": "llama-3.1-8b",
        "model_as_reported": MODEL,
        "engine": "vllm",
        "quantization": "bf16",
        "quantization_as_reported": "bfloat16",
    }


_configurations = st.builds(_pair, runs(), st.integers(1, 64))
FORMATS = [
    Format("mlenergy model", "model.json", _configurations, of_model, SIDECAR),
    Format("mlenergy task", "task.json", _configurations, of_task, SIDECAR),
]
