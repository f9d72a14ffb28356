"""The columns of changed cases, computed by hand from the symbols of the honest run."""

from __future__ import annotations

from typing import Any

import pytest

from tests import feeds
from tests.reference.assumptions import Assumptions
from tests.reference.items import (
    ABSENT,
    BATCH,
    CACHED,
    COMMAND,
    COMPUTE,
    DECODE,
    HONEST,
    LATENCY,
    LIMIT,
    LLAMA,
    MODEL,
    NOT_CACHED,
    NOTES,
    OPERATORS,
    PARALLEL,
    POWER,
    PREFILL,
    QUANT,
    SHAPE,
    SPLIT,
    WALL,
    Changes,
    changed,
)
from tests.reference.metrics import metrics

PROMPT, OUTPUT = "scenario.prefill_seq_len", "scenario.decode_seq_len"
BYTES_S = 8 * 2039e9  # of the 8 cards
OP_S = 8 * 312e12
FLOPS = 2 * 70e9 + 4 * 80 * 64 * 128 * 1280  # of one token at a context of 1024 + 512/2
PREFILL_FLOPS = 2 * 70e9 + 2 * 80 * 64 * 128 * 1024
KV = 2 * 80 * 8 * 128 * 2
A0 = 70e9 - 128256 * 8192
OPERATOR_BYTES = sum(
    each["bytes_per_token"]
    for each in feeds.case(LLAMA)["resolved"]["model"]["operator_decomposition"]
)
TTFT, TBT = LATENCY + "ttft_p50", LATENCY + "tbt_p50"
ENCODER: Changes = {MODEL + "workload_kind": "encoder-only"}
SPLIT_3_5: Changes = {
    PARALLEL + "disaggregated": True,
    SPLIT: {"prefill_cards": 3, "decode_cards": 5},
}


def step_s(sequences: float, tokens: float = 1280, kv: float = KV) -> float:
    return (140e9 + sequences * tokens * kv) / BYTES_S


def serving_s(sequences: float, prompt_tokens: float = 1024) -> float:
    """The longer of the two times of one output token."""
    compute = FLOPS / OP_S + prompt_tokens / 512 * PREFILL_FLOPS / OP_S
    return max(step_s(sequences) / sequences, compute)


#: changes to the honest run, column, value
EXAMPLES: list[tuple[Changes, str, Any]] = [
    # Little's law takes the mean where it is given, MBU and interactivity the median
    ({LATENCY + "tbt_mean": 40}, "decode_concurrency_uncapped", 60),
    ({LATENCY + "tbt_mean": 40}, "decode_mbu", step_s(60) / 0.032),
    ({LATENCY + "tbt_mean": 40}, "interactivity_tok_s_user", 1000 / 32),
    ({LATENCY + "tbt_mean": 40}, "requests_in_flight", 1500 * (0.22 + 511 * 0.04) / 512),
    ({LATENCY + "ttft_mean": 300}, "requests_in_flight", 1500 * (0.3 + 511 * 0.032) / 512),
    ({LATENCY + "tbt_mean": 40, TBT: None}, "decode_concurrency", 60),
    ({LATENCY + "tbt_mean": 40, TBT: None}, "decode_mbu", None),
    # N is held to [1, C], and is B where Little's law has no answer
    ({DECODE: 3000}, "decode_concurrency_uncapped", 96),
    ({DECODE: 3000}, "decode_concurrency", 64),
    ({DECODE: 3000, LIMIT: None}, "decode_concurrency", 96),
    ({DECODE: 10, LIMIT: None}, "decode_concurrency", 1),
    ({DECODE: 10}, "decode_concurrency_uncapped", 0.32),
    ({DECODE: 0}, "decode_concurrency_uncapped", None),
    ({DECODE: 0}, "decode_concurrency", 48),
    ({TBT: 0, BATCH: 700}, "decode_concurrency", 700),
    ({TBT: None, BATCH: None}, "decode_concurrency", None),
    ({TBT: None, BATCH: None}, "decode_roofline_tok_s", None),
    ({TBT: None, BATCH: None}, "params_read_per_step_b", None),
    # a reported 0 is a number
    ({DECODE: 0}, "decode_roofline_efficiency", 0),
    ({DECODE: 0}, "decode_tok_s_per_w", 0),
    ({DECODE: 0}, "decode_kwh_per_mtok", None),
    ({DECODE: 0}, "bottleneck_implied", None),
    ({DECODE: 0}, "requests_in_flight", 0),
    ({PREFILL: 0}, "prefill_mfu", 0),
    ({PREFILL: 0}, "prefill_tok_s_per_w", 0),
    # rooflines, and what they grant
    ({}, "decode_roofline_tok_s", 48 / step_s(48)),
    ({}, "decode_roofline_lenient_tok_s", 48 / step_s(48, kv=KV / 2)),
    ({}, "decode_roofline_at_batch_tok_s", 48 / step_s(48)),
    ({BATCH: None}, "decode_roofline_at_batch_tok_s", None),
    ({}, "decode_roofline_at_max_concurrency_tok_s", 64 / step_s(64)),
    ({LIMIT: None}, "decode_roofline_at_max_concurrency_tok_s", None),
    ({}, "decode_roofline_hard_tok_s", 64 * BYTES_S / (2 * A0)),
    ({LIMIT: None}, "decode_roofline_hard_tok_s", OP_S / (2 * A0)),
    ({NOTES: "MTP"}, "decode_roofline_hard_tok_s", OP_S / (2 * A0)),
    ({PROMPT: None}, "decode_roofline_hard_tok_s", 64 * BYTES_S / (2 * A0)),
    ({SHAPE + "vocab_size": None}, "decode_roofline_hard_tok_s", 64 * BYTES_S / 140e9),
    ({SHAPE + "active_params_b": 1}, "decode_roofline_hard_tok_s", None),
    ({COMPUTE + "bf16_tflops.value": 1}, "decode_roofline_bound", "compute"),
    ({COMPUTE + "bf16_tflops.value": 1}, "decode_roofline_tok_s", 8e12 / FLOPS),
    # the width of the cache
    ({"stack.kv_cache_bits": 8}, "kv_bytes_per_token", KV / 2),
    ({"stack.kv_cache_bits": 4}, "kv_bytes_per_token", KV / 4),
    ({"stack.kv_cache_bits": 16}, "decode_roofline_lenient_tok_s", 48 / step_s(48)),
    ({COMMAND: "serve --kv-cache-dtype fp8"}, "kv_bytes_per_token", KV / 2),
    ({COMMAND: "serve --kv-cache-dtype fp8", "stack.kv_cache_bits": 4}, "kv_cache_bits", 4),
    ({COMMAND: "serve --kv-cache-dtype fp8", "stack.kv_cache_bits": 0}, "kv_cache_bits", 8),
    ({COMMAND: "serve --kv-cache-dtype auto"}, "kv_cache_bits", None),
    ({SHAPE + "attention_type": "csa+hca"}, "kv_bytes_per_token", 0),
    ({SHAPE + "attention_type": None}, "decode_flops_per_token", 140e9),
    ({SHAPE + "attention_type": "mla"}, "kv_bytes_per_token", 80 * 576 * 2),
    ({SHAPE + "attention_type": "mla", "stack.kv_cache_bits": 8}, "kv_bytes_per_token", 80 * 576),
    ({SHAPE + "attention_type": "mla", SHAPE + "head_dim": None}, "kv_bytes_per_token", 92160),
    ({SHAPE + "num_kv_heads": 0}, "kv_bytes_per_token", None),
    ({SHAPE + "num_kv_heads": 0}, "decode_roofline_tok_s", None),
    # windows
    ({SHAPE + "sliding_window": 512}, "context_tokens_mean", 1280),
    ({SHAPE + "sliding_window": 512}, "decode_roofline_tok_s", 48 / step_s(48, 512)),
    (
        {SHAPE + "sliding_window": 512, SHAPE + "full_attention_layers": 20},
        "decode_roofline_tok_s",
        48 / step_s(48, 20 / 80 * 1280 + 60 / 80 * 512),
    ),
    ({SHAPE + "sliding_window": 5000}, "decode_roofline_tok_s", 48 / step_s(48)),
    ({SHAPE + "sliding_window": 512}, "decode_flops_per_token", FLOPS),
    ({SHAPE + "sliding_window": 512}, "kv_gb_at_max_concurrency", 64 * 1536 * KV / 1e9),
    # lengths
    ({SHAPE + "max_context_length": 1100}, "context_tokens_mean", 1100),
    ({SHAPE + "max_context_length": 1500}, "kv_gb_at_max_concurrency", 64 * 1500 * KV / 1e9),
    ({SHAPE + "max_context_length": 0}, "kv_gb_at_max_concurrency", 64 * 1536 * KV / 1e9),
    ({SHAPE + "max_context_length": None}, "context_tokens_mean", 1280),
    ({PROMPT: 1000.5, OUTPUT: 99}, "context_tokens_mean", 1050),
    ({PROMPT: 0}, "context_tokens_mean", 256),
    ({PROMPT: 0}, "prefill_mfu", 9000 * 140e9 / OP_S),
    ({PROMPT: 0}, "prefill_time_share", 0),
    ({PROMPT: None}, "context_tokens_mean", None),
    ({PROMPT: None}, "decode_roofline_tok_s", None),
    ({PROMPT: None}, "prefill_mfu", None),
    ({PROMPT: None}, "prefill_mfu_linear", 9000 * 140e9 / OP_S),
    ({OUTPUT: 0}, "context_tokens_mean", None),
    ({OUTPUT: 0}, "prefill_mfu", 9000 * PREFILL_FLOPS / OP_S),
    ({OUTPUT: 0}, "request_rate_rps", None),
    ({OUTPUT: 0.5}, "e2e_latency_p50_ms", 220),
    ({OUTPUT: 1}, "requests_in_flight", 1500 * 0.22),
    ({LATENCY + "e2e_p50": 15000}, "e2e_latency_p50_ms", 15000),
    # missing shapes
    ({SHAPE + "num_attention_heads": 0}, "workload_kind", "autoregressive-decode"),
    ({SHAPE + "num_attention_heads": 0}, "decode_flops_per_token", 140e9),
    ({SHAPE + "layers": None}, "decode_flops_per_token", None),
    ({SHAPE + "layers": None, SHAPE + "head_dim": None}, "decode_flops_per_token", 140e9),
    ({SHAPE + "layers": None}, "prefill_mfu_linear", 9000 * 140e9 / OP_S),
    ({SHAPE + "layers": None}, "prefill_mfu", None),
    # serving
    ({}, "throughput_scope", "phase"),
    ({"results.throughput_tokens_per_sec.scope": "Wall"}, "throughput_scope", "phase"),
    (WALL, "throughput_scope", "wall"),
    ({}, "serving_roofline_tok_s", 1 / serving_s(48)),
    ({LIMIT: None, DECODE: 6000}, "serving_roofline_tok_s", 1 / serving_s(192)),
    (
        {LIMIT: None, DECODE: 6000, COMMAND: "--no-prefix-cache"},
        "serving_roofline_tok_s",
        1 / serving_s(192),
    ),
    ({LIMIT: None, DECODE: 6000}, "roofline_efficiency", 6000 * step_s(192) / 192),
    ({**WALL, LIMIT: None, DECODE: 6000}, "roofline_efficiency", 6000 * serving_s(192)),
    ({**WALL, LIMIT: None, DECODE: 6000}, "bottleneck_implied", "compute"),
    ({LIMIT: None, DECODE: 6000}, "bottleneck_implied", "memory-bandwidth"),
    ({}, "prefill_time_share", 1500 * 2 * PREFILL_FLOPS / OP_S),
    (CACHED, "prefill_time_share", None),
    (CACHED, "serving_roofline_tok_s", None),
    ({**WALL, **CACHED}, "roofline_efficiency", 1500 * step_s(48) / 48),
    (
        {**CACHED, "stack.prefix_caching.hit_rate": 0.75},
        "prefill_time_share",
        1500 * 0.5 * PREFILL_FLOPS / OP_S,
    ),
    (
        {**CACHED, "stack.prefix_caching.hit_rate": 0},
        "prefill_time_share",
        1500 * 2 * PREFILL_FLOPS / OP_S,
    ),
    ({**NOT_CACHED, "stack.prefix_caching.enabled": True}, "uses_prefix_caching", True),
    ({**CACHED, "stack.prefix_caching.enabled": False}, "uses_prefix_caching", False),
    ({}, "uses_prefix_caching", None),
    ({"stack.engine.id": "mindie"}, "uses_prefix_caching", False),
    ({"stack.engine.id": "tensorrt-llm"}, "uses_prefix_caching", None),
    ({"stack.engine.id": "sglang"}, "uses_prefix_caching", None),
    ({NOTES: "MTP", "stack.speculative.enabled": False}, "uses_speculative_decoding", False),
    ({NOTES: "no MTP", "stack.speculative.enabled": True}, "uses_speculative_decoding", True),
    ({"reproduction": ABSENT}, "uses_speculative_decoding", False),
    # bottlenecks
    ({}, "bottleneck_agrees", True),
    ({DECODE: 500}, "bottleneck_implied", "software"),
    ({DECODE: 500}, "bottleneck_agrees", False),
    ({DECODE: 500, "bottleneck": "software"}, "bottleneck_agrees", True),
    ({"bottleneck": "unknown"}, "bottleneck_agrees", None),
    ({"bottleneck": None}, "bottleneck_agrees", None),
    ({"bottleneck": "thermal"}, "bottleneck_agrees", False),
    # cards, power and memory
    (SPLIT_3_5, "serving_cards", 5),
    (SPLIT_3_5, "all_cards", 8),
    ({**SPLIT_3_5, "stack.hardware.count": 9}, "all_cards", 8),
    ({**SPLIT_3_5, SPLIT: None}, "serving_cards", None),
    ({**SPLIT_3_5, SPLIT: None}, "all_cards", 8),
    ({**SPLIT_3_5, SPLIT + ".prefill_cards": 0}, "all_cards", 8),
    ({**SPLIT_3_5, PARALLEL + "disaggregated": None}, "serving_cards", 8),
    (SPLIT_3_5, "prefill_mfu", None),
    (SPLIT_3_5, "prefill_tok_s_per_card", None),
    (SPLIT_3_5, "serving_roofline_tok_s", None),
    (SPLIT_3_5, "decode_tok_s_per_card", 300),
    (SPLIT_3_5, "output_tok_s_per_card", 1500 / 8),
    (SPLIT_3_5, "decode_tok_s_per_w", 1500 / (5 * 360)),
    (SPLIT_3_5, "output_tok_s_per_w", 1500 / (8 * 360)),
    (SPLIT_3_5, "decode_roofline_efficiency_batch1", 1500 / 8 / (2039e9 / OPERATOR_BYTES)),
    ({**SPLIT_3_5, **WALL}, "roofline_efficiency", 1500 * step_s(48) * 8 / 5 / 48),
    ({"results.system_power_w": 4000}, "output_tok_s_per_w_system", 0.375),
    ({}, "output_tok_s_per_w_system", None),
    ({POWER: 0}, "decode_tok_s_per_w", None),
    ({POWER: 0}, "power_to_tdp", None),
    ({"resolved.server.card": "other"}, "decode_tok_s_per_w_server", None),
    ({"resolved.server": None}, "decode_tok_s_per_w_server", None),
    ({}, "max_resident_sequences", 993),
    ({SHAPE + "attention_type": None}, "max_resident_sequences", None),
    ({SHAPE + "total_params_b": 320}, "weights_fit", True),
    ({SHAPE + "total_params_b": 320}, "max_resident_sequences", 0),
    ({SHAPE + "total_params_b": 320.1}, "weights_fit", False),
    ({SHAPE + "total_params_b": 320.1}, "max_resident_sequences", None),
    # precision
    ({QUANT + "family": "fp4"}, "compute_precision", "bf16"),
    ({QUANT + "family": "fp4"}, "compute_precision_is_native", False),
    ({QUANT + "bits_per_activation": 8}, "compute_precision", "int8"),
    ({QUANT + "bits_per_activation": 4}, "compute_precision", "int8"),
    ({QUANT + "bits_per_activation": 8, QUANT + "family": "fp8"}, "compute_precision", "bf16"),
    ({QUANT + "bits_per_activation": 16, QUANT + "id": "awq"}, "compute_precision", "fp16"),
    ({QUANT + "bits_per_activation": None}, "compute_precision", None),
    ({QUANT + "bits_per_activation": None}, "compute_precision_is_native", None),
    ({QUANT + "bits_per_activation": 0}, "decode_mfu", None),
    ({QUANT + "bits_per_activation": 0, QUANT + "family": "fp4"}, "compute_precision", "bf16"),
    ({COMPUTE + "bf16_tflops.value": 0}, "compute_precision", "fp16"),
    ({COMPUTE + "bf16_tflops.value": 0}, "compute_precision_is_native", False),
    # operators
    ({OPERATORS: []}, "decode_roofline_efficiency_batch1", None),
    (
        {OPERATORS: [{"flops_per_token": 0, "bytes_per_token": 9}]},
        "decode_mfu",
        1500 * FLOPS / OP_S,
    ),
    (
        {OPERATORS: [{"flops_per_token": 0, "bytes_per_token": 9}]},
        "decode_roofline_efficiency_batch1",
        None,
    ),
]


@pytest.mark.parametrize(("changes", "column", "value"), EXAMPLES)
def test_a_change_has_the_effect_that_the_formula_says(
    changes: Changes, column: str, value: Any
) -> None:
    found = metrics(changed(feeds.case(LLAMA), {**HONEST, **changes}))[column]
    if value is None or isinstance(value, str | bool):
        assert found is value or found == value
    else:
        assert found == pytest.approx(value, rel=1e-12)


def test_costs_are_null_until_a_price_is_configured() -> None:
    item = changed(feeds.case(LLAMA), {**HONEST, **SPLIT_3_5})
    electricity, cards = "decode_electricity_usd_per_mtok", "decode_hardware_usd_per_mtok"
    assert (metrics(item)[electricity], metrics(item)[cards]) == (None, None)
    prices = Assumptions(
        electricity_usd_per_kwh=0.1, pue=1.25, usd_per_card_hour={"a100-sxm4": 2.0}
    )
    found = metrics(item, prices)
    assert found[electricity] == pytest.approx(5 * 360 / 1500 / 3.6 * 0.1 * 1.25)
    assert found[cards] == pytest.approx(8 * 2.0 / (1500 * 3600) * 1e6)
    assert metrics(item, Assumptions(pue=1.25))[electricity] is None
