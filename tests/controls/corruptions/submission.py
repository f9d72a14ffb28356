"""Mistakes about the scenario, and claims that are copied, mislabelled or overstated."""

from __future__ import annotations

import copy

from tests.controls.corruptions.mistake import (
    BATCH,
    CAPACITY,
    CONTEXT,
    DECODE,
    LIMIT,
    MEMORY,
    OUTPUT,
    PREFILL,
    PROMPT,
    STEP_TOO_SHORT,
    TOO_FAST,
    TOO_MUCH_PREFILL,
    TWINS,
    corruption,
    latencies,
    scale,
    serving_cards,
    swap,
    weights_gb,
)
from tests.controls.honest import Item, clean
from tests.reference.case import Case, at
from tests.reference.items import changed


@corruption(
    "batch size for concurrency", "concurrency_above_limit", "requests_in_flight_above_limit"
)
def batch_for_concurrency(item: Item) -> Item | None:
    """The batch of one of 8 data-parallel replicas stands as the limit of all."""
    batch = max(1, at(item, BATCH) // 8)
    return changed(item, {BATCH: batch, LIMIT: batch}) if at(item, BATCH) >= 8 else None


@corruption(
    "lengths swapped",
    "prompts_not_ingested",
    "latency_identity_broken",
    "requests_in_flight_above_limit",
    "requests_in_flight_below_batch",
)
def lengths_swapped(item: Item) -> Item | None:
    return swap(item, PROMPT, OUTPUT) if at(item, PROMPT) != at(item, OUTPUT) else None


@corruption("prompt longer than the model takes", "context_exceeds_model")
def prompt_too_long(item: Item) -> Item:
    return changed(item, {PROMPT: 2 * at(item, CONTEXT)})


@corruption("more sequences than memory holds", "sequences_exceed_memory")
def more_sequences_than_fit(item: Item) -> Item | None:
    """Ten times as many as there is room for, each as slow as that takes."""
    cards = serving_cards(item)
    used_by_cache = at(item, MEMORY) * cards - weights_gb(item)
    room = at(item, CAPACITY) * cards - weights_gb(item)
    factor = round(10 * max(1, room / used_by_cache))
    slower = scale(item, factor, latencies(item))
    return scale(slower, factor, [BATCH, LIMIT])


def _another(item: Item, kind: str) -> Item:
    """Another control with the next model or card."""
    controls = clean()
    ids = [control["stack"][kind]["id"] for control in controls]
    others = [index for index, other in enumerate(ids) if other != item["stack"][kind]["id"]]
    position = int(item["id"].split("-")[1])
    return controls[min(others, key=lambda index: (index <= position, index))]


def _copied_under(item: Item, kind: str) -> list[Item]:
    other, duplicate = _another(item, kind), copy.deepcopy(item)
    duplicate["id"] += "-copy"
    duplicate["stack"][kind]["id"] = other["stack"][kind]["id"]
    duplicate["resolved"][kind] = copy.deepcopy(other["resolved"][kind])
    duplicate["stack"].pop("server", None)
    duplicate["resolved"].pop("server", None)
    name, its = (at(each, f"resolved.{kind}.name") for each in (item, other))
    duplicate["title"] = item["title"].replace(name, its)
    return [item, duplicate]


@corruption("copied results under another model", *TWINS)
def copied_under_another_model(item: Item) -> list[Item]:
    return _copied_under(item, "model")


@corruption("copied results under another card", *TWINS)
def copied_under_another_card(item: Item) -> list[Item]:
    return _copied_under(item, "hardware")


@corruption("the same run under three ids", *TWINS)
def three_ids(item: Item) -> list[Item]:
    return [{**copy.deepcopy(item), "id": item["id"] + letter} for letter in ("-a", "-b", "-c")]


@corruption("title of another model", "title_does_not_name_model")
def title_of_another_model(item: Item) -> Item:
    name, other = (at(each, "resolved.model.name") for each in (item, _another(item, "model")))
    return {**item, "title": item["title"].replace(name, other)}


@corruption("title of another card", "title_does_not_name_hardware")
def title_of_another_card(item: Item) -> Item:
    other = _another(item, "hardware")
    name, its = (at(each, "resolved.hardware.name") for each in (item, other))
    return {**item, "title": item["title"].replace(name, its)}


@corruption("a press release called measured", "evidence_tier_overstated")
def press_release(item: Item) -> Item:
    return {**item, "evidence": [{**item["evidence"][0], "source_type": "vendor-press-release"}]}


@corruption("numbers of others called measured", "evidence_tier_overstated")
def not_re_run(item: Item) -> Item:
    said = "Numbers from a public thread; not independently re-run."
    return {**item, "evidence": [{**item["evidence"][0], "contributor_attestation": said}]}


@corruption("p99 of ten requests", "percentile_of_few_requests")
def few_requests(item: Item) -> Item:
    return changed(item, {"results.requests": {"completed": 10, "failed": 0}})


@corruption("a run half of which failed", "requests_failed")
def half_failed(item: Item) -> Item:
    return changed(item, {"results.requests": {"completed": 500, "failed": 500}})


@corruption("cached prompts counted, caching denied", *TOO_MUCH_PREFILL)
def cached_prompts(item: Item) -> Item | None:
    return None if Case(item).caches else scale(item, 10, [PREFILL])


@corruption("speculation not mentioned", *TOO_FAST, *STEP_TOO_SHORT)
def speculation_unsaid(item: Item) -> Item | None:
    """Three tokens of every step, and nobody says so."""
    if Case(item).speculates:
        return None
    faster = scale(item, 1 / 3, latencies(item, "tbt", "e2e"))
    return scale(faster, 3, [DECODE])
