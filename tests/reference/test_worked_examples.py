"""The worked examples of the definitions, to the digits that they are given in."""

from __future__ import annotations

from typing import Any

import pytest

from tests import feeds
from tests.reference.metrics import metrics
from tests.reference.rules import Feed
from tests.reference.verdicts import verdict

LLAMA = "case-llama33-a100x8-vllm-001"
DSR1 = "case-dsr1-asc910bx16-mindie-001"

#: column, value for LLAMA, value for DSR1
WORKED: list[tuple[str, Any, Any]] = [
    ("decode_concurrency", 47.36, 32.3),
    ("kv_bytes_per_token", 327680, 70272),
    ("params_read_per_step_b", 70, 436.29845),
    ("decode_flops_per_token", 143355443200, 78605345792),
    ("decode_roofline_tok_s", 4832.4528, 944.77713),
    ("decode_roofline_bound", "memory", "memory"),
    ("decode_roofline_hard_tok_s", 7570.5453, 22709.3037),
    ("decode_mbu", 0.3062627, 0.8996831),
    ("decode_mfu", 0.0850024, 0.0130497),
    ("decode_roofline_efficiency_batch1", 12.6641999, 3.1517417),
    ("prefill_mfu", 1.0306200, 0.1708083),
    ("prefill_mfu_linear", 1.0208333, 0.1662109),
    ("prefill_mfu_floor", 0.9901887, 0.1578853),
    ("decode_tok_s_per_w", 0.5138889, 0.1398026),
    ("decode_tok_s_per_w_tdp", 0.4625, 0.1328125),
    ("decode_tok_s_per_w_server", 0.2276923, 0.0772727),
    ("decode_kwh_per_mtok", 0.5405405, 1.9869281),
    ("weights_gb", 140, 1342),
    ("weights_fit", True, False),
    ("uses_speculative_decoding", False, False),
    ("uses_prefix_caching", None, False),
    ("decode_roofline_efficiency", 0.3062627, 0.8996831),
    ("decode_roofline_efficiency_low", 0.2872351, 0.07741303),
    ("decode_roofline_efficiency_high", 0.3062627, 1.382211),
    ("decode_roofline_lenient_tok_s", 5152.574, 946.1906),
    ("prefill_time_share", 0.1676173, 0.05049984),
    ("serving_roofline_tok_s", 4832.453, 944.7771),
    ("serving_roofline_efficiency", 0.3062627, 0.8996831),
    ("roofline_efficiency", 0.3062627, 0.8996831),
    ("requests_in_flight", 47.90344, 33.10352),
    ("output_tok_s_per_card", 185, 53.125),
]

FINDINGS = {
    LLAMA: {
        "concurrency_above_batch_size",
        "evidence_tier_overstated",
        "memory_bandwidth_utilization_mismatch",
        "prefill_above_plausible",
    },
    DSR1: {
        "evidence_tier_overstated",
        "reported_memory_below_weights",
        "sequences_exceed_memory",
        "weights_exceed_memory",
    },
}


@pytest.fixture(scope="module")
def feed() -> Feed:
    return Feed(feeds.shipped()["items"])


@pytest.mark.parametrize(
    ("case_id", "column", "value"),
    [(LLAMA, column, value) for column, value, _ in WORKED]
    + [(DSR1, column, value) for column, _, value in WORKED],
)
def test_a_column_has_the_value_of_the_worked_example(
    case_id: str, column: str, value: Any
) -> None:
    found = metrics(feeds.case(case_id))[column]
    if value is None or isinstance(value, str | bool):
        assert found is value or found == value
        assert type(found) is type(value)
    else:
        # The examples are rounded: to seven digits, or to seven places behind the point.
        assert found == pytest.approx(value, rel=5e-7, abs=5e-8)


@pytest.mark.parametrize("case_id", FINDINGS)
def test_the_findings_are_those_of_the_worked_example(feed: Feed, case_id: str) -> None:
    assert feed.findings(case_id).keys() == FINDINGS[case_id]


@pytest.mark.parametrize(
    ("case_id", "plausibility", "tier"),
    [(LLAMA, "implausible", "estimated"), (DSR1, "impossible", "inconsistent")],
)
def test_the_verdict_is_that_of_the_worked_example(
    feed: Feed, case_id: str, plausibility: str, tier: str
) -> None:
    found = verdict(feed, case_id)
    assert found["plausibility"] == plausibility
    assert (found["declared_tier"], found["effective_tier"]) == ("measured", tier)


def test_dividing_by_a_roofline_of_one_sequence_gives_efficiencies_far_from_a_share() -> None:
    found = [
        metrics(item)["decode_roofline_efficiency_batch1"] for item in feeds.shipped()["items"]
    ]
    shares = sorted(share for share in found if isinstance(share, float))
    assert len(shares) == 22
    assert sum(share > 1 for share in shares) == 19
    assert round(shares[-1], 1) == 12.7
    assert round(shares[0], 5) == 0.00005
