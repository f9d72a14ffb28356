"""Feed items at random: a run that is known, and up to a dozen things about it changed.

What is drawn covers every key that the definitions read: values that are absent, null, 0, at a
threshold or absurd; every kind of attention, quantization and workload; cards in two pools;
words about speculation and caching; both scopes; lists that are absent, empty or long; and
results that another case of the feed reports as well. No value is negative, since the feed's
contract takes none.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests import controls, feeds
from tests.reference.case import Item, at
from tests.reference.edges import edges
from tests.reference.items import (
    ABSENT,
    BANDWIDTH,
    BATCH,
    CAPACITY,
    COMMAND,
    COMPUTE,
    DECODE,
    HARDWARE,
    HONEST,
    LATENCY,
    LIMIT,
    LLAMA,
    MEMORY,
    MODEL,
    NOTES,
    OPERATORS,
    PARALLEL,
    POWER,
    PREFILL,
    QUANT,
    SCOPE,
    SHAPE,
    SPLIT,
    SUPPORT,
    TDP,
    changed,
    evidence,
    own_ids,
)
from tests.reference.phrases import PHRASES, Phrase

PROMPT, OUTPUT = "scenario.prefill_seq_len", "scenario.decode_seq_len"

#: Numbers that may be absent or null, and a value that each may have.
NUMBERS: dict[str, float] = {
    DECODE: 1500,
    PREFILL: 9000,
    **{f"{LATENCY}ttft_{of}": 220 for of in ("mean", "p50", "p99")},
    **{f"{LATENCY}tbt_{of}": 32 for of in ("mean", "p50", "p99")},
    **{f"{LATENCY}e2e_{of}": 16000 for of in ("mean", "p50", "p99")},
    **{f"{LATENCY}itl_{of}": 30 for of in ("p50", "p99")},
    MEMORY: 60,
    POWER: 360,
    "results.system_power_w": 4000,
    CAPACITY: 80,
    BANDWIDTH: 2039,
    TDP: 400,
    **{f"{COMPUTE}{name}_tflops.value": 600 for name in ("fp4", "fp8", "bf16", "fp16")},
    f"{COMPUTE}int8_tops.value": 600,
    f"{SHAPE}total_params_b": 100,
    f"{SHAPE}active_params_b": 20,
    "resolved.server.rack_power_kw": 6.5,
}
#: The same of whole numbers.
INTEGERS: dict[str, int] = {
    **{PARALLEL + name: 4 for name in ("tp", "pp", "ep")},
    f"{SPLIT}.prefill_cards": 4,
    f"{SPLIT}.decode_cards": 4,
    f"{SHAPE}layers": 80,
    f"{SHAPE}hidden_size": 8192,
    f"{SHAPE}num_attention_heads": 64,
    f"{SHAPE}num_kv_heads": 8,
    f"{SHAPE}head_dim": 128,
    f"{SHAPE}vocab_size": 128256,
    f"{SHAPE}max_context_length": 1536,
    f"{SHAPE}sliding_window": 1024,
    f"{SHAPE}full_attention_layers": 20,
    f"{SHAPE}moe.num_experts": 16,
    f"{SHAPE}moe.top_k": 2,
    "resolved.server.card_count": 8,
    f"{HARDWARE}scale_up.world_size": 8,
    "results.requests.completed": 100,
    "results.requests.failed": 5,
}
#: Whole numbers that version 1 of the contract requires, and of which version 2 does not.
SCENARIO: dict[str, int] = {PROMPT: 1024, OUTPUT: 512, BATCH: 48, LIMIT: 64}

#: Objects whose absence leaves many values out at once.
DROPPABLE = [
    *("results.latency_ms", "results.utilization", "results.requests", "stack.parallel", SPLIT),
    *(f"{HARDWARE}memory.bandwidth_gbps", f"{HARDWARE}power.tdp_w", f"{SHAPE}moe"),
    *(f"{COMPUTE}{name}" for name in ("fp8_tflops", "bf16_tflops", "fp16_tflops", "int8_tops")),
    *("resolved.server", "reproduction", "evidence", "bottleneck", OPERATORS),
    *(f"{SUPPORT}engines", f"{SUPPORT}quantizations", "resolved.engine.supported_hardware_vendors"),
]

FLOPS, BYTES = "flops_per_token", "bytes_per_token"
OPERATOR_LISTS: list[Any] = [
    [],
    [{"operator": "matmul", FLOPS: 0, BYTES: 0}],
    [{"operator": "matmul", FLOPS: 1e11, BYTES: 1e11}, {"operator": "rope", FLOPS: 1e9}],
    [{"operator": "matmul", FLOPS: 1e9, BYTES: 2e11}, {"operator": "rope", FLOPS: 1, BYTES: 1}],
    [{"operator": "matmul", FLOPS: 1e12, BYTES: None}],
]
EVIDENCE_LISTS: list[Any] = [
    [],
    [evidence()],
    [evidence(source="own-run")],
    [evidence(1, "estimated", "other"), evidence(2, "official", "vendor-whitepaper")],
    [evidence(1, "official"), evidence(2, source="conference-talk")],
    [evidence(attestation="Numbers approximate; Not independently re-run.")],
]
#: Values to choose from, by path.
CHOICES: dict[str, list[Any]] = {
    SCOPE: ["wall", "phase", "Wall", "", None, ABSENT],
    f"{SHAPE}attention_type": ["mha", "gqa", "mqa", "mla", "csa+hca", "hybrid", None, ABSENT],
    f"{MODEL}workload_kind": ["autoregressive-decode", "encoder-only", "streaming", None, ABSENT],
    f"{MODEL}domain": ["image", None, ABSENT],
    OPERATORS: OPERATOR_LISTS,
    f"{QUANT}family": ["fp", "fp4", "fp8", "int"],
    f"{QUANT}bits_per_weight": [0, 2, 4, 4.5, 8, 16.0, 32],
    f"{QUANT}bits_per_activation": [0, 4, 8.0, 16],
    "stack.kv_cache_bits": [0, 4, 8, 16, None],
    f"{PARALLEL}disaggregated": [True, False, None, ABSENT],
    "stack.speculative": [
        {"enabled": True, "method": "eagle3", "acceptance_length": 2.4},
        {"enabled": False},
        {"method": "mtp"},
        None,
    ],
    "stack.prefix_caching": [
        {"enabled": True, "hit_rate": 0.75},
        {"enabled": True},
        {"enabled": False},
        {"enabled": False, "hit_rate": 0.5},
        {"hit_rate": 0},
        {"hit_rate": 1},
        None,
    ],
    "bottleneck": [
        *("compute", "memory-bandwidth", "software", "interconnect", "mixed", "unknown"),
        "thermal",
    ],
    "results.utilization.compute_pct": [0, 3.5, 100, None],
    "results.utilization.memory_bw_pct": [0, 12.5, 40, 99, None],
    "resolved.server.card": ["h100-sxm5", "a100-sxm4", None],
    POWER: [400, 700, 750, 1400, 1],
    "results.requests": [
        {"completed": 100, "failed": 0},
        {"completed": 99, "failed": 30},
        {"completed": 0, "failed": 0},
        {"failed": 3},
        {"completed": 1000},
    ],
    "results": [{}, {"throughput_tokens_per_sec": {"decode": 0}, "latency_ms": None}],
    "evidence": EVIDENCE_LISTS,
    f"{SUPPORT}engines": [[], [{"id": "vllm"}], [{"id": "sglang"}, {"id": "vllm"}]],
    f"{SUPPORT}quantizations": [[], ["bf16"], ["fp8-e4m3", "int8"]],
    "resolved.engine.supported_hardware_vendors": [[], ["amd"], ["nvidia", "amd"]],
    f"{HARDWARE}aliases": [[], ["H 100+", "昇腾"], None],
    "title": [
        *("", "Llama 3.3 70B on 8× A100", "DeepSeek R1, H100", "测试 昇腾910B", "80GB"),
        *("MI300X+", "deepseek-r1", "K100 上的 llama-3.3-70b", "…"),
    ],
}
#: Changes that only what a tool's file says can have: no title, and lengths that are means.
LOOSE_CHOICES: dict[str, list[Any]] = {
    "title": [None, ABSENT],
    f"{QUANT}bits_per_activation": [None, ABSENT],
    **{path: [None, ABSENT, 0, 1, 700.25] for path in (PROMPT, OUTPUT)},
    **{path: [None, ABSENT, 0, 1] for path in (BATCH, LIMIT)},
}

FACTORS = [0, 0.001, 0.07, 0.2, 0.5, 0.9, 1, 1.05, 1.25, 1.4, 2, 3.3, 8, 20, 1000]
Change = Callable[[Item], Item]


def _bases() -> list[Item]:
    shipped = feeds.shipped()["items"]
    return [*controls.clean(), *shipped, changed(feeds.case(LLAMA), HONEST)]


BASES = _bases()
#: Honest runs just beyond the limit of a rule, or just at it.
AT_EDGES = [item for _, breaking, keeping in edges() for item in (breaking, keeping)]


def _is_strict(item: Item) -> bool:
    """No value is missing that version 1 of the contract requires."""
    return all(at(item, path) is not None for path in LOOSE_CHOICES)


def _scaled(path: str, usual: float, factor: float, *, whole: bool) -> Change:
    def apply(item: Item) -> Item:
        now = at(item, path)
        value = (usual if now is None else now) * factor
        return changed(item, {path: round(value) if whole else value})

    return apply


def _put(path: str, value: Any) -> Change:
    return lambda item: changed(item, {path: value})


def _taken_over(kind: str, other: Item) -> Change:
    """The model, card, engine or quantization of another run."""
    named = "stack.quantization" if kind == "quantization" else f"stack.{kind}.id"
    entity = other["resolved"][kind]
    return lambda item: changed(item, {f"resolved.{kind}": entity, named: entity["id"]})


def _said(phrase: Phrase) -> Change:
    return lambda item: changed(item, {COMMAND: phrase.command, NOTES: phrase.notes})


def _chosen(choices: dict[str, list[Any]]) -> list[Change]:
    return [_put(path, value) for path, values in choices.items() for value in values]


#: Changes by kind; a kind is drawn first, so that each is as frequent as any other.
STRICT: list[list[Change]] = [
    [_scaled(path, usual, f, whole=False) for path, usual in NUMBERS.items() for f in FACTORS],
    [_scaled(path, usual, f, whole=True) for path, usual in INTEGERS.items() for f in FACTORS],
    [_put(path, value) for path in (*NUMBERS, *INTEGERS) for value in (0, None, ABSENT)],
    [_put(path, value) for path in DROPPABLE for value in (None, ABSENT)],
    [_put(path, n) for path in SCENARIO for n in (1, 3, 17, 96, 512, 1025, 4000, 40_000)],
    [_put("stack.hardware.count", count) for count in (1, 2, 3, 8, 16, 72, 384)],
    _chosen(CHOICES),
    _chosen(CHOICES),
    [_said(phrase) for phrase in PHRASES],
    [
        _taken_over(kind, other)
        for kind in ("model", "hardware", "engine", "quantization")
        for other in BASES
    ],
]
LOOSE = [*STRICT, _chosen(LOOSE_CHOICES)]

#: Random choices come from a seed, since hypothesis by itself returns to few of so many.
seeds = st.integers(0, 2**64 - 1)
counts = st.integers(0, 10)


def _made(seed: int, count: int, item_id: str, *, loose: bool) -> Item:
    """A run with so many changes; with fewer, the first of the same ones."""
    choose = random.Random(seed)
    edges_of = AT_EDGES if loose else [item for item in AT_EDGES if _is_strict(item)]
    base = choose.choice(choose.choice([BASES, edges_of]))
    item = base
    for _ in range(count):
        item = choose.choice(choose.choice(LOOSE if loose else STRICT))(item)
    if at(item, "resolved.server") is None:
        item = changed(item, {"stack.server": ABSENT})
    return own_ids(item, item_id, base)


def items(*, loose: bool = True) -> st.SearchStrategy[Item]:
    """One item with ids of its own. `loose` adds what version 1 of the contract refuses."""
    return st.builds(lambda seed, count: _made(seed, count, "random", loose=loose), seeds, counts)


@st.composite
def feed_items(
    draw: st.DrawFn, *, loose: bool = True, min_size: int = 1, max_size: int = 12
) -> list[Item]:
    """Items of one feed; some report what another reports, or are another under a new id."""
    runs = draw(st.lists(st.tuples(seeds, counts), min_size=min_size, max_size=max_size))
    found = [
        _made(seed, count, f"random-{number}", loose=loose)
        for number, (seed, count) in enumerate(runs)
    ]
    places = st.integers(0, len(found) - 1)
    for number, (source, target) in enumerate(
        draw(st.lists(st.tuples(places, places), max_size=2))
    ):
        if source == target:
            found.append({**copy.deepcopy(found[source]), "id": f"copy-{number}"})
        else:
            found[target]["results"] = copy.deepcopy(found[source]["results"])
    return _one_definition_each(found)


def _one_definition_each(found: list[Item]) -> list[Item]:
    """The same items, where two that define an entity otherwise get an id of their own for it."""
    seen: dict[tuple[str, str], str] = {}
    result = []
    for item in found:
        original = copy.deepcopy(item)
        for kind, entity in item["resolved"].items():
            if entity:
                written = json.dumps(entity, sort_keys=True)
                if seen.setdefault((kind, entity["id"]), written) != written:
                    original["resolved"][kind] = None
        result.append(own_ids(item, item["id"], original))
    return result
