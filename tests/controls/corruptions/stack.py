"""Mistakes about what was run: cards, model and quantization."""

from __future__ import annotations

import copy

from tests.controls.corruptions.mistake import (
    ACTIVE,
    BANDWIDTH,
    CAPACITY,
    COMPUTE,
    COUNT,
    STEP_TOO_SHORT,
    TOO_BIG,
    TOO_FAST,
    TOO_MUCH_PREFILL,
    TOTAL,
    TTFT_TOO_SHORT,
    corruption,
    scale,
    serving_cards,
    swap,
)
from tests.controls.honest import Item
from tests.controls.stacks import QUANTIZATIONS
from tests.reference.case import at
from tests.reference.items import changed


@corruption(
    "gigabits entered as gigabytes (bandwidth × 8)", "memory_bandwidth_utilization_mismatch"
)
def bandwidth_times_8(item: Item) -> Item:
    return scale(item, 8, [BANDWIDTH])


@corruption(
    "gigabytes taken for gigabits (bandwidth ÷ 8)",
    *TOO_FAST,
    *STEP_TOO_SHORT,
    "memory_bandwidth_utilization_mismatch",
)
def bandwidth_over_8(item: Item) -> Item:
    return scale(item, 1 / 8, [BANDWIDTH])


@corruption("sparse peak for dense", "peak_looks_sparse")
def sparse_peak(item: Item) -> Item:
    return scale(item, 2, [f"{COMPUTE}.{name}.value" for name in ("fp8_tflops", "int8_tops")])


@corruption("every peak sparse")
def every_peak_sparse(item: Item) -> Item:
    names = ("fp4_tflops", "fp8_tflops", "int8_tops", "bf16_tflops", "fp16_tflops")
    return scale(item, 2, [f"{COMPUTE}.{name}.value" for name in names])


@corruption("40 GB for 80 GB", *TOO_BIG, "memory_above_capacity")
def half_the_memory(item: Item) -> Item:
    return scale(item, 1 / 2, [CAPACITY])


@corruption("8 cards for 1")
def cards_times_8(item: Item) -> Item | None:
    """One card was used of a machine of 8."""
    return changed(item, {COUNT: 8}) if at(item, COUNT) == 1 else None


@corruption("1 card for 8", *TOO_FAST, *STEP_TOO_SHORT, *TOO_BIG, "parallelism_above_cards")
def one_card(item: Item) -> Item | None:
    return changed(item, {COUNT: 1}) if at(item, COUNT) == 8 else None


@corruption("cards = tp × ep")
def cards_by_tp_and_ep(item: Item) -> Item | None:
    tp, ep = (at(item, f"stack.parallel.{name}") for name in ("tp", "ep"))
    return changed(item, {COUNT: tp * ep}) if ep > 1 and serving_cards(item) <= 8 else None


@corruption(
    "total for active parameters",
    *TOO_FAST,
    *STEP_TOO_SHORT,
    *TOO_MUCH_PREFILL,
    *TTFT_TOO_SHORT,
    "operator_decomposition_implausible",
)
def total_for_active(item: Item) -> Item | None:
    total = at(item, TOTAL)
    return changed(item, {ACTIVE: total}) if at(item, ACTIVE) < total else None


@corruption("total and active parameters swapped", "model_parameters_impossible")
def parameters_swapped(item: Item) -> Item | None:
    return swap(item, TOTAL, ACTIVE) if at(item, ACTIVE) < at(item, TOTAL) else None


@corruption("active for total parameters")
def active_for_total(item: Item) -> Item | None:
    active = at(item, ACTIVE)
    return changed(item, {TOTAL: active}) if active < at(item, TOTAL) else None


@corruption("4-bit weights under a 16-bit label", *TOO_FAST, *STEP_TOO_SHORT, *TOO_BIG)
def wrong_label(item: Item) -> Item | None:
    if at(item, "resolved.quantization.bits_per_weight") != 4:
        return None
    bf16 = copy.deepcopy(QUANTIZATIONS["bf16"])
    return changed(item, {"stack.quantization": "bf16", "resolved.quantization": bf16})
