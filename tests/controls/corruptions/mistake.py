"""A mistake as a function of a feed item, and the places of the numbers that it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.controls.honest import Item
from tests.reference.case import at
from tests.reference.items import changed, own_ids

Apply = Callable[[Item], "list[Item]"]

DECODE = "results.throughput_tokens_per_sec.decode"
PREFILL = "results.throughput_tokens_per_sec.prefill"
LATENCY = "results.latency_ms"
POWER = "results.power_per_card_w"
MEMORY = "results.memory_per_card_gb"
COUNT = "stack.hardware.count"
PROMPT, OUTPUT = "scenario.prefill_seq_len", "scenario.decode_seq_len"
BATCH, LIMIT = "scenario.batch_size", "scenario.max_concurrent_requests"
COMPUTE = "resolved.hardware.compute"
BANDWIDTH = "resolved.hardware.memory.bandwidth_gbps.value"
CAPACITY = "resolved.hardware.memory.capacity_gb.value"
TDP = "resolved.hardware.power.tdp_w.value"
TOTAL = "resolved.model.architecture.total_params_b"
ACTIVE = "resolved.model.architecture.active_params_b"
CONTEXT = "resolved.model.architecture.max_context_length"


@dataclass(frozen=True)
class Corruption:
    """A mistake, the rules that are about it, and how it is made.

    `apply` returns the items that the mistake leaves behind, with ids of their own, or none
    where the run has nothing to corrupt. It does not change what it is given. No `rules` means
    that the numbers of one claim cannot tell.
    """

    name: str
    rules: frozenset[str]
    apply: Apply


CORRUPTIONS: list[Corruption] = []


def corrupted(corruption: Corruption, control: Item) -> list[Item]:
    """The items that a mistake leaves of a control, fit to stand with it in one feed.

    Entities that the mistake changed get ids of their own. Times and rates are stretched by
    less than a thousandth, as in a second run, so that only results that the mistake copied
    are equal to others.
    """
    number = CORRUPTIONS.index(corruption)
    rerun = _stretched(control, 1 + (number + 1) * 1e-5)
    rerun["id"] = f"{control['id']}-{number:02d}"
    return [own_ids(item, item["id"], control) for item in corruption.apply(rerun)]


def _stretched(item: Item, factor: float) -> Item:
    stretched = scale(item, factor, latencies(item))
    return scale(stretched, 1 / factor, [DECODE, PREFILL])


def latencies(item: Item, *kinds: str) -> list[str]:
    """Paths of the latencies that an item reports, of all kinds or of some."""
    return [
        f"{LATENCY}.{name}"
        for name in item["results"]["latency_ms"]
        if not kinds or name.split("_")[0] in kinds
    ]


def scale(item: Item, factor: float, paths: Iterable[str]) -> Item:
    """A copy with the numbers at these paths times a factor, where there are any."""
    given = {path: at(item, path) for path in paths}
    return changed(item, {path: n * factor for path, n in given.items() if n is not None})


def swap(item: Item, one: str, other: str) -> Item:
    return changed(item, {one: at(item, other), other: at(item, one)})


def serving_cards(item: Item) -> int:
    split: Item = at(item, "stack.parallel.disaggregated_split") or {}
    cards: int = split.get("decode_cards") or at(item, COUNT)
    return cards


def weights_gb(item: Item) -> float:
    gb: float = at(item, TOTAL) * at(item, "resolved.quantization.bits_per_weight") / 8
    return gb


def corruption(name: str, *rules: str) -> Callable[[Callable[[Item], Any]], Apply]:
    """Enter a function from an item to an item, to several, or to None."""

    def enter(apply: Callable[[Item], Any]) -> Apply:
        def as_list(item: Item) -> list[Item]:
            result = apply(item)
            if result is None:
                return []
            return result if isinstance(result, list) else [result]

        CORRUPTIONS.append(Corruption(name, frozenset(rules), as_list))
        return as_list

    return enter


TOO_FAST = (
    "concurrency_above_limit",
    "decode_above_expected_roofline",
    "decode_above_hard_roofline",
    "requests_in_flight_above_limit",
    "serving_above_roofline",
    "step_faster_than_roofline",
)
TOO_MUCH_PREFILL = (
    "prefill_above_peak",
    "prefill_above_peak_unless_cached",
    "prefill_above_plausible",
)
STEP_TOO_SHORT = ("step_below_weight_read", "step_faster_than_roofline")
TTFT_TOO_SHORT = (
    "ttft_below_weight_read",
    "ttft_below_prefill_floor",
    "ttft_below_prefill_floor_likely",
)
TOO_BIG = (
    "weights_exceed_memory",
    "sequences_exceed_memory",
    "reported_memory_below_weights",
)
TWINS = ("results_identical_elsewhere", "results_repeated")
