"""Controls of the audit: cases that are plausible by construction, and ways to corrupt them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests import feeds, oracle

Case = dict[str, Any]


def plausible() -> list[Case]:
    """Cases at half of their roofline, with every other number following from that.

    Models whose parameters and accelerators whose peaks contradict themselves in the
    shipped feed are left out: what the audit says of those is true.
    """
    shipped = feeds.shipped()["items"]
    contradictory = {
        "moe_parameters_inconsistent",
        "peak_looks_sparse",
        "operator_decomposition_implausible",
    }
    sound = [item for item in shipped if not oracle.findings(item) & contradictory]
    hardware = {item["stack"]["hardware"]["id"]: item for item in sound}
    models = {item["stack"]["model"]["id"]: item for item in sound}
    found = []
    for number, card in enumerate(hardware.values()):
        for model in list(models.values())[number % 3 :: 3]:
            case = _at_half_of_the_roofline(card, model)
            case["id"] = (
                f"control-{card['stack']['hardware']['id']}-{model['stack']['model']['id']}"
            )
            found.append(case)
    return found


def _at_half_of_the_roofline(card: Case, model: Case) -> Case:
    case = copy.deepcopy(card)
    case["stack"].pop("server", None)
    case["resolved"].pop("server", None)
    case["stack"]["model"] = copy.deepcopy(model["stack"]["model"])
    case["resolved"]["model"] = copy.deepcopy(model["resolved"]["model"])
    case["reproduction"]["startup_command"] = "serve"
    case["stack"]["parallel"] = {"tp": 1, "pp": 1, "ep": 1, "sp": 1, "disaggregated": False}
    capacity = case["resolved"]["hardware"]["memory"]["capacity_gb"]["value"]
    weights = oracle.metrics(case)["weights_gb"]
    cards = 1
    while cards * capacity * 0.7 < weights:
        cards *= 2
    case["stack"]["hardware"]["count"] = cards
    case["scenario"] = {
        "prefill_seq_len": 1024,
        "decode_seq_len": 512,
        "batch_size": 8,
        "max_concurrent_requests": 64,
    }
    results = case["results"]
    results["throughput_tokens_per_sec"]["decode"] = None
    case["scenario"]["batch_size"] = 32
    roofline = oracle.metrics(case)["decode_roofline_at_batch_tok_s"]
    case["scenario"]["batch_size"] = 8
    decode = 0.5 * roofline
    tbt = 32 / decode * 1000
    results["throughput_tokens_per_sec"]["decode"] = decode
    results["latency_ms"] = {
        "ttft_p50": 200,
        "ttft_p99": 300,
        "tbt_p50": tbt,
        "tbt_p99": 1.4 * tbt,
    }
    results["throughput_tokens_per_sec"]["prefill"] = (
        0.45 * oracle.metrics(case)["prefill_roofline_tok_s"]
    )
    metrics = oracle.metrics(case)
    results["memory_per_card_gb"] = min(capacity, metrics["weights_per_card_gb"] * 1.2 + 1)
    results["power_per_card_w"] = 0.85 * case["resolved"]["hardware"]["power"]["tdp_w"]["value"]
    results["utilization"] = {
        "compute_pct": 100 * metrics["decode_mfu"],
        "memory_bw_pct": 100 * metrics["decode_mbu"],
    }
    case["evidence"] = [
        {
            "id": "ev-control",
            "tier": "measured",
            "source_type": "mlperf-submission",
            "url": "https://example.org",
            "accessed": "2026-04-01",
            "citation": "a submission",
        }
    ]
    return case


@dataclass(frozen=True)
class Corruption:
    """A mistake that publishers make, and the rules of which one must name it."""

    name: str
    rules: frozenset[str]
    apply: Callable[[Case], bool]
    """Corrupts a case in place; False where the case has nothing to corrupt."""


def _throughput(case: Case) -> bool:
    for kind in ("decode", "prefill"):
        case["results"]["throughput_tokens_per_sec"][kind] *= 8
    return True


def _spec(path: str, factor: float) -> Callable[[Case], bool]:
    def apply(case: Case) -> bool:
        place = case["resolved"]["hardware"]
        for part in path.split("."):
            place = place[part]
        place["value"] *= factor
        return True

    return apply


def _sparse(case: Case) -> bool:
    compute = case["resolved"]["hardware"]["compute"]
    narrow = [compute.get(name) for name in ("fp8_tflops", "int8_tops") if compute.get(name)]
    for peak in narrow:
        peak["value"] *= 2
    dense = compute["bf16_tflops"]["value"]
    return any(peak["value"] / dense > 3.9 for peak in narrow)


def _total_for_active(case: Case) -> bool:
    architecture = case["resolved"]["model"]["architecture"]
    if architecture["active_params_b"] * 5 >= architecture["total_params_b"]:
        return False
    architecture["active_params_b"] = architecture["total_params_b"]
    return True


def _percentiles(case: Case) -> bool:
    latency = case["results"]["latency_ms"]
    latency["tbt_p50"], latency["tbt_p99"] = latency["tbt_p99"], latency["tbt_p50"]
    return True


def _batch_for_concurrency(case: Case) -> bool:
    case["scenario"]["max_concurrent_requests"] = case["scenario"]["batch_size"]
    return True


def _watts(case: Case) -> bool:
    case["results"]["power_per_card_w"] *= 10
    return True


CORRUPTIONS = [
    Corruption(
        "throughput × 8",
        frozenset(
            {
                "concurrency_above_limit",
                "decode_above_hard_roofline",
                "decode_above_expected_roofline",
                "step_faster_than_roofline",
                "prefill_above_peak",
            }
        ),
        _throughput,
    ),
    Corruption(
        "gigabits entered as gigabytes (bandwidth × 8)",
        frozenset({"memory_bandwidth_utilization_mismatch"}),
        _spec("memory.bandwidth_gbps", 8),
    ),
    Corruption(
        "gigabytes taken for gigabits (bandwidth ÷ 8)",
        frozenset({"step_faster_than_roofline", "memory_bandwidth_utilization_mismatch"}),
        _spec("memory.bandwidth_gbps", 1 / 8),
    ),
    Corruption("sparse peak for dense", frozenset({"peak_looks_sparse"}), _sparse),
    Corruption(
        "total for active parameters",
        frozenset({"operator_decomposition_implausible", "prefill_above_peak"}),
        _total_for_active,
    ),
    Corruption("swapped percentiles", frozenset({"percentiles_out_of_order"}), _percentiles),
    Corruption(
        "batch size for concurrency",
        frozenset({"concurrency_above_limit"}),
        _batch_for_concurrency,
    ),
    Corruption("watts × 10", frozenset({"power_above_tdp"}), _watts),
]


def renamed(case: Case, suffix: str) -> Case:
    """A copy whose ids are its own, so that a changed specification is not a contradiction."""
    copied = copy.deepcopy(case)
    copied["id"] += f"-{suffix}"
    for entity in ("hardware", "model"):
        own = f"{copied['stack'][entity]['id']}-{copied['id']}"[:190]
        copied["stack"][entity]["id"] = own
        copied["resolved"][entity]["id"] = own
    return copied
