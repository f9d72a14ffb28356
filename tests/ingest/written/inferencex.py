"""Rows of InferenceX as process_result.py writes them: three throughputs per GPU, seconds."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, Expected, Format, Record, Run, runs
from tests.ingest.written.vllm import NAMES

#: One node of one card.
NODE: dict[str, Any] = {"tp": 1, "pp": 1, "pcp_size": 1, "ep": 1, "dp_attention": "false"}
_COMMON: dict[str, Any] = {
    "hw": "h200-nv_1",
    "image": "vllm/vllm-openai:v0.11.0",
    "model": MODEL,
    "framework": "vllm",
    "precision": "fp8",
    "isl": 1024,
    "osl": 512,
}


def record(run: Run, node: Record = NODE, method: str = "none", is_valid: int = 1) -> Record:
    """A row of one node."""
    cards = node["tp"] * node["pp"] * node["pcp_size"]
    return {
        **_row(run, method, is_valid, cards),
        **node,
        "is_multinode": False,
        "output_tput_per_gpu": run.output_tok_s / cards,
        "input_tput_per_gpu": run.input_tok_s / cards,
        "tput_per_gpu": (run.output_tok_s + run.input_tok_s) / cards,
    }


def pools(run: Run, prefill: int, decode: int, method: str, is_valid: int) -> Record:
    """A row of two pools of GPUs, or of nodes that do both if no GPU only decodes."""
    total = prefill + decode
    return {
        **_row(run, method, is_valid, total),
        "is_multinode": True,
        "num_prefill_gpu": prefill,
        "num_decode_gpu": decode,
        "output_tput_per_gpu": run.output_tok_s / (decode or total),
        "input_tput_per_gpu": run.input_tok_s / prefill,
        "tput_per_gpu": (run.output_tok_s + run.input_tok_s) / total,
    }


def _row(run: Run, method: str, is_valid: int, cards: int) -> Record:
    return {
        **_COMMON,
        "conc": run.limit,
        "spec_decoding": method,
        **run.flat(NAMES, "", 1e-3),
        "power_metric_schema_version": 2,
        "power_valid": is_valid,
        "avg_power_w": run.watts,
        "total_gpu_energy_j": run.watts * cards * run.duration_s,
    }


def _expected(run: Run, cards: int, method: str, is_valid: int) -> Expected:
    found = run.expected("ttft", "tbt", "itl", "e2e")
    measured = ("requests_completed", "requests_failed", "duration_s")
    e2e, ttft, tbt = (run.ms(f"{name}_mean") for name in ("e2e", "ttft", "tbt"))
    if e2e is not None and ttft is not None and tbt is not None and e2e > ttft:
        output = 1 + (e2e - ttft) / tbt
        lengths: Expected = {
            "decode_seq_len": output,
            "prefill_seq_len": output * run.input_tokens / run.output_tokens,
        }
    else:
        lengths = {"decode_seq_len": 512, "prefill_seq_len": 1024, "lengths_are_nominal": True}
    return {
        **{name: value for name, value in found.items() if name not in measured},
        **lengths,
        "stated_prefill_seq_len": 1024,
        "stated_decode_seq_len": 512,
        "max_concurrent_requests": run.limit,
        "hardware": "h200-sxm",
        "hardware_as_reported": "h200-nv_1",
        "card_count": cards,
        "model": "llama-3.1-8b",
        "model_as_reported": MODEL,
        "engine": "vllm",
        "engine_version": "v0.11.0",
        "quantization": "fp8-e4m3",
        "quantization_as_reported": "fp8",
        "speculation": method != "none",
        "speculative_method": None if method == "none" else method,
        "power_per_card_w": run.watts if is_valid else None,
        "power_scope": "card" if is_valid else None,
        "energy_j": run.watts * cards * run.duration_s if is_valid else None,
    }


def _one_node(run: Run, node: Record, method: str, is_valid: int) -> tuple[Record, Expected]:
    cards = node["tp"] * node["pp"] * node["pcp_size"]
    return record(run, node, method, is_valid), {
        **_expected(run, cards, method, is_valid),
        "tp": node["tp"],
        "pp": node["pp"],
        "ep": node["ep"],
        "attention_dp": node["dp_attention"] == "true",
    }


def _two_pools(
    run: Run, prefill: int, decode: int, method: str, is_valid: int
) -> tuple[Record, Expected]:
    found = _expected(run, prefill + decode, method, is_valid)
    if decode:
        found |= {"is_disaggregated": True, "prefill_cards": prefill, "decode_cards": decode}
    return pools(run, prefill, decode, method, is_valid), found


_count = st.integers(1, 64)
_nodes = st.fixed_dictionaries(
    {
        **dict.fromkeys(("tp", "pp", "pcp_size", "ep"), _count),
        "dp_attention": st.sampled_from(["true", "false"]),
    }
)
_methods = st.sampled_from(["none", "mtp"])
_is_valid = st.integers(0, 1)
FORMATS = [
    Format(
        "inferencex one node",
        "agg_a.json",
        st.builds(_one_node, runs(), _nodes, _methods, _is_valid),
        json.dumps,
    ),
    Format(
        "inferencex two pools",
        "agg_a.json",
        st.builds(_two_pools, runs(), _count, st.integers(0, 64), _methods, _is_valid),
        json.dumps,
    ),
]
