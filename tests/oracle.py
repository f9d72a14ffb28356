"""The metric definitions once more, in plain Python, written from their text and not from the SQL.

`metrics` and `findings` take one item of a feed as it is published. None stands for NULL.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

Item = dict[str, Any]
Number = float | None

RULES = {
    "weights_exceed_memory": "error",
    "prefill_above_peak": "error",
    "decode_above_hard_roofline": "error",
    "memory_above_capacity": "error",
    "percentiles_out_of_order": "error",
    "parallelism_exceeds_cards": "error",
    "decode_above_expected_roofline": "warn",
    "step_faster_than_roofline": "warn",
    "concurrency_above_limit": "warn",
    "reported_memory_below_weights": "warn",
    "power_above_tdp": "warn",
    "peak_looks_sparse": "warn",
    "moe_parameters_inconsistent": "warn",
    "server_card_mismatch": "warn",
    "prefill_above_plausible": "warn",
    "evidence_tier_overstated": "warn",
    "memory_bandwidth_utilization_mismatch": "warn",
    "operator_decomposition_implausible": "warn",
    "engine_not_listed_for_hardware": "info",
    "vendor_not_listed_for_engine": "info",
    "quantization_not_listed_for_hardware": "info",
    "concurrency_above_batch_size": "info",
    "disaggregated_cards_mismatch": "info",
}
QUALIFYING = {"mlperf-submission", "paper", "community-benchmark"}
TIERS = ["measured", "official", "estimated"]  # strongest first
FULL_ATTENTION = {"mha", "gqa", "mqa"}


def at(document: Any, path: str) -> Any:
    """The value at `a.b.c`; None where any part is absent or null."""
    for key in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def num(document: Any, path: str) -> Number:
    value = at(document, path)
    return None if value is None else float(value)


def mul(*factors: Number) -> Number:
    result = 1.0
    for factor in factors:
        if factor is None:
            return None
        result *= factor
    return result


def add(*terms: Number) -> Number:
    result = 0.0
    for term in terms:
        if term is None:
            return None
        result += term
    return result


def sub(left: Number, right: Number) -> Number:
    return None if left is None or right is None else left - right


def div(left: Number, right: Number) -> Number:
    return None if left is None or right is None or right == 0 else left / right


def largest(*values: Number) -> Number:
    known = [value for value in values if value is not None]
    return max(known) if len(known) == len(values) else None


def smallest(*values: Number) -> Number:
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) else None


def above(left: Number, right: Number) -> bool:
    """Whether left > right; a rule whose inputs are NULL does not apply."""
    return left is not None and right is not None and left > right


def exact(value: float) -> Fraction:
    """The decimal number that a float is the nearest to."""
    return Fraction(repr(value))


class Case:
    """The symbols of the definitions for one item, in op, bytes, seconds and parameters."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.hardware = at(item, "resolved.hardware")
        self.server = at(item, "resolved.server")
        self.quant = at(item, "resolved.quantization")
        model = at(item, "resolved.model")
        architecture = at(model, "architecture")

        self.cards = num(item, "stack.hardware.count")
        self.split = at(item, "stack.parallel.disaggregated") is True
        self.prefill_cards = num(item, "stack.parallel.disaggregated_split.prefill_cards")
        self.decode_cards = num(item, "stack.parallel.disaggregated_split.decode_cards")
        self.n = self.decode_cards if self.split else self.cards

        self.P = float(at(item, "scenario.prefill_seq_len"))
        self.D = float(at(item, "scenario.decode_seq_len"))
        self.B = float(at(item, "scenario.batch_size"))
        self.C = float(at(item, "scenario.max_concurrent_requests"))

        self.decode = num(item, "results.throughput_tokens_per_sec.decode")
        self.prefill = num(item, "results.throughput_tokens_per_sec.prefill")
        self.ttft_p50 = num(item, "results.latency_ms.ttft_p50")
        self.ttft_p99 = num(item, "results.latency_ms.ttft_p99")
        self.tbt_p50 = num(item, "results.latency_ms.tbt_p50")
        self.tbt_p99 = num(item, "results.latency_ms.tbt_p99")
        self.tbt_s = div(self.tbt_p50, 1000)
        self.memory = num(item, "results.memory_per_card_gb")
        self.power = num(item, "results.power_per_card_w")
        self.compute_pct = num(item, "results.utilization.compute_pct")
        self.memory_bw_pct = num(item, "results.utilization.memory_bw_pct")

        self.peaks = {
            name: num(self.hardware, f"compute.{name}_{unit}.value")
            for name, unit in [
                ("fp4", "tflops"),
                ("fp8", "tflops"),
                ("int8", "tops"),
                ("bf16", "tflops"),
                ("fp16", "tflops"),
            ]
        }
        self.precision, self.native = self._precision()
        self.F = mul(self.peaks[self.precision] if self.precision else None, 1e12)
        self.CAP_gb = num(self.hardware, "memory.capacity_gb.value")
        self.CAP = mul(self.CAP_gb, 1e9)
        self.BW = mul(num(self.hardware, "memory.bandwidth_gbps.value"), 1e9)
        self.TDP = num(self.hardware, "power.tdp_w.value")
        self.w = float(self.quant["bits_per_weight"]) / 8

        self.T_b = num(architecture, "total_params_b")
        self.A_b = num(architecture, "active_params_b")
        self.T, self.A = mul(self.T_b, 1e9), mul(self.A_b, 1e9)
        self.E = num(architecture, "moe.num_experts")
        self.k = num(architecture, "moe.top_k")
        self.L = num(architecture, "layers")
        self.H = num(architecture, "num_attention_heads")
        self.Hkv = num(architecture, "num_kv_heads")
        self.d = num(architecture, "head_dim")
        self.Vh = mul(num(architecture, "vocab_size"), num(architecture, "hidden_size")) or 0.0
        self.attention = at(architecture, "attention_type")
        longest = num(architecture, "max_context_length")
        limit = math.inf if longest is None else longest
        self.ctx = min(self.P + self.D / 2, limit)
        self.ctx_full = min(self.P + self.D, limit)

        self.domain = at(model, "domain") or "llm"
        self.kind = at(model, "workload_kind")
        if self.kind is None and self.H is not None:
            self.kind = "autoregressive-decode"
        self.is_decode = self.kind == "autoregressive-decode"
        operators = at(model, "operator_decomposition") or []
        self.operator_flops: Number = None
        self.operator_bytes: Number = None
        if operators:
            self.operator_flops = add(*(num(each, "flops_per_token") for each in operators))
            self.operator_bytes = add(*(num(each, "bytes_per_token") for each in operators))

        told = "\n".join(
            at(item, f"reproduction.{part}") or "" for part in ("startup_command", "notes_md")
        )

        def says(pattern: str) -> bool:
            return re.search(pattern, told, re.IGNORECASE) is not None

        self.speculative = says("speculat|mtp|eagle|medusa")
        self.prefix_caching = says("prefix[-_ ]?cach|radix") and not says(
            "no-enable-prefix|disable-radix"
        )
        self.kv = self._kv()

    def _precision(self) -> tuple[str | None, bool | None]:
        family = self.quant["family"]
        if family == "fp4":
            chain = ["fp4", "fp8", "bf16", "fp16"]
        elif self.quant["bits_per_activation"] <= 8:
            chain = ["fp8" if family == "fp8" else "int8", "bf16", "fp16"]
        else:
            chain = ["bf16", "fp16"] if self.quant["id"] == "bf16" else ["fp16", "bf16"]
        for position, name in enumerate(chain):
            if above(self.peaks[name], 0):
                return name, position == 0
        return None, None

    def _kv(self) -> Number:
        if not self.is_decode:
            return None
        if self.attention in FULL_ATTENTION:
            return mul(2, self.L, self.Hkv, self.d, 2)
        if self.attention == "mla":
            return mul(self.L, 512 + 64, 2)
        return 0.0

    def attention_flops(self, factor: float, tokens: float) -> Number:
        known = self.attention in FULL_ATTENTION or self.attention == "mla"
        if not known or self.H is None or self.d is None:
            return 0.0
        return mul(factor, self.L, self.H, self.d, tokens)

    def flops(self) -> Number:
        return add(mul(2, self.A), self.attention_flops(4, self.ctx))

    def read(self, b: float, routing: str = "expected") -> Number:
        """Parameters read in one decode step of b sequences."""
        if not self.E or (self.k is not None and self.k >= self.E):
            return self.A
        if self.k is None or self.T is None or self.A is None:
            return None
        chosen = self.k / self.E
        touched = {
            "floor": chosen,
            "expected": 1 - (1 - chosen) ** b,
            "ceiling": min(self.E, self.k * b) / self.E,
        }[routing]
        share: float = (touched - chosen) / (1 - chosen)
        return self.A + (self.T - self.A) * share

    def shares_less_than_nothing(self) -> bool:
        """Whether A − k·(T−A)/(E−k) < 0, in exact numbers."""
        if self.A_b is None or self.T_b is None or self.E is None or self.k is None:
            return False
        active, total, experts, top = map(exact, (self.A_b, self.T_b, self.E, self.k))
        return experts > top and active - top * (total - active) / (experts - top) < 0

    def step_bytes(self, b: float, routing: str = "expected") -> Number:
        return add(mul(self.read(b, routing), self.w), mul(b, self.ctx, self.kv))

    def times(self, b: float, routing: str = "expected") -> tuple[Number, Number]:
        return (
            div(self.step_bytes(b, routing), mul(self.n, self.BW)),
            div(mul(b, self.flops()), mul(self.n, self.F)),
        )

    def roof(self, b: float, routing: str = "expected") -> Number:
        return div(b, largest(*self.times(b, routing)))

    def hard_roof(self) -> Number:
        least = largest(sub(self.A, self.Vh), 0)
        if self.speculative:
            return div(mul(self.n, self.F), mul(2, least))
        t_mem = div(mul(least, self.w), mul(self.n, self.BW))
        t_cmp = div(mul(self.C, 2, least), mul(self.n, self.F))
        return div(self.C, largest(t_mem, t_cmp))

    def unheld(self) -> Number:
        if not self.is_decode:
            return None
        return mul(self.decode, self.tbt_s) or None

    def held(self) -> float:
        unheld = self.unheld()
        return self.B if unheld is None else max(1.0, min(unheld, self.C))


def _decode(case: Case) -> dict[str, Any]:
    n, low_high = case.held(), {}
    for name, routing in [("", "expected"), ("_low", "floor"), ("_high", "ceiling")]:
        efficiency = div(case.decode, case.roof(n, routing))
        low_high[f"decode_roofline_efficiency{name}"] = efficiency
    t_mem, t_cmp = case.times(n)
    bound = None
    if t_mem is not None and t_cmp is not None:
        bound = "memory" if t_mem >= t_cmp else "compute"
    batch1 = smallest(div(case.BW, case.operator_bytes), div(case.F, case.operator_flops))
    return low_high | {
        "decode_concurrency_uncapped": case.unheld(),
        "decode_concurrency": n,
        "params_read_per_step_b": div(case.read(n), 1e9),
        "decode_flops_per_token": case.flops(),
        "context_tokens_mean": case.ctx,
        "kv_bytes_per_token": case.kv,
        "decode_roofline_tok_s": case.roof(n),
        "decode_roofline_bound": bound,
        "decode_roofline_at_batch_tok_s": case.roof(case.B),
        "decode_roofline_at_max_concurrency_tok_s": case.roof(case.C),
        "decode_roofline_hard_tok_s": case.hard_roof(),
        "decode_mbu": div(case.step_bytes(n), mul(case.tbt_s, case.n, case.BW)),
        "decode_mfu": div(mul(case.decode, case.flops()), mul(case.n, case.F)),
        "decode_roofline_efficiency_batch1": div(div(case.decode, case.cards), batch1),
        "arithmetic_intensity": div(mul(n, case.flops()), case.step_bytes(n)),
        "ridge_point": div(case.F, case.BW),
    }


def _prefill(case: Case) -> dict[str, Any]:
    cost = add(mul(2, case.A), case.attention_flops(2, case.P))
    floor = largest(sub(case.A, 2 * case.Vh), 0)
    peak = None if case.split else mul(case.n, case.F)
    return {
        "prefill_mfu": div(mul(case.prefill, cost), peak),
        "prefill_mfu_linear": div(mul(case.prefill, 2, case.A), peak),
        "prefill_mfu_floor": div(mul(case.prefill, 2, floor), peak),
        "prefill_roofline_tok_s": div(peak, cost),
    }


def _energy(case: Case) -> dict[str, Any]:
    watts = mul(case.n, case.power)
    per_watt = div(case.decode, watts)
    server_watts = None
    if at(case.server, "card") == at(case.item, "stack.hardware.id"):
        server_watts = div(
            mul(num(case.server, "rack_power_kw"), 1000, case.n), num(case.server, "card_count")
        )
    return {
        "decode_tok_s_per_w": per_watt,
        "decode_tok_s_per_w_tdp": div(case.decode, mul(case.n, case.TDP)),
        "decode_tok_s_per_w_server": div(case.decode, server_watts),
        "decode_tok_s_per_mw": mul(per_watt, 1e6),
        "decode_kwh_per_mtok": div(mul(watts, 1e6 / 3.6e6), case.decode),
        "prefill_tok_s_per_w": None if case.split else div(case.prefill, watts),
        "power_to_tdp": div(case.power, case.TDP),
        "decode_electricity_usd_per_mtok": None,  # no price is configured
        "decode_hardware_usd_per_mtok": None,
    }


def _memory(case: Case) -> dict[str, Any]:
    """Whether it fits, and how often, is asked of exact numbers: those that the feed spells."""
    weights = mul(case.T, case.w)
    left = resident = None
    if case.T_b is not None and case.CAP_gb is not None and case.n is not None:
        left = exact(case.n) * exact(case.CAP_gb) - exact(case.T_b) * exact(case.w)
    fit = None if left is None else left >= 0
    cache = mul(case.ctx_full, case.kv)
    if left is not None and fit and cache:
        resident = left * 10**9 / exact(cache)
    return {
        "weights_gb": div(weights, 1e9),
        "weights_per_card_gb": div(div(weights, 1e9), case.n),
        "weights_fit": fit,
        "kv_gb_at_max_concurrency": div(mul(case.C, case.ctx_full, case.kv), 1e9),
        "max_resident_sequences": None if resident is None else math.floor(resident),
    }


def _latency(case: Case) -> dict[str, Any]:
    return {
        "interactivity_tok_s_user": div(1000, case.tbt_p50),
        "e2e_latency_p50_ms": add(case.ttft_p50, mul(max(case.D - 1, 0), case.tbt_p50)),
        "decode_tok_s_per_card": div(case.decode, case.n),
        "prefill_tok_s_per_card": None if case.split else div(case.prefill, case.n),
        "ttft_p99_to_p50": div(case.ttft_p99, case.ttft_p50),
        "tbt_p99_to_p50": div(case.tbt_p99, case.tbt_p50),
        "request_rate_rps": div(case.decode, case.D),
    }


def _implied(case: Case, decode: dict[str, Any]) -> dict[str, Any]:
    efficiency, bound = decode["decode_roofline_efficiency"], decode["decode_roofline_bound"]
    implied = None
    if efficiency is not None:
        named = {"memory": "memory-bandwidth", "compute": "compute"}[bound]
        implied = "software" if efficiency < 0.30 else named
    reported = case.item.get("bottleneck")
    silent = implied is None or reported in (None, "mixed", "interconnect", "unknown")
    return {
        "memory_bw_pct_reported_minus_implied": sub(
            case.memory_bw_pct, mul(100, decode["decode_mbu"])
        ),
        "compute_pct_reported_minus_implied": sub(case.compute_pct, mul(100, decode["decode_mfu"])),
        "bottleneck_implied": implied,
        "bottleneck_agrees": None if silent else reported == implied,
    }


def metrics(item: Item) -> dict[str, Any]:
    """Every derived column of marts.mart_case_metrics, and what the definitions flag."""
    case = Case(item)
    decode, prefill = _decode(case), _prefill(case)
    if not case.is_decode:
        decode, prefill = dict.fromkeys(decode), dict.fromkeys(prefill)
    return {
        **decode,
        **prefill,
        **_energy(case),
        **_memory(case),
        **_latency(case),
        **_implied(case, decode),
    }


def flags(item: Item, others: Iterable[str] = ()) -> dict[str, Any]:
    """The other columns of the mart that the definitions name.

    `others` are the severities of findings by rules that are not here: the verdict counts them.
    """
    case = Case(item)
    broken = findings(item)
    severities = [*(RULES[rule] for rule in broken), *others]
    tiers = {each["tier"] for each in item.get("evidence") or []}
    declared = next((tier for tier in TIERS if tier in tiers), None)
    effective = declared
    if "error" in severities:
        effective = "inconsistent"
    elif "evidence_tier_overstated" in broken:
        effective = "estimated"
    return {
        "serving_cards": case.n,
        "compute_precision": case.precision,
        "compute_precision_is_native": case.native,
        "domain": case.domain,
        "workload_kind": case.kind,
        "uses_speculative_decoding": case.speculative,
        "uses_prefix_caching": case.prefix_caching,
        "declared_tier": declared,
        "effective_tier": effective,
        "error_count": severities.count("error"),
        "warn_count": severities.count("warn"),
        "info_count": severities.count("info"),
    }


def _overstated(evidence: Item) -> bool:
    attestation = evidence.get("contributor_attestation") or ""
    doubts = re.search("not independently re-run|synthesized|approximat", attestation, re.I)
    return evidence["tier"] == "measured" and (
        evidence["source_type"] not in QUALIFYING or doubts is not None
    )


def _lacks(listed: list[Any] | None, wanted: str) -> bool:
    return listed is not None and wanted not in listed


def findings(item: Item) -> set[str]:
    """The ids of the rules that the item breaks."""
    case, found = Case(item), metrics(item)
    peaks = case.peaks
    mbu_pct = mul(100, found["decode_mbu"])
    stack = item["stack"]
    support = at(case.hardware, "software_support")
    engines = at(support, "engines")
    card = at(case.server, "card")
    both_pools = add(case.prefill_cards, case.decode_cards) if case.split else None
    operators = case.operator_flops if case.is_decode else None

    broken = {
        "weights_exceed_memory": found["weights_fit"] is False,
        "prefill_above_peak": above(found["prefill_mfu_floor"], 1) and not case.prefix_caching,
        "decode_above_hard_roofline": above(case.decode, found["decode_roofline_hard_tok_s"]),
        "memory_above_capacity": above(mul(case.memory, 1e9), case.CAP),
        "percentiles_out_of_order": above(case.ttft_p50, case.ttft_p99)
        or above(case.tbt_p50, case.tbt_p99),
        "parallelism_exceeds_cards": above(
            mul(num(stack, "parallel.tp"), num(stack, "parallel.pp")), case.cards
        ),
        "decode_above_expected_roofline": not case.speculative
        and above(case.decode, found["decode_roofline_at_max_concurrency_tok_s"]),
        "step_faster_than_roofline": not case.speculative
        and above(found["decode_roofline_efficiency"], 1),
        "concurrency_above_limit": above(case.unheld(), 1.05 * case.C),
        "reported_memory_below_weights": above(found["weights_per_card_gb"], case.memory),
        "power_above_tdp": above(case.power, case.TDP),
        "peak_looks_sparse": any(
            above(div(peaks[narrow], peaks[wide]), 2.2)
            for narrow, wide in [("fp8", "bf16"), ("int8", "bf16"), ("fp4", "fp8")]
        ),
        "moe_parameters_inconsistent": case.shares_less_than_nothing(),
        "server_card_mismatch": card is not None and card != stack["hardware"]["id"],
        "prefill_above_plausible": above(found["prefill_mfu"], 0.7) and not case.prefix_caching,
        "evidence_tier_overstated": any(map(_overstated, item.get("evidence") or [])),
        "memory_bandwidth_utilization_mismatch": not case.speculative
        and (
            above(case.memory_bw_pct, mul(2, mbu_pct))
            or above(mul(0.5, mbu_pct), case.memory_bw_pct)
        ),
        "operator_decomposition_implausible": above(mul(0.2, 2, case.A), operators)
        or above(operators, mul(5, 2, case.A)),
        "engine_not_listed_for_hardware": _lacks(
            None if engines is None else [each["id"] for each in engines], stack["engine"]["id"]
        ),
        "vendor_not_listed_for_engine": _lacks(
            at(item, "resolved.engine.supported_hardware_vendors"), case.hardware["vendor"]
        ),
        "quantization_not_listed_for_hardware": _lacks(
            at(support, "quantizations"), stack["quantization"]
        ),
        "concurrency_above_batch_size": above(case.unheld(), 1.1 * case.B),
        "disaggregated_cards_mismatch": both_pools is not None and both_pools != case.cards,
    }
    assert broken.keys() == RULES.keys()
    return {rule for rule, is_broken in broken.items() if is_broken}
