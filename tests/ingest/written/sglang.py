"""Lines of `python -m sglang.bench_serving --output-file`, with and without `server_info`."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import (
    MODEL,
    OF_SIDECAR,
    SIDECAR,
    Expected,
    Format,
    Record,
    Run,
    runs,
)

_STACK = SIDECAR.replace("vllm", "sglang")
NAMES = {"ttft": "ttft", "tbt": "tpot", "itl": "itl", "e2e": "e2e_latency"}
#: A server of one card.
SERVER: dict[str, Any] = {
    "model_path": MODEL,
    "tp_size": 1,
    "pp_size": 1,
    "dp_size": 1,
    "enable_dp_attention": False,
    "quantization": "fp8",
    "dtype": "auto",
    "kv_cache_dtype": "auto",
    "disable_radix_cache": False,
    "speculative_algorithm": None,
    "version": "0.5.7",
}


def record(run: Run, server: Record = SERVER, accepted: float | None = None) -> Record:
    return {
        "backend": "sglang",
        "dataset_name": "random",
        "request_rate": float("inf") if run.rate_rps is None else run.rate_rps,
        "max_concurrency": run.limit,
        "random_input_len": 1024,
        "random_output_len": 512,
        "random_range_ratio": 0.0,
        "server_info": server,
        "duration": run.duration_s,
        "completed": run.completed,
        "total_input_tokens": run.input_tokens,
        "total_output_tokens": run.output_tokens,
        "total_output_tokens_retokenized": run.output_tokens - 1,
        "output_throughput": run.output_tok_s,
        "concurrency": run.sequences,
        "accept_length": accepted,
        **run.flat(NAMES, "_ms"),
    }


def of_2024(run: Run) -> Record:
    """As before `server_info`, the observed concurrency and TPOT were written."""
    newer = ("server_info", "concurrency", "accept_length")
    return {
        name: value
        for name, value in record(run).items()
        if name not in newer and "_tpot_" not in name
    }


def _expected(run: Run, *latencies: str) -> Expected:
    return {
        **run.expected(*latencies),
        "requests_failed": None,
        "max_concurrent_requests": run.limit,
        "request_rate_rps": run.rate_rps,
        "stated_prefill_seq_len": 1024,
        "stated_decode_seq_len": 512,
        "dataset": "random",
    }


def _new(run: Run, server: Record, accepted: float | None) -> tuple[Record, Expected]:
    server = {**SERVER, **server}
    method = server["speculative_algorithm"]
    replicas = 1 if server["enable_dp_attention"] else server["dp_size"]
    written = server["quantization"] or server["dtype"]
    return record(run, server, accepted), {
        **_expected(run, "ttft", "tbt", "itl", "e2e"),
        "concurrency_mean": run.sequences,
        "hardware": "h200-sxm",
        "hardware_as_reported": "h200-sxm",
        "card_count": server["tp_size"] * server["pp_size"] * replicas,
        "tp": server["tp_size"],
        "pp": server["pp_size"],
        "dp": server["dp_size"],
        "attention_dp": server["enable_dp_attention"],
        "model": "llama-3.1-8b",
        "model_as_reported": MODEL,
        "engine": "sglang",
        "engine_version": server["version"],
        "quantization": {"fp8": "fp8-e4m3", "bfloat16": "bf16"}[written],
        "quantization_as_reported": written,
        "kv_cache_bits": {"auto": None, "fp8_e4m3": 8, "bfloat16": 16}[server["kv_cache_dtype"]],
        "prefix_caching": not server["disable_radix_cache"],
        "speculation": bool(method or accepted),
        "speculative_method": method,
        "acceptance_length": accepted,
    }


def _old(run: Run) -> tuple[Record, Expected]:
    expected = {**OF_SIDECAR, **_expected(run, "ttft", "itl", "e2e"), "engine": "sglang"}
    e2e, ttft, mean = run.ms("e2e_p50"), run.ms("ttft_p50"), run.ms("e2e_mean")
    if e2e is not None and ttft is not None and e2e > ttft and run.output > 1:
        expected["tbt_p50_ms"] = (e2e - ttft) / (run.output - 1)
        expected["tbt_definition"] = "derived from medians"
    if mean is not None:
        expected["concurrency_mean"] = run.completed * mean / 1000 / run.duration_s
    return of_2024(run), expected


_count = st.integers(1, 64)
_servers = st.fixed_dictionaries(
    {
        "tp_size": _count,
        "pp_size": _count,
        "dp_size": _count,
        "enable_dp_attention": st.booleans(),
        "kv_cache_dtype": st.sampled_from(["auto", "fp8_e4m3", "bfloat16"]),
        "disable_radix_cache": st.booleans(),
        "speculative_algorithm": st.sampled_from([None, "EAGLE3"]),
    }
)
_weights = st.sampled_from(
    [{"quantization": "fp8", "dtype": "auto"}, {"quantization": None, "dtype": "bfloat16"}]
)


def lines(records: list[Record]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in records)


_accepted = st.none() | st.floats(1, 8)
_new_lines = st.builds(
    lambda run, server, weights, accepted: _new(run, server | weights, accepted),
    runs(every_latency=True),
    _servers,
    _weights,
    _accepted,
)
FORMATS = [
    Format("sglang-bench 2026", "run.jsonl", _new_lines, lines, "hardware: h200-sxm"),
    Format("sglang-bench 2024", "run.jsonl", runs().map(_old), lines, _STACK),
]
