"""Every metric and finding of the warehouse, against a second implementation of the definitions.

The warehouse computes in SQL (sql/), `tests.oracle` in Python from the text of the definitions.
"""

from __future__ import annotations

import copy
import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from pipelines.contracts import contracts, schema
from pipelines.contracts.metrics.case_metric import Metric
from pipelines.contracts.render import full_name
from pipelines.transform import registry, rules
from pipelines.validation.conformance import breaches
from pipelines.warehouse import Warehouse
from tests import feeds, oracle
from tests.conftest import warehouse_of

LLAMA = "case-llama33-a100x8-vllm-001"  # dense, gqa, bf16, a server of its cards
DSR1 = "case-dsr1-asc910bx16-mindie-001"  # mixture of experts, mla; weights too large
GEMMA = "case-gemma4-h100x4-fp8-001"  # mixture of experts, gqa, fp8
SCOUT = "case-llama4scout-mi300x8-001"  # mixture of experts, top 1, no server
QWEN = "case-qwen35-397b-mi355x8-001"  # fp4, a server of another card
DISAGG = "case-dsv4flash-disagg-h100-h200-001"  # disaggregated, attention of a kind of its own
GLM = "case-glm51-h200x8-vllm-001"  # a step faster than the roofline

ABSENT = "<absent>"
Changes = Mapping[str, Any]

COMPUTE = "resolved.hardware.compute."
SUPPORT = "resolved.hardware.software_support."
MODEL = "resolved.model."
SHAPE = "resolved.model.architecture."
QUANT = "resolved.quantization."
DECODE = "results.throughput_tokens_per_sec.decode"
PREFILL = "results.throughput_tokens_per_sec.prefill"
TBT = "results.latency_ms.tbt_p50"
COMMAND = "reproduction.startup_command"
NOTES = "reproduction.notes_md"
SPLIT = "stack.parallel.disaggregated_split"


# --- building feeds ---------------------------------------------------------------------------


def change(item: feeds.Feed, changes: Changes) -> feeds.Feed:
    """Set, or with ABSENT remove, values at `a.b.c`; what lacks the parent stays as it is."""
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = item
        for parent in parents:
            place = place.get(parent) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            continue
        if value is ABSENT:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return item


def rename(item: feeds.Feed, case_id: str) -> feeds.Feed:
    """Give the case an id, and a new id to every entity that is no longer the shipped one.

    References follow, so that two definitions never share an id and no rule changes its mind.
    """
    original = feeds.case(item["id"])["resolved"]
    stack, resolved = item["stack"], item["resolved"]
    support = resolved["hardware"].get("software_support") or {}
    item["id"] = case_id

    def changed(kind: str) -> bool:
        now = resolved.get(kind)
        return bool(now) and json.dumps(now) != json.dumps(original.get(kind))

    if changed("engine"):
        old, new = stack["engine"]["id"], f"engine-of-{case_id}"
        resolved["engine"]["id"] = stack["engine"]["id"] = new
        for listed in support.get("engines") or []:
            listed["id"] = new if listed["id"] == old else listed["id"]
    if changed("quantization") and resolved["quantization"]["id"] == stack["quantization"]:
        old, new = stack["quantization"], f"quant-of-{case_id}"
        resolved["quantization"]["id"] = stack["quantization"] = new
        if support.get("quantizations"):
            support["quantizations"] = [new if q == old else q for q in support["quantizations"]]
    if changed("hardware"):
        old, new = stack["hardware"]["id"], f"card-of-{case_id}"
        resolved["hardware"]["id"] = stack["hardware"]["id"] = new
        if oracle.at(resolved, "server.card") == old:
            resolved["server"]["card"] = new
    if changed("server"):
        resolved["server"]["id"] = f"server-of-{case_id}"
        stack["server"] = {"id": resolved["server"]["id"]}
    if changed("model"):
        resolved["model"]["id"] = stack["model"]["id"] = f"model-of-{case_id}"
    return item


def variant(case_id: str, base: str, changes: Changes) -> feeds.Feed:
    """A changed copy of a shipped case."""
    return rename(change(feeds.case(base), changes), case_id)


# --- comparing --------------------------------------------------------------------------------


class Published(NamedTuple):
    """What the warehouse says of one feed."""

    rows: dict[str, dict[str, Any]]
    findings: dict[str, set[str]]
    """The rules found broken, by case."""
    others: dict[str, list[str]]
    """Severities of the findings by rules that the reference lacks, by case."""
    severities: set[tuple[str, str]]
    rejects: list[tuple[Any, ...]]


def published(db: Warehouse) -> Published:
    frame = db.frame("select * from marts.mart_case_metrics")
    findings: dict[str, set[str]] = {row["case_id"]: set() for row in frame.to_dicts()}
    others: dict[str, list[str]] = {case_id: [] for case_id in findings}
    severities = set()
    for case_id, rule_id, severity in db.rows(
        "select case_id, rule_id, severity from quality.finding"
    ):
        if rule_id in oracle.RULES:
            findings[case_id].add(rule_id)
            severities.add((rule_id, severity))
        else:
            others[case_id].append(severity)
    return Published(
        rows={row["case_id"]: row for row in frame.to_dicts()},
        findings=findings,
        others=others,
        severities=severities,
        rejects=db.rows("select case_id, path, reason from quality.reject"),
    )


def equal(column: str, found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, str | bool) or isinstance(found, str | bool):
        return type(found) is type(expected) and bool(found == expected)
    # A difference of two numbers loses digits, so it is held to those of the numbers.
    digits = 1e-7 if column.endswith("_reported_minus_implied") else 0.0
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=digits)


def differences(item: feeds.Feed, said: Published) -> list[str]:
    case_id = item["id"]
    if case_id not in said.rows:
        return [f"{case_id} was not loaded"]
    row, found = said.rows[case_id], said.findings[case_id]
    wanted = oracle.metrics(item) | oracle.flags(item, said.others[case_id])
    broken = oracle.findings(item)
    columns = [
        f"{case_id}: {column} is {row[column]!r}, expected {value!r}"
        for column, value in wanted.items()
        if not equal(column, row[column], value)
    ]
    missed = [f"{case_id}: breaks {rule}, not found" for rule in sorted(broken - found)]
    wrong = [f"{case_id}: {rule} found, not broken" for rule in sorted(found - broken)]
    return columns + missed + wrong


def all_differences(items: Iterable[feeds.Feed], said: Published) -> list[str]:
    return [difference for item in items for difference in differences(item, said)]


# --- the shipped feed -------------------------------------------------------------------------


@pytest.mark.parametrize("item", feeds.shipped()["items"], ids=lambda item: str(item["id"]))
def test_the_shipped_feed_has_the_values_of_the_definitions(
    shipped: Published, item: feeds.Feed
) -> None:
    assert differences(item, shipped) == []


def test_every_metric_has_a_second_implementation() -> None:
    lacking = Metric.__annotations__.keys() - oracle.metrics(feeds.case()).keys()
    assert not lacking, f"metrics() in {oracle.__file__} lacks {', '.join(sorted(lacking))}"


def test_every_rule_has_a_second_implementation() -> None:
    lacking = {rule.id for rule in rules.load()} - oracle.RULES.keys()
    assert not lacking, f"findings() in {oracle.__file__} lacks {', '.join(sorted(lacking))}"


def test_the_reference_has_no_metric_and_no_rule_of_its_own() -> None:
    assert oracle.metrics(feeds.case()).keys() <= Metric.__annotations__.keys()
    assert oracle.RULES.keys() <= {rule.id for rule in rules.load()}


@pytest.fixture(scope="module")
def shipped(shipped_db: Warehouse) -> Published:
    return published(shipped_db)


# --- named edge cases -------------------------------------------------------------------------

NO_PEAKS: Changes = {
    COMPUTE + name: None
    for name in ("fp4_tflops", "fp8_tflops", "int8_tops", "bf16_tflops", "fp16_tflops")
}
ALL_PEAKS = {
    "fp4_tflops": 900,
    "fp8_tflops": 500.5,
    "int8_tops": 480,
    "bf16_tflops": 250,
    "fp16_tflops": 260,
}
DIFFUSION: Changes = {
    MODEL + "domain": "image",
    MODEL + "operator_decomposition": [],
    SHAPE[:-1]: {
        "family": "diffusion",
        "total_params_b": 12,
        "active_params_b": 12,
        "layers": 57,
        "hidden_size": 3072,
    },
}


def evidence(
    number: int, tier: str = "measured", source: str = "paper", attestation: Any = ABSENT
) -> dict[str, Any]:
    item = {
        "id": f"ev-{number}",
        "tier": tier,
        "source_type": source,
        "url": "https://example.org",
        "accessed": "2026-04-28",
        "citation": "…",
    }
    return item if attestation is ABSENT else item | {"contributor_attestation": attestation}


def quant(family: str, weight: float, activation: float) -> dict[str, Any]:
    return {
        QUANT + "family": family,
        QUANT + "bits_per_weight": weight,
        QUANT + "bits_per_activation": activation,
    }


TEXTS: dict[str, tuple[str, Changes]] = {
    "speculative-without-cards": (
        DISAGG,
        {NOTES: "MTP", "stack.parallel.disaggregated_split.decode_cards": 0},
    ),
    "speculative": (LLAMA, {COMMAND: "vllm serve --Speculative-config '{}'"}),
    "mtp-in-notes": (GLM, {NOTES: "Mit **MTP** n=2"}),
    "eagle": (GLM, {NOTES: "eagle3 head"}),
    "medusa": (GLM, {COMMAND: "serve --heads MEDUSA"}),
    "pattern-only": (GLM, {"patterns": ["speculative-decoding-eagle", "prefix-caching"]}),
    "prefix-caching": (LLAMA, {COMMAND: "vllm serve --enable-prefix-caching"}),
    "prefix-underscore": (LLAMA, {NOTES: "PREFIX_CACHE on"}),
    "prefix-space": (LLAMA, {NOTES: "with prefix cache"}),
    "prefixcache": (LLAMA, {NOTES: "prefixcaching"}),
    "prefix-two-spaces": (LLAMA, {NOTES: "prefix  caching"}),
    "radix": (LLAMA, {NOTES: "RadixAttention"}),
    "prefix-disabled": (LLAMA, {COMMAND: "vllm serve --no-enable-prefix-caching"}),
    "radix-disabled": (LLAMA, {COMMAND: "sglang --disable-radix-cache"}),
    "prefix-disabled-in-notes": (
        LLAMA,
        {COMMAND: "--enable-prefix-caching", NOTES: "then --NO-ENABLE-PREFIX-CACHING"},
    ),
    "nothing-said": (LLAMA, {COMMAND: ABSENT, NOTES: ABSENT}),
    "no-reproduction": (LLAMA, {"reproduction": ABSENT}),
    "null-command": (LLAMA, {COMMAND: None, NOTES: "前缀缓存 prefix caching, eagle"}),
    "words-do-not-join": (LLAMA, {COMMAND: "serve --prefix", NOTES: "caching"}),
    "several-lines": (LLAMA, {NOTES: "first\nsecond: radix\n\nthird: mtp"}),
}

EDGES: dict[str, tuple[str, Changes]] = {
    # experts
    "no-experts": (DSR1, {SHAPE + "moe": ABSENT}),
    "null-experts": (DSR1, {SHAPE + "moe": None}),
    "experts-without-counts": (DSR1, {SHAPE + "moe": {}}),
    "as-many-experts-as-chosen": (GEMMA, {SHAPE + "moe.num_experts": 2}),
    "fewer-experts-than-chosen": (GEMMA, {SHAPE + "moe.num_experts": 1}),
    "no-top-k": (GEMMA, {SHAPE + "moe.top_k": None}),
    "no-number-of-experts": (GEMMA, {SHAPE + "moe.num_experts": None}),
    "experts-but-no-total": (GEMMA, {SHAPE + "total_params_b": None}),
    "zero-experts": (GEMMA, {SHAPE + "moe": {"num_experts": 0}}),
    "zero-of-zero-experts": (GEMMA, {SHAPE + "moe": {"num_experts": 0, "top_k": 0}}),
    "none-of-eight-experts": (GEMMA, {SHAPE + "moe": {"num_experts": 8, "top_k": 0}}),
    "top-1-of-2": (GEMMA, {SHAPE + "moe": {"num_experts": 2, "top_k": 1}}),
    "total-below-active": (GEMMA, {SHAPE + "total_params_b": 3}),
    "one-sequence": (DSR1, {"scenario.batch_size": 1, "scenario.max_concurrent_requests": 1}),
    # throughput and latency
    "no-tbt": (GEMMA, {TBT: ABSENT}),
    "null-tbt": (GEMMA, {TBT: None}),
    "zero-tbt": (GEMMA, {TBT: 0}),
    "zero-decode": (GEMMA, {DECODE: 0}),
    "no-decode": (GEMMA, {DECODE: None}),
    "zero-prefill": (GEMMA, {PREFILL: 0}),
    "no-prefill": (GEMMA, {PREFILL: ABSENT}),
    "no-throughput-at-all": (GEMMA, {"results.throughput_tokens_per_sec": ABSENT}),
    "no-latency-at-all": (GEMMA, {"results.latency_ms": None}),
    "no-utilization-at-all": (GEMMA, {"results.utilization": ABSENT}),
    "zero-utilization": (
        GEMMA,
        {"results.utilization": {"compute_pct": 0, "memory_bw_pct": 0}},
    ),
    "no-results-at-all": (GEMMA, {"results": {}}),
    "zero-ttft": (GEMMA, {"results.latency_ms.ttft_p50": 0}),
    "no-p99": (
        GEMMA,
        {"results.latency_ms.ttft_p99": None, "results.latency_ms.tbt_p99": None},
    ),
    "concurrency-below-one": (GEMMA, {DECODE: 10}),
    "concurrency-above-its-limit": (GEMMA, {DECODE: 60000}),
    "batch-above-the-limit-and-no-tbt": (
        GEMMA,
        {"scenario.batch_size": 900, "scenario.max_concurrent_requests": 30, TBT: None},
    ),
    # scenario
    "zero-lengths": (GEMMA, {"scenario.prefill_seq_len": 0, "scenario.decode_seq_len": 0}),
    "nothing-decoded": (GEMMA, {"scenario.decode_seq_len": 0}),
    "one-token-decoded": (GEMMA, {"scenario.decode_seq_len": 1, TBT: None}),
    "odd-decode-length": (GEMMA, {"scenario.decode_seq_len": 513}),
    "long-context": (GEMMA, {"scenario.prefill_seq_len": 1_000_000}),
    "small-max-context": (GEMMA, {SHAPE + "max_context_length": 1024}),
    "max-context-between-mean-and-end": (GEMMA, {SHAPE + "max_context_length": 2400}),
    "zero-max-context": (GEMMA, {SHAPE + "max_context_length": 0}),
    "no-max-context": (GEMMA, {SHAPE + "max_context_length": ABSENT}),
    "null-max-context": (LLAMA, {SHAPE + "max_context_length": None}),
    # peaks
    **{
        f"{kind}-without-{lost or 'none'}": (
            LLAMA,
            {
                **changes,
                COMPUTE[:-1]: {
                    name: None if name.split("_")[0] in lost.split("-") else {"value": value}
                    for name, value in ALL_PEAKS.items()
                },
            },
        )
        for kind, changes, losses in [
            ("fp4", quant("fp4", 4, 8), ["", "fp4", "fp4-fp8", "fp4-fp8-bf16"]),
            ("fp8", quant("fp8", 8, 8), ["", "fp8", "fp8-bf16", "fp8-bf16-fp16"]),
            ("int8", quant("int", 8, 8), ["", "int8", "int8-bf16", "fp8", "int8-bf16-fp16"]),
            ("int4-and-8", quant("int", 4, 8), ["", "int8"]),
            ("fp-of-8-bits", quant("fp", 8, 8), ["", "int8"]),
            ("bf16", {}, ["", "bf16", "bf16-fp16"]),
            ("fp16", quant("fp", 16, 16), ["", "fp16", "fp16-bf16"]),
            ("w4a16", quant("int", 4, 16), ["", "fp16", "int8"]),
            ("fp8-weights-only", quant("fp8", 8, 16), ["", "fp16"]),
            ("fp4-weights-only", quant("fp4", 4, 16), ["", "fp4", "fp4-fp8-bf16-fp16"]),
        ]
        for lost in losses
    },
    "zero-peak-falls-through": (GEMMA, {COMPUTE + "fp8_tflops": {"value": 0}}),
    "no-peaks": (GEMMA, NO_PEAKS),
    "no-peaks-of-bf16": (DSR1, NO_PEAKS),
    "peaks-absent": (GEMMA, {COMPUTE[:-1]: {}}),
    "peak-values-null": (GEMMA, {COMPUTE + "fp8_tflops": {"value": None, "evidence_ref": "e"}}),
    "compute-bound": (GEMMA, {COMPUTE + "fp8_tflops": {"value": 1.5}}),
    "compute-bound-and-efficient": (
        GEMMA,
        {COMPUTE + "fp8_tflops": {"value": 30}, "bottleneck": "compute"},
    ),
    # cards
    "no-tdp": (LLAMA, {"resolved.hardware.power.tdp_w": None}),
    "zero-tdp": (LLAMA, {"resolved.hardware.power.tdp_w.value": 0}),
    "no-capacity": (LLAMA, {"resolved.hardware.memory.capacity_gb": ABSENT}),
    "zero-capacity": (LLAMA, {"resolved.hardware.memory.capacity_gb.value": 0}),
    "no-bandwidth": (LLAMA, {"resolved.hardware.memory.bandwidth_gbps": None}),
    "zero-bandwidth": (LLAMA, {"resolved.hardware.memory.bandwidth_gbps.value": 0}),
    "no-bandwidth-when-speculating": (
        LLAMA,
        {"resolved.hardware.memory.bandwidth_gbps": None, NOTES: "with EAGLE-3"},
    ),
    "no-memory-at-all": (LLAMA, {"resolved.hardware.memory": ABSENT}),
    "zero-power": (LLAMA, {"results.power_per_card_w": 0}),
    "no-power": (LLAMA, {"results.power_per_card_w": None}),
    # disaggregation
    "disaggregated-unequal": (
        DISAGG,
        {"stack.parallel.disaggregated_split": {"prefill_cards": 4, "decode_cards": 12}},
    ),
    "disaggregated-without-split": (DISAGG, {"stack.parallel.disaggregated_split": ABSENT}),
    "disaggregated-null-split": (DISAGG, {"stack.parallel.disaggregated_split": None}),
    "disaggregated-without-decode-cards": (
        DISAGG,
        {"stack.parallel.disaggregated_split": {"prefill_cards": 4}},
    ),
    "disaggregated-without-prefill-cards": (
        DISAGG,
        {"stack.parallel.disaggregated_split": {"decode_cards": 4}},
    ),
    "disaggregated-with-zero-decode-cards": (
        DISAGG,
        {"stack.parallel.disaggregated_split": {"prefill_cards": 16, "decode_cards": 0}},
    ),
    "split-but-not-disaggregated": (DISAGG, {"stack.parallel.disaggregated": False}),
    "split-and-nothing-said": (DISAGG, {"stack.parallel.disaggregated": ABSENT}),
    "disaggregated-with-attention": (
        LLAMA,
        {
            "stack.parallel.disaggregated": True,
            "stack.parallel.disaggregated_split": {"prefill_cards": 2, "decode_cards": 6},
        },
    ),
    "no-parallel": (GEMMA, {"stack.parallel": {}}),
    # models that do not decode
    "diffusion": (GEMMA, {**DIFFUSION, MODEL + "workload_kind": "forward-only-batch"}),
    "diffusion-without-kind": (GEMMA, {**DIFFUSION, MODEL + "workload_kind": ABSENT}),
    "diffusion-with-null-kind": (LLAMA, {**DIFFUSION, MODEL + "workload_kind": None}),
    "diffusion-said-to-decode": (
        LLAMA,
        {**DIFFUSION, MODEL + "workload_kind": "autoregressive-decode"},
    ),
    **{
        f"kind-{kind}": (base, {MODEL + "workload_kind": kind})
        for base, kind in [
            (LLAMA, "encoder-only"),
            (LLAMA, "encoder-decoder"),
            (DSR1, "streaming"),
            (GLM, "graph-iteration"),
            (LLAMA, "forward-only-batch"),
            (GEMMA, "embedding-table-lookup"),
            (GEMMA, "a-kind-yet-unknown"),
        ]
    },
    "disaggregated-diffusion": (DISAGG, {**DIFFUSION, MODEL + "workload_kind": ABSENT}),
    "older-llm-without-kind-and-domain": (
        LLAMA,
        {MODEL + "workload_kind": ABSENT, MODEL + "domain": ABSENT},
    ),
    "older-llm-with-nulls": (LLAMA, {MODEL + "workload_kind": None, MODEL + "domain": None}),
    # attention
    **{
        f"attention-{attention or 'null'}": (LLAMA, {SHAPE + "attention_type": attention})
        for attention in ("mha", "gqa", "mqa", "mla", "linear", None)
    },
    "attention-absent": (LLAMA, {SHAPE + "attention_type": ABSENT}),
    "gqa-without-kv-heads": (LLAMA, {SHAPE + "num_kv_heads": None}),
    "gqa-without-heads": (LLAMA, {SHAPE + "num_attention_heads": None}),
    "gqa-without-heads-and-kind": (
        LLAMA,
        {SHAPE + "num_attention_heads": ABSENT, MODEL + "workload_kind": ABSENT},
    ),
    "gqa-without-head-size": (LLAMA, {SHAPE + "head_dim": ABSENT}),
    "gqa-without-layers": (LLAMA, {SHAPE + "layers": None}),
    "zero-heads": (LLAMA, {SHAPE + "num_attention_heads": 0, SHAPE + "num_kv_heads": 0}),
    "zero-heads-without-kind": (
        LLAMA,
        {SHAPE + "num_attention_heads": 0, MODEL + "workload_kind": None},
    ),
    "zero-layers": (LLAMA, {SHAPE + "layers": 0}),
    "mla-without-kv-heads-and-head-size": (
        DSR1,
        {SHAPE + "num_kv_heads": None, SHAPE + "head_dim": None},
    ),
    "mla-without-layers": (DSR1, {SHAPE + "layers": None}),
    "mla-that-fits": (DSR1, {"resolved.hardware.memory.capacity_gb.value": 96}),
    "other-attention-without-shape": (
        DISAGG,
        {SHAPE + "layers": None, SHAPE + "num_kv_heads": None, SHAPE + "head_dim": None},
    ),
    # parameters and vocabulary
    "no-active-parameters": (GEMMA, {SHAPE + "active_params_b": None}),
    "no-total-of-a-dense-model": (LLAMA, {SHAPE + "total_params_b": None}),
    "zero-active-parameters": (LLAMA, {SHAPE + "active_params_b": 0}),
    "no-work-at-all": (
        LLAMA,
        {SHAPE + "active_params_b": 0, SHAPE + "attention_type": "linear"},
    ),
    "a-whole-number-of-sequences": (
        LLAMA,
        {
            **{"stack.hardware.count": 1, "resolved.hardware.memory.capacity_gb.value": 24},
            **{SHAPE + "total_params_b": 7.6, **quant("int", 8, 16)},
            **{SHAPE + "layers": 25, SHAPE + "num_kv_heads": 4, SHAPE + "head_dim": 100},
            **{"scenario.prefill_seq_len": 900, "scenario.decode_seq_len": 100},
        },
    ),
    "weights-that-fill-the-cards": (
        LLAMA,
        {
            "resolved.hardware.memory.capacity_gb.value": 0.175,
            **{SHAPE + "total_params_b": 7, **quant("int", 1.6, 16)},
        },
    ),
    "a-whole-number-of-sequences-beside-a-broken-number-of-parameters": (
        LLAMA,
        {
            **{"stack.hardware.count": 1, SHAPE + "total_params_b": 8.3},
            "resolved.hardware.memory.capacity_gb.value": 17.60663296,
            **{"scenario.prefill_seq_len": 512, "scenario.decode_seq_len": 512},
        },
    ),
    "experts-that-share-nothing": (
        GEMMA,
        {
            **{SHAPE + "active_params_b": 0.6, SHAPE + "total_params_b": 6.4},
            **{SHAPE + "moe.num_experts": 64, SHAPE + "moe.top_k": 6},
        },
    ),
    "no-vocabulary": (LLAMA, {SHAPE + "vocab_size": ABSENT}),
    "no-hidden-size": (LLAMA, {SHAPE + "hidden_size": None}),
    "embeddings-larger-than-the-model": (LLAMA, {SHAPE + "active_params_b": 0.9}),
    "embedding-and-head-larger-than-the-model": (LLAMA, {SHAPE + "active_params_b": 1.9}),
    "fractional-parameters": (LLAMA, {SHAPE + "active_params_b": 70.6}),
    "zero-bits": (LLAMA, quant("int", 0, 0)),
    "odd-bits": (LLAMA, quant("int", 4.5, 16)),
    # operators
    "no-operators": (LLAMA, {MODEL + "operator_decomposition": []}),
    "operators-absent": (LLAMA, {MODEL + "operator_decomposition": ABSENT}),
    "operators-null": (LLAMA, {MODEL + "operator_decomposition": None}),
    "zero-operators": (
        LLAMA,
        {
            MODEL + "operator_decomposition": [
                {"operator": "matmul", "flops_per_token": 0, "bytes_per_token": 0}
            ]
        },
    ),
    "operators-without-bytes": (
        LLAMA,
        {
            MODEL + "operator_decomposition": [
                {"operator": "matmul", "flops_per_token": 1e11, "bytes_per_token": 1e11},
                {"operator": "rope", "flops_per_token": 1e9},
            ]
        },
    ),
    "operators-without-some-flops": (
        LLAMA,
        {
            MODEL + "operator_decomposition": [
                {"operator": "matmul", "flops_per_token": 1e9, "bytes_per_token": 1e11},
                {"operator": "rope", "bytes_per_token": 1e9},
            ]
        },
    ),
    # server
    "server-resolved-but-not-named": (LLAMA, {"stack.server": ABSENT}),
    "no-server": (LLAMA, {"stack.server": ABSENT, "resolved.server": ABSENT}),
    "null-server": (LLAMA, {"stack.server": None, "resolved.server": None}),
    "server-not-resolved": (LLAMA, {"resolved.server": ABSENT}),
    "server-without-card": (LLAMA, {"resolved.server.card": ABSENT}),
    "server-of-another-card": (LLAMA, {"resolved.server.card": "h100-sxm5"}),
    "server-without-power": (LLAMA, {"resolved.server.rack_power_kw": None}),
    "server-with-zero-power": (LLAMA, {"resolved.server.rack_power_kw": 0}),
    "server-without-card-count": (LLAMA, {"resolved.server.card_count": None}),
    # what was run
    **{f"text-{name}": edge for name, edge in TEXTS.items()},
    "speculative-and-too-fast": (GLM, {DECODE: 4e7, NOTES: "eagle"}),
    "speculative-without-peaks": (GLM, {**NO_PEAKS, NOTES: "eagle"}),
    "speculative-embeddings-only": (LLAMA, {SHAPE + "active_params_b": 0.9, NOTES: "mtp"}),
    # what is listed
    "engines-absent": (LLAMA, {SUPPORT + "engines": ABSENT}),
    "engines-null": (LLAMA, {SUPPORT + "engines": None}),
    "engines-empty": (LLAMA, {SUPPORT + "engines": []}),
    "quantizations-absent": (LLAMA, {SUPPORT + "quantizations": ABSENT}),
    "quantizations-empty": (LLAMA, {SUPPORT + "quantizations": []}),
    "vendors-absent": (LLAMA, {"resolved.engine.supported_hardware_vendors": ABSENT}),
    "vendors-null": (LLAMA, {"resolved.engine.supported_hardware_vendors": None}),
    "vendors-empty": (LLAMA, {"resolved.engine.supported_hardware_vendors": []}),
    "everything-listed-twice": (
        LLAMA,
        {
            SUPPORT + "engines": [{"id": "vllm"}, {"id": "vllm"}],
            SUPPORT + "quantizations": ["bf16", "bf16"],
            "resolved.engine.supported_hardware_vendors": ["nvidia", "nvidia"],
        },
    ),
    "no-software-support": (LLAMA, {SUPPORT[:-1]: ABSENT}),
    # evidence
    "no-evidence": (LLAMA, {"evidence": []}),
    "evidence-absent": (LLAMA, {"evidence": ABSENT}),
    "no-evidence-and-an-error": (DSR1, {"evidence": []}),
    "evidence-without-attestation": (LLAMA, {"evidence": [evidence(1)]}),
    "evidence-with-null-attestation": (LLAMA, {"evidence": [evidence(1, attestation=None)]}),
    "evidence-official-and-doubtful": (
        LLAMA,
        {"evidence": [evidence(1, "official", "vendor-datasheet", "Synthesized")]},
    ),
    "evidence-good-then-doubtful": (
        LLAMA,
        {"evidence": [evidence(1), evidence(2, attestation="NOT independently RE-RUN")]},
    ),
    "evidence-doubtful-source-second": (
        LLAMA,
        {"evidence": [evidence(1), evidence(2, source="conference-talk")]},
    ),
    "evidence-several-good": (
        LLAMA,
        {
            "evidence": [
                evidence(1, "estimated", "other", "approximate"),
                evidence(2, source="mlperf-submission", attestation="Run by us."),
                evidence(3, "official", "vendor-whitepaper"),
            ]
        },
    ),
    # bottleneck
    **{
        f"bottleneck-{bottleneck or 'null'}": (LLAMA, {"bottleneck": bottleneck})
        for bottleneck in (
            "compute",
            "software",
            "mixed",
            "interconnect",
            "unknown",
            "thermal",
            None,
        )
    },
    "bottleneck-software-rightly": (LLAMA, {"bottleneck": "software", DECODE: 100}),
    # numbers
    "floats-for-integers": (
        LLAMA,
        {
            "scenario.prefill_seq_len": 1024.0,
            "scenario.batch_size": 16.0,
            "stack.hardware.count": 8.0,
            SHAPE + "layers": 80.0,
            SHAPE + "head_dim": 128.0,
        },
    ),
    "integers-of-32-bits-do-not-hold-it": (
        LLAMA,
        {
            "stack.hardware.count": 100_000,
            "scenario.max_concurrent_requests": 3_000_000,
            SHAPE + "max_context_length": 10_000_000,
            "scenario.prefill_seq_len": 4_000_000,
            SHAPE + "layers": 1000,
            SHAPE + "num_attention_heads": 1024,
            SHAPE + "hidden_size": 65536,
            SHAPE + "vocab_size": 1_000_000,
        },
    ),
    "huge-throughput": (LLAMA, {DECODE: 1e30}),
    "tiny-numbers": (LLAMA, {DECODE: 1e-6, TBT: 1e-6, "results.power_per_card_w": 1e-6}),
}


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[feeds.Feed, Published]]:
    """One warehouse of every named case: by id the items, and what was published."""
    items = [variant(f"edge-{n.lower()}", base, changed) for n, (base, changed) in EDGES.items()]
    for rule, (broken, kept) in RULES.items():
        name = rule.replace("_", "-")
        items += [variant(f"breaks-{name}", *broken), variant(f"keeps-{name}", *kept)]
    with warehouse_of(tmp_path_factory.mktemp("edges"), feeds.feed(*items)) as db:
        yield {item["id"]: item for item in items}, published(db)


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_case_follows_the_definitions(
    edges: tuple[feeds.Feed, Published], name: str
) -> None:
    items, said = edges
    assert differences(items[f"edge-{name.lower()}"], said) == []


def test_no_edge_case_was_rejected(edges: tuple[feeds.Feed, Published]) -> None:
    assert edges[1].rejects == []


# Integers that the contracts take, whose products 64 bits do not hold.
HUGE: dict[str, Changes] = {
    "heads": {SHAPE + name: 10**9 for name in ("layers", "num_attention_heads", "head_dim")},
    "kv-heads": {SHAPE + name: 2**31 for name in ("layers", "num_kv_heads")},
    "vocabulary": {SHAPE + "vocab_size": 10**10, SHAPE + "hidden_size": 10**10},
    "context": {
        SHAPE + "max_context_length": 2**53,
        "scenario.prefill_seq_len": 2**53,
        "scenario.max_concurrent_requests": 2**40,
    },
    "parallel": {"stack.parallel.tp": 2**40, "stack.parallel.pp": 2**40},
    "cards": {"stack.hardware.count": 2**53},
    "resident": {"resolved.hardware.memory.capacity_gb.value": 1e25},
}
EXTREME = [
    *(DECODE, PREFILL, TBT, "results.latency_ms.ttft_p50", "results.power_per_card_w"),
    *("resolved.hardware.memory.bandwidth_gbps.value", "resolved.hardware.power.tdp_w.value"),
    *("resolved.hardware.compute.fp16_tflops.value", SHAPE + "active_params_b"),
]
HUGE |= {
    f"{size:g}-{path.lower().replace('_', '-')}": {path: size}
    for path in EXTREME
    for size in (1e-30, 1e30)
}
HUGE |= {f"{size:g}-all": dict.fromkeys(EXTREME, size) for size in (1e-30, 1e30)}
HUGE |= {"beyond": {DECODE: 1e304}, "beneath": {"results.power_per_card_w": 1e-306}}


def test_absurd_numbers_are_rejected_or_computed_but_do_not_stop_the_build(tmp_path: Path) -> None:
    items = [variant(f"huge-{name}", LLAMA, changes) for name, changes in HUGE.items()]
    items.append(feeds.case())
    with warehouse_of(tmp_path, feeds.feed(*items)) as db:
        said = published(db)
        for name in registry.tables():
            contract = contracts()[name]
            frame = db.frame(f"select * from {full_name(contract)}")
            assert list(breaches(frame, schema(contract))) == []
    rejected = {case_id for case_id, _, _ in said.rejects}
    loaded = [item for item in items if item["id"] not in rejected]
    unlike = all_differences(loaded, said)
    # More sequences than a BIGINT counts: any way out but a stop is right.
    assert [d for d in unlike if "max_resident_sequences" not in d] == []
    assert LLAMA not in rejected


# --- each rule, broken once and kept once -----------------------------------------------------

LATENCY = "results.latency_ms."
Broken = tuple[str, Changes]

RULES: dict[str, tuple[Broken, Broken]] = {
    "weights_exceed_memory": (
        (LLAMA, {"resolved.hardware.memory.capacity_gb.value": 17.4}),
        (LLAMA, {"resolved.hardware.memory.capacity_gb.value": 17.5}),
    ),
    "prefill_above_peak": ((LLAMA, {PREFILL: 18400}), (LLAMA, {PREFILL: 18300})),
    "decode_above_hard_roofline": (
        (LLAMA, {DECODE: 7571, "scenario.max_concurrent_requests": 64}),
        (LLAMA, {DECODE: 7570, "scenario.max_concurrent_requests": 64}),
    ),
    "memory_above_capacity": (
        (LLAMA, {"results.memory_per_card_gb": 80.5}),
        (LLAMA, {"results.memory_per_card_gb": 80}),
    ),
    "percentiles_out_of_order": (
        (LLAMA, {LATENCY + "tbt_p99": 31.5}),
        (LLAMA, {LATENCY + "tbt_p99": 32, LATENCY + "ttft_p99": 220.0}),
    ),
    "parallelism_exceeds_cards": (
        (LLAMA, {"stack.parallel.tp": 3, "stack.parallel.pp": 3}),
        (LLAMA, {"stack.parallel.tp": 4, "stack.parallel.pp": 2}),
    ),
    "decode_above_expected_roofline": ((LLAMA, {DECODE: 6258}), (LLAMA, {DECODE: 6257})),
    "step_faster_than_roofline": ((LLAMA, {TBT: 8.9}), (LLAMA, {TBT: 8.95})),
    "concurrency_above_limit": ((LLAMA, {DECODE: 2101}), (LLAMA, {DECODE: 2099})),
    "reported_memory_below_weights": (
        (LLAMA, {"results.memory_per_card_gb": 17}),
        (LLAMA, {"results.memory_per_card_gb": 17.5}),
    ),
    "power_above_tdp": (
        (LLAMA, {"results.power_per_card_w": 401}),
        (LLAMA, {"results.power_per_card_w": 400}),
    ),
    "peak_looks_sparse": (
        (LLAMA, {COMPUTE + "fp4_tflops": {"value": 2001}, COMPUTE + "fp8_tflops": {"value": 600}}),
        (LLAMA, {COMPUTE + "fp4_tflops": {"value": 2001}, COMPUTE + "fp8_tflops": {"value": 0}}),
    ),
    "moe_parameters_inconsistent": (
        (GEMMA, {SHAPE + "active_params_b": 3.2}),
        (GEMMA, {SHAPE + "active_params_b": 3.3}),
    ),
    "server_card_mismatch": (
        (LLAMA, {"resolved.server.card": "a100-pcie"}),
        (LLAMA, {"resolved.server.card_count": 4}),
    ),
    "prefill_above_plausible": ((LLAMA, {PREFILL: 12400}), (LLAMA, {PREFILL: 12300})),
    "evidence_tier_overstated": (
        (LLAMA, {"evidence": [evidence(1, attestation="Approximated.")]}),
        (LLAMA, {"evidence": [evidence(1, attestation="Independently re-run.")]}),
    ),
    "memory_bandwidth_utilization_mismatch": (
        (LLAMA, {"results.utilization.memory_bw_pct": 15.2}),
        (LLAMA, {"results.utilization.memory_bw_pct": 15.4}),
    ),
    "operator_decomposition_implausible": (
        (LLAMA, {SHAPE + "active_params_b": 10, SHAPE + "total_params_b": 10}),
        (LLAMA, {SHAPE + "active_params_b": 14, SHAPE + "total_params_b": 14}),
    ),
    "engine_not_listed_for_hardware": (
        (LLAMA, {SUPPORT + "engines": [{"id": "sglang"}]}),
        (LLAMA, {SUPPORT + "engines": [{"id": "sglang"}, {"id": "vllm", "status": "broken"}]}),
    ),
    "vendor_not_listed_for_engine": (
        (LLAMA, {"resolved.engine.supported_hardware_vendors": ["NVIDIA"]}),
        (LLAMA, {"resolved.engine.supported_hardware_vendors": ["amd", "nvidia"]}),
    ),
    "quantization_not_listed_for_hardware": (
        (LLAMA, {SUPPORT + "quantizations": ["fp16"]}),
        (LLAMA, {SUPPORT + "quantizations": ["bf16"]}),
    ),
    "concurrency_above_batch_size": ((LLAMA, {DECODE: 551}), (LLAMA, {DECODE: 549})),
    "disaggregated_cards_mismatch": (
        (DISAGG, {SPLIT: {"prefill_cards": 8, "decode_cards": 9}}),
        (DISAGG, {SPLIT: {"prefill_cards": 8, "decode_cards": 8}}),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_found_where_it_is_broken_and_only_there(
    edges: tuple[feeds.Feed, Published], rule: str
) -> None:
    items, said = edges
    broken, kept = (f"{verb}-{rule.replace('_', '-')}" for verb in ("breaks", "keeps"))
    assert all_differences([items[broken], items[kept]], said) == []
    assert rule in said.findings[broken]
    assert rule not in said.findings[kept]
    assert (rule, oracle.RULES[rule]) in said.severities


def test_the_margin_is_the_distance_to_the_limit_as_a_share_of_it(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows("select observed, limit_value, margin from quality.finding")
    for observed, limit, margin in rows:
        if observed is None or limit is None or limit == 0:
            assert margin is None
        else:
            assert margin == pytest.approx(abs(observed - limit) / abs(limit), rel=1e-9)


def test_every_rule_of_the_reference_is_tried_and_reported_with_its_severity(
    edges: tuple[feeds.Feed, Published],
) -> None:
    assert RULES.keys() == oracle.RULES.keys()
    assert edges[1].severities == set(oracle.RULES.items())


# --- random changes ---------------------------------------------------------------------------

FLOATS = [
    DECODE,
    PREFILL,
    TBT,
    *(LATENCY + name for name in ("ttft_p50", "ttft_p99", "tbt_p99")),
    "results.memory_per_card_gb",
    "results.power_per_card_w",
    *(
        f"resolved.hardware.{name}.value"
        for name in ("memory.capacity_gb", "memory.bandwidth_gbps", "power.tdp_w")
    ),
    *(f"{COMPUTE}{name}.value" for name in ALL_PEAKS),
    SHAPE + "total_params_b",
    SHAPE + "active_params_b",
    "resolved.server.rack_power_kw",
]
OPTIONAL_INTEGERS = [
    "stack.parallel.tp",
    "stack.parallel.pp",
    SPLIT + ".prefill_cards",
    SPLIT + ".decode_cards",
    SHAPE + "layers",
    SHAPE + "hidden_size",
    SHAPE + "num_attention_heads",
    SHAPE + "num_kv_heads",
    SHAPE + "head_dim",
    SHAPE + "vocab_size",
    SHAPE + "max_context_length",
    SHAPE + "moe.num_experts",
    SHAPE + "moe.top_k",
    "resolved.server.card_count",
]
REQUIRED_INTEGERS = [
    "stack.hardware.count",
    "scenario.prefill_seq_len",
    "scenario.decode_seq_len",
    "scenario.batch_size",
    "scenario.max_concurrent_requests",
]
DROPPABLE = [
    *FLOATS,
    *OPTIONAL_INTEGERS,
    *(f"{COMPUTE}{name}" for name in ALL_PEAKS),
    "results.latency_ms",
    "results.utilization",
    "results.utilization.compute_pct",
    "results.utilization.memory_bw_pct",
    "resolved.hardware.memory.bandwidth_gbps",
    "resolved.hardware.power.tdp_w",
    "stack.parallel",
    SPLIT,
    SHAPE + "moe",
    SHAPE + "attention_type",
    MODEL + "domain",
    MODEL + "workload_kind",
    MODEL + "operator_decomposition",
    SUPPORT + "engines",
    SUPPORT + "quantizations",
    "resolved.engine.supported_hardware_vendors",
    "resolved.server",
    "resolved.server.card",
    "evidence",
    "bottleneck",
    "reproduction",
    COMMAND,
]
CHOICES: dict[str, list[Any]] = {
    SHAPE + "attention_type": ["mha", "gqa", "mqa", "mla", "linear"],
    MODEL + "workload_kind": ["autoregressive-decode", "encoder-only"],
    MODEL + "operator_decomposition": [[]],
    QUANT + "family": ["fp", "fp4", "fp8", "int"],
    QUANT + "bits_per_weight": [2, 4, 4.5, 8.0, 16, 32],
    QUANT + "bits_per_activation": [4, 8.0, 8, 16.0, 16],
    "bottleneck": ["compute", "memory-bandwidth", "interconnect", "software", "mixed", "unknown"],
    "results.utilization.compute_pct": [0, 3.5, 100],
    "results.utilization.memory_bw_pct": [0, 12.5, 40, 99],
    "resolved.server.card": ["h100-sxm5"],
    NOTES: ["eagle", "RadixAttention", "--disable-radix-cache", "MTP, prefix_caching", "快"],
    "stack.parallel.disaggregated": [True, False],
    SPLIT: [{"prefill_cards": 4, "decode_cards": 4}, {"prefill_cards": 8.0, "decode_cards": 2}],
    "evidence": [[evidence(1)], [evidence(1, "official"), evidence(2, source="other")]],
    SUPPORT + "engines": [[], [{"id": "vllm"}]],
}

Mutation = tuple[str, str, Any]  # path; scale, round or put; the factor or value
FACTORS = st.sampled_from([0, 0.07, 0.5, 0.9, 1.0, 1.25, 2, 3.3, 20])
mutations: st.SearchStrategy[Mutation] = st.one_of(
    st.tuples(st.sampled_from(FLOATS), st.just("scale"), FACTORS),
    st.tuples(st.sampled_from(OPTIONAL_INTEGERS + REQUIRED_INTEGERS), st.just("round"), FACTORS),
    st.tuples(st.sampled_from(DROPPABLE), st.just("put"), st.sampled_from([ABSENT, None])),
    st.sampled_from([(p, "put", value) for p, values in CHOICES.items() for value in values]),
)
mutated_cases = st.tuples(
    st.sampled_from([item["id"] for item in feeds.shipped()["items"]]),
    st.lists(mutations, min_size=1, max_size=9),
)


def mutate(case_id: str, base: str, changes: list[Mutation]) -> feeds.Feed:
    item = feeds.case(base)
    for path, how, value in changes:
        now = oracle.at(item, path)
        if how == "put":
            change(item, {path: value})
        elif now is not None and how == "scale":
            change(item, {path: now * value})
        elif now is not None:
            whole = max(1, round(now * value))
            change(item, {path: float(whole) if isinstance(value, float) else whole})
    if oracle.at(item, "resolved.server") is None:
        item["stack"].pop("server", None)
    return rename(item, case_id)


@given(cases=st.lists(mutated_cases, min_size=30, max_size=30))
@settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # shrinking would build hundreds of warehouses
    verbosity=Verbosity.quiet,  # the assertion names the cases that differ
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
def test_cases_changed_at_random_follow_the_definitions(
    cases: list[tuple[str, list[Mutation]]],
) -> None:
    items = [mutate(f"random-{n}", base, changes) for n, (base, changes) in enumerate(cases)]
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse_of(Path(folder), feeds.feed(*items)) as db,
    ):
        said = published(db)
    assert said.rejects == []
    unlike = [
        (found, base, changes)
        for item, (base, changes) in zip(items, cases, strict=True)
        if (found := differences(item, said))
    ]
    assert unlike == []
