"""Feed items for tests: changed copies, and one honest run that every rule keeps silent about."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests import feeds
from tests.reference.case import Item, at

ABSENT = "<absent>"
Changes = Mapping[str, Any]

LLAMA = "case-llama33-a100x8-vllm-001"  # dense, gqa, 16 bits
GEMMA = "case-gemma4-h100x4-fp8-001"  # mixture of experts, gqa, fp8
DSR1 = "case-dsr1-asc910bx16-mindie-001"  # mixture of experts, mla
DISAGG = "case-dsv4flash-disagg-h100-h200-001"  # disaggregated, attention of a kind of its own

DECODE = "results.throughput_tokens_per_sec.decode"
PREFILL = "results.throughput_tokens_per_sec.prefill"
SCOPE = "results.throughput_tokens_per_sec.scope"
LATENCY = "results.latency_ms."
POWER = "results.power_per_card_w"
MEMORY = "results.memory_per_card_gb"
SCENARIO = "scenario."
BATCH = "scenario.batch_size"
LIMIT = "scenario.max_concurrent_requests"
COMMAND = "reproduction.startup_command"
NOTES = "reproduction.notes_md"
PARALLEL = "stack.parallel."
SPLIT = "stack.parallel.disaggregated_split"
HARDWARE = "resolved.hardware."
COMPUTE = "resolved.hardware.compute."
CAPACITY = "resolved.hardware.memory.capacity_gb.value"
BANDWIDTH = "resolved.hardware.memory.bandwidth_gbps.value"
TDP = "resolved.hardware.power.tdp_w.value"
SUPPORT = "resolved.hardware.software_support."
MODEL = "resolved.model."
SHAPE = "resolved.model.architecture."
QUANT = "resolved.quantization."
OPERATORS = "resolved.model.operator_decomposition"

NOT_CACHED: Changes = {COMMAND: "vllm serve m --no-enable-prefix-caching"}
CACHED: Changes = {COMMAND: "vllm serve m --enable-prefix-caching"}
SPECULATES: Changes = {NOTES: "with MTP"}
WALL: Changes = {SCOPE: "wall"}


def changed(item: Item, changes: Changes) -> Item:
    """A copy with values set, or with ABSENT removed, at `a.b.c`; parents are made as needed."""
    result = copy.deepcopy(item)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = result
        for parent in parents:
            if not isinstance(place.get(parent), dict):
                if value is ABSENT:
                    break
                place[parent] = {}
            place = place[parent]
        else:
            if value is ABSENT:
                place.pop(last, None)
            else:
                place[last] = copy.deepcopy(value)
    return result


def own_ids(item: Item, case_id: str, original: Item) -> Item:
    """A copy under another id, and a new id for every entity that differs from the original's.

    In one feed an id has one definition. References follow, so that no rule changes its mind.
    """
    result = copy.deepcopy(item)
    stack, resolved = result["stack"], result["resolved"]
    result["id"] = case_id

    def differs(kind: str) -> bool:
        return bool(resolved.get(kind)) and resolved[kind] != original["resolved"].get(kind)

    support = at(resolved, "hardware.software_support") or {}
    if differs("engine"):
        old, new = stack["engine"]["id"], f"engine-{case_id}"
        resolved["engine"]["id"] = stack["engine"]["id"] = new
        for engine in support.get("engines") or []:
            engine["id"] = new if engine["id"] == old else engine["id"]
    if differs("quantization"):
        old, new = stack["quantization"], f"quant-{case_id}"
        resolved["quantization"]["id"] = stack["quantization"] = new
        if support.get("quantizations"):
            support["quantizations"] = [new if q == old else q for q in support["quantizations"]]
    if differs("hardware"):
        old, new = stack["hardware"]["id"], f"hardware-{case_id}"
        resolved["hardware"]["id"] = stack["hardware"]["id"] = new
        if at(resolved, "server.card") == old:
            resolved["server"]["card"] = new
    if differs("server"):
        resolved["server"]["id"] = f"server-{case_id}"
        stack["server"] = {"id": resolved["server"]["id"]}
    if differs("model"):
        resolved["model"]["id"] = stack["model"]["id"] = f"model-{case_id}"
    return result


def variant(case_id: str, base: str, changes: Changes) -> Item:
    """A changed copy of a shipped case."""
    original = feeds.case(base)
    return own_ids(changed(original, changes), case_id, original)


def evidence(
    number: int = 1,
    tier: str = "measured",
    source: str | None = "mlperf-submission",
    attestation: str | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": f"ev-{number}",
        "tier": tier,
        "url": "https://example.org/run",
        "accessed": "2026-04-28",
        "citation": "a run",
    }
    if source is not None:
        found["source_type"] = source
    if attestation is not None:
        found["contributor_attestation"] = attestation
    return found


#: What makes the shipped Llama case an honest run of 48 sequences, which breaks no rule.
HONEST: Changes = {
    DECODE: 1500,
    PREFILL: 9000,
    BATCH: 48,
    "results.utilization": {"compute_pct": 9, "memory_bw_pct": 31},
    "evidence": [evidence()],
}
