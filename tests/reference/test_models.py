"""Mixtures of experts, and models that do not decode."""

from __future__ import annotations

from typing import Any

import pytest

from tests import feeds
from tests.reference.items import (
    ABSENT,
    BATCH,
    GEMMA,
    HONEST,
    LATENCY,
    LLAMA,
    MODEL,
    SHAPE,
    Changes,
    changed,
)
from tests.reference.metrics import metrics

TBT = LATENCY + "tbt_p50"
EXPERTS = SHAPE + "moe.num_experts"
TOP_K = SHAPE + "moe.top_k"
TOTAL, ACTIVE = SHAPE + "total_params_b", SHAPE + "active_params_b"
ENCODER: Changes = {MODEL + "workload_kind": "encoder-only"}
THREE: Changes = {TBT: None, BATCH: 3}


@pytest.mark.parametrize(
    ("changes", "params_b"),
    [
        ({TBT: None, BATCH: 1}, 4),
        (THREE, 4 + 22 * (1 - (7 / 8) ** 3 - 1 / 8) / (7 / 8)),
        ({TBT: None, BATCH: 10**6}, 26),
        ({**THREE, EXPERTS: None}, 4),
        ({**THREE, EXPERTS: 2}, 4),
        ({**THREE, EXPERTS: 1}, 4),
        ({**THREE, EXPERTS: 0}, 4),
        ({**THREE, TOTAL: 4}, 4),
        ({**THREE, TOTAL: 3}, 4),
        ({**THREE, TOP_K: None}, None),
        ({**THREE, TOP_K: 0}, None),
        ({**THREE, TOP_K: None, TOTAL: 3}, 4),
        ({**THREE, TOTAL: None}, None),
        ({**THREE, TOTAL: None, EXPERTS: 2}, 4),
        ({**THREE, ACTIVE: None}, None),
        ({TBT: None, BATCH: None}, None),
    ],
)
def test_parameters_are_read_of_the_experts_that_are_touched(
    changes: Changes, params_b: float | None
) -> None:
    shape: Changes = {EXPERTS: 16, TOP_K: 2, TOTAL: 26, ACTIVE: 4}
    found = metrics(changed(feeds.case(GEMMA), {**shape, **changes}))["params_read_per_step_b"]
    assert found == (None if params_b is None else pytest.approx(params_b, rel=1e-12))


def test_the_interval_of_an_efficiency_covers_experts_and_cache() -> None:
    shape: Changes = {EXPERTS: 16, TOP_K: 2, TOTAL: 26, ACTIVE: 4, **THREE}
    item = changed(feeds.case(GEMMA), shape)
    found = metrics(item)
    heads = 2 * number(item, "layers") * number(item, "num_kv_heads") * number(item, "head_dim")
    tokens = 3 * number(found, "context_tokens_mean")
    x, bytes_s = item["results"]["throughput_tokens_per_sec"]["decode"], 4 * 3350e9
    for column, params, kv in [
        ("decode_roofline_efficiency_low", 4e9, heads),
        ("decode_roofline_efficiency_high", 4e9 + 22e9 * (6 / 16 - 1 / 8) / (7 / 8), 2 * heads),
    ]:
        expected = x * (params + tokens * kv) / bytes_s / 3
        assert found[column] == pytest.approx(expected, rel=1e-12)


def number(document: dict[str, Any], name: str) -> float:
    shape = document.get("resolved", {}).get("model", {}).get("architecture", document)
    value = shape[name]
    assert isinstance(value, int | float)
    return value


KEPT = {
    "serving_cards": 8,
    "all_cards": 8,
    "throughput_scope": "phase",
    "compute_precision": "bf16",
    "compute_precision_is_native": True,
    "kv_cache_bits": None,
    "uses_speculative_decoding": False,
    "uses_prefix_caching": None,
    "domain": "llm",
    "workload_kind": "encoder-only",
    "power_to_tdp": 0.9,
    "weights_gb": 140,
    "weights_per_card_gb": 17.5,
    "weights_fit": True,
    "e2e_latency_p50_ms": 220 + 511 * 32,
    "ttft_p99_to_p50": 360 / 220,
    "tbt_p99_to_p50": 55 / 32,
}


def test_what_does_not_decode_keeps_plain_ratios_only() -> None:
    found = metrics(changed(feeds.case(LLAMA), {**HONEST, **ENCODER}))
    assert {name: value for name, value in found.items() if value is not None} == pytest.approx(
        {name: value for name, value in KEPT.items() if value is not None}
    )
    assert found.keys() == metrics(feeds.case(LLAMA)).keys()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({MODEL + "workload_kind": None}, "autoregressive-decode"),
        ({MODEL + "workload_kind": ABSENT, MODEL + "domain": ABSENT}, "autoregressive-decode"),
        ({MODEL + "workload_kind": None, SHAPE + "num_attention_heads": None}, None),
        ({MODEL + "workload_kind": None, SHAPE + "num_attention_heads": 0}, None),
        ({MODEL + "workload_kind": "streaming"}, "streaming"),
        ({MODEL + "workload_kind": "a-kind-yet-unknown"}, "a-kind-yet-unknown"),
    ],
)
def test_an_older_model_decodes_where_it_has_attention_heads(
    changes: Changes, kind: str | None
) -> None:
    found = metrics(changed(feeds.case(LLAMA), changes))
    assert found["workload_kind"] == kind
    assert found["domain"] == "llm"
    assert (found["decode_concurrency"] is not None) == (kind == "autoregressive-decode")
