"""Mistakes seen in public benchmark data, and honest runs that were taken for mistakes.

Each names the project in whose data or issues it was seen; the numbers are made up here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests import feeds
from tests.reference.items import (
    COMMAND,
    DECODE,
    HONEST,
    LATENCY,
    LLAMA,
    MEMORY,
    NOTES,
    PARALLEL,
    POWER,
    PREFILL,
    SHAPE,
    SPLIT,
    Changes,
    changed,
    variant,
)
from tests.reference.metrics import metrics
from tests.reference.rules import Feed, findings
from tests.reference.verdicts import verdict

COUNT = "stack.hardware.count"


def scenario(prompt: int, output: int, sequences: int) -> Changes:
    return {
        "scenario": {
            "prefill_seq_len": prompt,
            "decode_seq_len": output,
            "batch_size": sequences,
            "max_concurrent_requests": sequences,
        },
        "results.utilization": None,
    }


def ttft(milliseconds: float) -> Changes:
    return {LATENCY + "ttft_p50": milliseconds, LATENCY + "ttft_p99": 2 * milliseconds}


def tpot(milliseconds: float) -> Changes:
    return {LATENCY + "tbt_p50": milliseconds, LATENCY + "tbt_p99": 2 * milliseconds}


# Two cards of 80 GB hold 140 GB of weights and 15 caches of this length, of 8 bits at that.
CROWDED: Changes = {
    **scenario(12000, 1000, 64),
    **{COUNT: 2, PARALLEL + "tp": 2, MEMORY: 78, DECODE: 600, PREFILL: 1500},
    **ttft(6000),
    **tpot(100),
}
TOO_LONG: Changes = {
    **scenario(150_000, 4096, 6),
    **{DECODE: 133, PREFILL: 4000},
    **ttft(20_000),
    **tpot(45),
}
# Both at 70 % of what the weights and an 8-bit cache allow.
NARROW_CACHE: Changes = {
    **scenario(6000, 1000, 240),
    **{DECODE: 6930, PREFILL: 9000},
    **ttft(900),
    **tpot(34.6),
}
# At 60 % of the bound, if 67 of 80 layers keep 1024 tokens only.
WINDOWED: Changes = {
    **scenario(30_000, 1000, 64),
    **{DECODE: 2385, PREFILL: 8000},
    **ttft(5000),
    **tpot(26.8),
}
IMPOSSIBLE: Changes = {DECODE: 9500, **tpot(5.5), "results.utilization": None}
# 80 sequences, 2.2 tokens in a step of 24 ms, and the step stands for the time between tokens.
PER_STEP: Changes = {**scenario(1024, 512, 80), DECODE: 7333, **tpot(24)}
ALWAYS_BROKEN = {
    "decode_above_hard_roofline",
    "decode_above_expected_roofline",
    "step_faster_than_roofline",
    "step_below_weight_read",
}
SGLANG: Changes = {
    "stack.engine.id": "sglang",
    "resolved.engine.id": "sglang",
    COMMAND: "python -m sglang.launch_server --tp 8",
    PREFILL: 26_000,
}

CASES: list[tuple[str, Changes, str, set[str]]] = [
    # SemiAnalysisAI/InferenceX: a power sensor that reads next to nothing
    ("power sensor at 3 W", {POWER: 3}, "implausible", {"power_implausibly_low"}),
    ("kilowatts", {POWER: 0.36}, "implausible", {"power_implausibly_low"}),
    ("power sensor at 0 W", {POWER: 0}, "plausible", set()),
    # tenstorrent/tt-inference-server, planetf1/otelite: TTFT in seconds
    (
        "TTFT in seconds",
        ttft(0.31),
        "impossible",
        {"ttft_below_weight_read", "ttft_below_prefill_floor_likely"},
    ),
    (
        "TTFT in seconds, and nothing was cached",
        {**ttft(0.31), LATENCY + "ttft_mean": 0.33, COMMAND: "vllm serve --no-prefix-caching"},
        "impossible",
        {"ttft_below_weight_read", "ttft_below_prefill_floor"},
    ),
    # tenstorrent/tt-inference-server, ai-runway/airunway: more sequences than there is memory
    ("caches do not fit", CROWDED, "implausible", {"sequences_exceed_memory"}),
    ("caches are shared", {**CROWDED, NOTES: "prefix caching"}, "plausible", set()),
    # tenstorrent/tt-inference-server: longer than the model takes
    ("prompt too long", TOO_LONG, "plausible", {"context_exceeds_model"}),
    # vllm-project/vllm, lightseekorg/tokenspeed, SemiAnalysisAI/InferenceX: off is not on
    *(
        (f"impossible, and {words}", {**IMPOSSIBLE, COMMAND: words}, "impossible", ALWAYS_BROKEN)
        for words in (
            "vllm serve m",
            "vllm serve m --no-enable-prefix-caching",
            "vllm serve m --enable-prefix-caching=False",
            'LLM(model="m", enable_prefix_caching=False)',
            "tokenspeed serve m --disable-prefix-caching",
            "sglang serve m --speculative-num-steps 0",
            "MTP=0 serve m",
        )
    ),
    (
        "speculation is on",
        {**IMPOSSIBLE, COMMAND: "sglang serve m --speculative-algorithm EAGLE"},
        "plausible",
        set(),
    ),
    # vllm-project/vllm: an honest run with an 8-bit cache
    ("fp8 cache", {**NARROW_CACHE, COMMAND: "vllm serve --kv-cache-dtype fp8"}, "plausible", set()),
    ("cache not said", NARROW_CACHE, "plausible", set()),
    (
        "16-bit cache",
        {**NARROW_CACHE, COMMAND: "vllm serve --kv-cache-dtype bfloat16"},
        "implausible",
        {"decode_above_expected_roofline", "step_faster_than_roofline"},
    ),
    # ollama/ollama, Andyyyy64/whichllm, ai-dynamo/aiconfigurator: a sliding window
    (
        "window",
        {**WINDOWED, SHAPE + "sliding_window": 1024, SHAPE + "full_attention_layers": 13},
        "plausible",
        set(),
    ),
    (
        "window not known",
        WINDOWED,
        "implausible",
        {"decode_above_expected_roofline", "step_faster_than_roofline"},
    ),
    # SemiAnalysisAI/InferenceX, smarr/ReBenchDB: a re-run that failed
    (
        "results null",
        {
            **{"results.throughput_tokens_per_sec": None, "results.latency_ms": None},
            **{"results.utilization": None, MEMORY: None, POWER: None},
        },
        "not_judged",
        {"no_result"},
    ),
    (
        "results 0",
        {DECODE: 0, PREFILL: 0, **ttft(0), **tpot(0)},
        "not_judged",
        {"no_result"},
    ),
    # EvoKernel Spec: total and active parameters swapped
    (
        "parameters swapped",
        {SHAPE + "total_params_b": 65, SHAPE + "active_params_b": 70},
        "impossible",
        {"model_parameters_impossible"},
    ),
    # contradictions within one case
    ("batch above limit", {"scenario.batch_size": 300}, "plausible", {"batch_above_limit"}),
    ("no parallelism", {PARALLEL + "tp": 0, PARALLEL + "pp": 0}, "plausible", set()),
    (
        "p99 is p50",
        {LATENCY + "ttft_p99": 220, LATENCY + "tbt_p99": 32},
        "plausible",
        set(),
    ),
    ("TTFT 0", ttft(0), "plausible", set()),
    ("memory 0", {MEMORY: 0}, "plausible", set()),
    # sgl-project/sglang, vllm-project/vllm: the time of a step for the time between tokens
    ("steps of speculation", {**PER_STEP, NOTES: "MTP on"}, "plausible", set()),
    (
        "steps of speculation, not said",
        PER_STEP,
        "implausible",
        {
            "concurrency_above_batch_size",
            "concurrency_above_limit",
        },
    ),
    # vllm-project/vllm: caching is on unless switched off
    (
        "cached by default",
        SGLANG,
        "implausible",
        {"prefill_above_peak_unless_cached", "prefill_above_plausible"},
    ),
    ("cached", {**SGLANG, NOTES: "radix cache hits 65%"}, "plausible", set()),
    (
        "not cached",
        {**SGLANG, NOTES: "radix cache off"},
        "impossible",
        {"prefill_above_peak", "prefill_above_plausible"},
    ),
    # pfBlockerNG/pfBlockerNG, pedrosousa13/imgwhy: characters that turn a line round
    (
        "title with direction marks",
        {"title": "Llama 3.3 70B \u202e sdrac 8\u2066 on 8x A100"},
        "plausible",
        set(),
    ),
    ("title with zero widths", {"title": "Lla\u200bma-3.3-70B on A\u200b100"}, "plausible", set()),
]


@pytest.mark.parametrize(("name", "changes", "plausibility", "rules"), CASES)
def test_a_mistake_is_named_and_an_honest_run_is_not_accused(
    name: str, changes: Changes, plausibility: str, rules: set[str]
) -> None:
    item = changed(feeds.case(LLAMA), {**HONEST, **changes})
    assert findings(item, [item]).keys() == rules
    assert verdict(Feed([item]), item["id"])["plausibility"] == plausibility


def test_a_run_under_three_ids_is_said_to_be_one() -> None:
    feed = Feed([variant(f"run-{letter}", LLAMA, HONEST) for letter in "abc"])
    for case_id in feed.cases:
        assert feed.findings(case_id).keys() == {"results_repeated"}
        assert verdict(feed, case_id)["plausibility"] == "plausible"


def test_a_pool_for_prompts_counts_among_the_cards() -> None:
    """SemiAnalysisAI/InferenceX: 24 cards are 24 cards, in one pool or in two."""
    shared: Changes = {**HONEST, DECODE: 4000, COUNT: 24}
    split: Changes = {
        **shared,
        PARALLEL + "disaggregated": True,
        SPLIT: {"prefill_cards": 18, "decode_cards": 6},
    }
    one, two = (metrics(changed(feeds.case(LLAMA), changes)) for changes in (shared, split))
    for column in ("output_tok_s_per_card", "output_tok_s_per_w"):
        assert one[column] == two[column] is not None
    assert (one["serving_cards"], two["serving_cards"]) == (24, 6)
    assert two["decode_tok_s_per_card"] == pytest.approx(4000 / 6)


@pytest.mark.parametrize(
    ("power", "column", "value"),
    [(0, "output_tok_s_per_w", None), (3, "output_tok_s_per_w", 62.5), (0, "power_to_tdp", None)],
)
def test_a_sensor_that_reads_0_gives_no_tokens_per_joule(
    power: float, column: str, value: Any
) -> None:
    assert metrics(changed(feeds.case(LLAMA), {**HONEST, POWER: power}))[column] == value
