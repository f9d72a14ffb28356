"""Details of a case: every number of it that a chart shows on hover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.report.rows import Row
from pipelines.report.wording import column, hint, shown

CLAIMED = {
    "decode_tok_s": "",
    "throughput_scope": "Throughput",
    "prefill_tok_s": "",
    "ttft_mean_ms": "",
    "ttft_p50_ms": "",
    "tbt_mean_ms": "",
    "tbt_p50_ms": "",
    "e2e_mean_ms": "",
    "prefill_seq_len": "Prompt length",
    "decode_seq_len": "Output length",
    "batch_size": "Batch size",
    "max_concurrent_requests": "Most requests at once",
    "requests_completed": "",
    "requests_failed": "",
    "uses_speculative_decoding": "Speculative decoding",
    "uses_prefix_caching": "Prefix caching",
    "prefix_cache_hit_rate": "",
    "kv_cache_bits": "",
    "memory_per_card_gb": "",
    "power_per_card_w": "",
    "system_power_w": "",
    "memory_bw_pct": "",
    "compute_pct": "",
    "bottleneck": "",
}
ALLOWED = {
    "decode_roofline_tok_s": "Decode roofline",
    "decode_roofline_hard_tok_s": "Hard decode roofline",
    "decode_roofline_bound": "Bound by",
    "decode_concurrency": "Sequences at once",
    "arithmetic_intensity": "Arithmetic intensity",
    "ridge_point": "Ridge point",
    "prefill_roofline_tok_s": "Prefill roofline",
    "serving_roofline_tok_s": "Serving roofline",
    "prefill_time_share": "Compute that the prompts take",
    "max_resident_sequences": "Sequences that fit in memory",
    "weights_per_card_gb": "",
    "weights_fit": "The weights fit",
}
FOLLOWS = {
    "plausibility": "Verdict",
    "roofline_efficiency": "Efficiency",
    "serving_roofline_efficiency": "Serving efficiency",
    "decode_roofline_efficiency": "Decode efficiency",
    "decode_roofline_efficiency_low": "Its low end",
    "decode_roofline_efficiency_high": "Its high end",
    "decode_mbu": "MBU",
    "decode_mfu": "MFU",
    "prefill_mfu": "MFU of prefill",
    "requests_in_flight": "Requests in flight",
    "output_tok_s_per_card": "",
    "interactivity_tok_s_user": "",
    "output_tok_s_per_w": "",
    "output_tok_s_per_w_system": "",
    "decode_tok_s_per_w": "",
    "decode_tok_s_per_w_tdp": "",
    "decode_tok_s_per_w_server": "",
    "decode_kwh_per_mtok": "Energy of a million tokens",
    "bottleneck_implied": "Bottleneck by the numbers",
    "declared_tier": "Declared tier",
    "effective_tier": "Effective tier",
    "is_traceable": "Traceable measurement",
}
#: Facts that are left out where they have no value: few sources give them.
RARE = {
    "ttft_mean_ms",
    "tbt_mean_ms",
    "e2e_mean_ms",
    "requests_completed",
    "requests_failed",
    "prefix_cache_hit_rate",
    "kv_cache_bits",
    "system_power_w",
    "max_resident_sequences",
    "output_tok_s_per_w_system",
}
#: The scope of a throughput, in words.
SCOPES = {"phase": "decoding", "wall": "whole run"}
#: What a case reports about itself: quantity of mart_reported_vs_implied, name.
QUANTITIES = {
    "memory_bandwidth": "Bandwidth",
    "compute": "Compute",
    "memory": "Memory",
    "concurrency": "Concurrency",
}


@dataclass(frozen=True)
class Fact:
    """A line of the list: `note` is the unit of the value, or why there is none."""

    label: str
    value: str
    note: str = ""


def groups(
    case: Row, compared: list[Row], standing: Row | None, point: Row | None
) -> list[tuple[str, list[Fact]]]:
    """Return the details of a case by heading; `point` is its place under its roof."""
    order = list(QUANTITIES)
    ratios = sorted(compared, key=lambda row: order.index(row["quantity"]))
    return [
        ("Claimed", _facts(case, CLAIMED)),
        ("What the hardware allows", _facts(case, ALLOWED) + _rates(point)),
        ("Reported ÷ implied", [_ratio(row) for row in ratios] or [Fact("No such pair", "–")]),
        ("What follows", _facts(case, FOLLOWS) + _standing(standing)),
    ]


def hints() -> dict[str, str]:
    """Return the tooltips of labels, each once, since every case has it."""
    names = (CLAIMED | ALLOWED | FOLLOWS).items()
    said = {_label(name, given): hint(name) for name, given in names}
    return {label: text for label, text in said.items() if text != label}


def _facts(case: Row, names: dict[str, str]) -> list[Fact]:
    """Return labelled facts; without a label, the contract's description is used."""
    found = []
    for name, given in names.items():
        if case[name] is None and name in RARE:
            continue
        label = _label(name, given)
        note = column(name).null if case[name] is None else _unbroken(column(name).unit or "")
        found.append(Fact(label, _said(name, case[name]), "" if note == "1" else note or ""))
    return found


def _said(name: str, value: Any) -> str:
    """Return a value, in words if it is a code."""
    if name == "throughput_scope":
        return SCOPES[value]
    if name == "plausibility":
        return str(value).replace("_", " ")
    return tier_of(value) if name.endswith("_tier") else shown(value)


def tier_of(tier: str | None) -> str:
    """A tier of the evidence, in words."""
    return {"none": "no result", None: "no evidence"}.get(tier, tier or "")


def _label(name: str, given: str) -> str:
    return given or column(name).description


def _unbroken(unit: str) -> str:
    return unit.replace(" ", "\N{NO-BREAK SPACE}")


def _rates(point: Row | None) -> list[Fact]:
    if point is None:
        return []
    unit = _unbroken("10¹² op/s per card")
    return [
        Fact("Rate at most", shown(point["attainable"]), unit),
        Fact("Rate achieved", shown(point["achieved"]), unit),
    ]


def _ratio(row: Row) -> Fact:
    numbers = f"{shown(row['reported'])} ÷ {shown(row['implied'])}"
    value = f"{numbers} {row['unit']} = {shown(row['reported_to_implied'])}"
    return Fact(QUANTITIES[row["quantity"]], value, row["verdict"])


def _standing(row: Row | None) -> list[Fact]:
    if row is None:
        return [Fact("Pareto standing", "–", "no speed for one user or no throughput per card")]
    return [
        Fact("Pareto standing", row["standing"]),
        Fact("Pareto class", row["class_id"] or "–"),
    ]
