"""A value of 0 or below counts as not reported, but for the few that can be 0."""

from __future__ import annotations

import pytest

from tests import feeds
from tests.reference.case import Item
from tests.reference.items import (
    BANDWIDTH,
    BATCH,
    CACHED,
    CAPACITY,
    COMPUTE,
    DECODE,
    DISAGG,
    DSR1,
    GEMMA,
    HONEST,
    LATENCY,
    LIMIT,
    LLAMA,
    NOT_CACHED,
    PREFILL,
    QUANT,
    SHAPE,
    SPLIT,
    TDP,
    WALL,
    Changes,
    changed,
)
from tests.reference.metrics import metrics
from tests.reference.rules import findings

PROMPT, OUTPUT = "scenario.prefill_seq_len", "scenario.decode_seq_len"
EXPERTS = SHAPE + "moe.num_experts"
TOP_K = SHAPE + "moe.top_k"
TOTAL, ACTIVE = SHAPE + "total_params_b", SHAPE + "active_params_b"

#: Where 0 or below counts as not reported.
REPORTED_ABOVE_0 = [
    *(f"{LATENCY}{name}_{of}" for name in ("ttft", "tbt", "e2e") for of in ("mean", "p50", "p99")),
    *(f"{LATENCY}itl_p50", f"{LATENCY}itl_p99"),
    *("results.power_per_card_w", "results.system_power_w", "results.memory_per_card_gb"),
    *("results.utilization.compute_pct", "results.utilization.memory_bw_pct"),
    *(f"{COMPUTE}{name}.value" for name in ("fp4_tflops", "fp8_tflops", "int8_tops")),
    *(f"{COMPUTE}{name}.value" for name in ("bf16_tflops", "fp16_tflops")),
    *(BANDWIDTH, CAPACITY, TDP, "resolved.server.rack_power_kw", "resolved.server.card_count"),
    *(OUTPUT, BATCH, LIMIT, "stack.hardware.count"),
    *(f"{SPLIT}.prefill_cards", f"{SPLIT}.decode_cards"),
    *(TOTAL, ACTIVE, EXPERTS, TOP_K),
    *(f"{SHAPE}{name}" for name in ("layers", "num_attention_heads", "num_kv_heads", "head_dim")),
    *(f"{SHAPE}{name}" for name in ("vocab_size", "hidden_size", "max_context_length")),
    *(f"{SHAPE}sliding_window", "stack.kv_cache_bits"),
    *(f"{QUANT}bits_per_weight", f"{QUANT}bits_per_activation"),
]
BASES: dict[str, Item] = {
    "honest": changed(feeds.case(LLAMA), {**HONEST, **WALL, **NOT_CACHED}),
    "means": changed(
        feeds.case(LLAMA),
        {
            **{**HONEST, LATENCY + "tbt_mean": 33, LATENCY + "ttft_mean": 230},
            **{LATENCY + "e2e_mean": 17000, LATENCY + "e2e_p99": 18000, LATENCY + "e2e_p50": 1},
            **{"results.system_power_w": 4000, "results.requests.completed": 10},
            **{SHAPE + "sliding_window": 700, "stack.kv_cache_bits": 8},
        },
    ),
    "weights only": changed(
        feeds.case(LLAMA),
        {QUANT + "id": "awq", LATENCY + "itl_p50": 30, LATENCY + "itl_p99": 29},
    ),
    GEMMA: feeds.case(GEMMA),
    DSR1: feeds.case(DSR1),
    DISAGG: feeds.case(DISAGG),
}


@pytest.mark.parametrize("path", REPORTED_ABOVE_0)
@pytest.mark.parametrize("base", BASES)
def test_0_or_below_counts_as_not_reported(base: str, path: str) -> None:
    absent = changed(BASES[base], {path: None})
    for value in (0, 0.0, -1, -0.5):
        item = changed(BASES[base], {path: value})
        assert metrics(item) == metrics(absent)
        assert findings(item, [item]) == findings(absent, [absent])


@pytest.mark.parametrize("path", REPORTED_ABOVE_0)
def test_every_number_that_may_be_left_out_counts_somewhere(path: str) -> None:
    effects = 0
    for base in BASES.values():
        absent = changed(base, {path: None})
        for given in (base, changed(base, {path: 0.75}), changed(base, {path: 1e6})):
            effects += metrics(absent) != metrics(given)
            effects += findings(absent, []) != findings(given, [])
    assert effects > 0


@pytest.mark.parametrize(
    ("path", "context", "column"),
    [
        (DECODE, {}, "decode_mfu"),
        (PREFILL, {}, "prefill_mfu"),
        (PROMPT, {}, "context_tokens_mean"),
        ("stack.prefix_caching.hit_rate", CACHED, "prefill_time_share"),
    ],
)
def test_0_is_a_number_where_it_can_be_one(path: str, context: Changes, column: str) -> None:
    base = changed(BASES["honest"], context)
    assert metrics(changed(base, {path: 0}))[column] is not None
    assert metrics(changed(base, {path: None}))[column] is None
