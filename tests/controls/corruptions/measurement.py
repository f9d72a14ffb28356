"""Mistakes in what was measured: throughput, latency and power."""

from __future__ import annotations

from tests.controls.corruptions.mistake import (
    BATCH,
    COUNT,
    DECODE,
    LATENCY,
    OUTPUT,
    POWER,
    PREFILL,
    STEP_TOO_SHORT,
    TDP,
    TOO_FAST,
    TOO_MUCH_PREFILL,
    TTFT_TOO_SHORT,
    corruption,
    latencies,
    scale,
    serving_cards,
    swap,
)
from tests.controls.honest import Item
from tests.reference.case import at
from tests.reference.items import changed


@corruption("throughput × 8", *TOO_FAST, *TOO_MUCH_PREFILL)
def throughput_times_8(item: Item) -> Item:
    return scale(item, 8, [DECODE, PREFILL])


@corruption("per-card throughput as total", "requests_in_flight_below_batch")
def per_card_as_total(item: Item) -> Item | None:
    cards = serving_cards(item)
    return scale(item, 1 / cards, [DECODE, PREFILL]) if cards > 1 else None


@corruption("throughput of one user as total", "requests_in_flight_below_batch")
def per_user_as_total(item: Item) -> Item:
    return scale(item, 1 / at(item, BATCH), [DECODE])


@corruption("requests per second as tokens per second", "requests_in_flight_below_batch")
def requests_as_tokens(item: Item) -> Item:
    return scale(item, 1 / at(item, OUTPUT), [DECODE])


@corruption("input plus output as output", *TOO_FAST)
def input_plus_output(item: Item) -> Item | None:
    if at(item, "results.throughput_tokens_per_sec.scope") != "wall":
        return None
    return changed(item, {DECODE: at(item, DECODE) + at(item, PREFILL)})


@corruption("prefill and decode swapped", *TOO_FAST, "prompts_not_ingested")
def prefill_and_decode_swapped(item: Item) -> Item:
    return swap(item, DECODE, PREFILL)


@corruption("every result 0, a run that failed", "no_result")
def failed_run(item: Item) -> Item:
    return scale(item, 0, [DECODE, PREFILL, *latencies(item)])


@corruption("TTFT in seconds", *TTFT_TOO_SHORT, "latency_identity_broken")
def ttft_in_seconds(item: Item) -> Item:
    return scale(item, 1e-3, latencies(item, "ttft"))


@corruption("TTFT in microseconds", "requests_in_flight_above_limit", "latency_identity_broken")
def ttft_in_microseconds(item: Item) -> Item:
    return scale(item, 1e3, latencies(item, "ttft"))


@corruption("TPOT in seconds", *STEP_TOO_SHORT, "latency_identity_broken")
def tpot_in_seconds(item: Item) -> Item:
    return scale(item, 1e-3, latencies(item, "tbt"))


@corruption(
    "TPOT in microseconds",
    "concurrency_above_limit",
    "requests_in_flight_above_limit",
    "latency_identity_broken",
    "sequences_exceed_memory",
)
def tpot_in_microseconds(item: Item) -> Item:
    return scale(item, 1e3, latencies(item, "tbt"))


@corruption(
    "all latencies in seconds", *STEP_TOO_SHORT, *TTFT_TOO_SHORT, "requests_in_flight_below_batch"
)
def latencies_in_seconds(item: Item) -> Item:
    return scale(item, 1e-3, latencies(item))


@corruption("swapped percentiles", "percentiles_out_of_order")
def swapped_percentiles(item: Item) -> Item:
    return swap(item, f"{LATENCY}.tbt_p50", f"{LATENCY}.tbt_p99")


@corruption("TPOT over the whole request, first token included", "latency_identity_broken")
def tpot_with_ttft(item: Item) -> Item | None:
    """Time of the request over its tokens, as some tools call it."""
    ttft, tbt = (at(item, f"{LATENCY}.{name}_p50") for name in ("ttft", "tbt"))
    factor = (ttft + (at(item, OUTPUT) - 1) * tbt) / at(item, OUTPUT) / tbt
    return scale(item, factor, latencies(item, "tbt")) if factor > 1.05 else None


@corruption("whole request as TTFT", "requests_in_flight_above_limit", "latency_identity_broken")
def request_as_ttft(item: Item) -> Item:
    tbt = at(item, f"{LATENCY}.tbt_p50")
    ttft = at(item, f"{LATENCY}.ttft_p50")
    factor = (ttft + (at(item, OUTPUT) - 1) * tbt) / ttft
    return scale(item, factor, latencies(item, "ttft"))


@corruption("watts × 10", "power_above_tdp")
def watts_times_10(item: Item) -> Item:
    return scale(item, 10, [POWER])


@corruption("watts ÷ 10", "power_implausibly_low")
def watts_over_10(item: Item) -> Item:
    return scale(item, 1 / 10, [POWER])


@corruption("kilowatts as watts (÷ 1000)", "power_implausibly_low")
def kilowatts(item: Item) -> Item:
    return scale(item, 1 / 1000, [POWER])


@corruption("power of the node as that of a card", "power_above_tdp")
def node_power(item: Item) -> Item | None:
    cards = min(at(item, COUNT), 8)
    return scale(item, cards, [POWER]) if cards > 1 else None


@corruption("TDP as measured power", "power_equals_tdp")
def tdp_as_measured(item: Item) -> Item:
    return changed(item, {POWER: at(item, TDP)})
