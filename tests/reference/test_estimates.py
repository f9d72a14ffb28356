"""Priors, residuals and pools by hand, and what leaving claims out says of them."""

from __future__ import annotations

import math

import pytest

from tests import controls, feeds
from tests.reference.case import Case
from tests.reference.estimates import (
    Z80,
    Residual,
    accuracy,
    estimate,
    pooled,
    prior_step_s,
    prior_tok_s,
    residuals,
)
from tests.reference.items import (
    CACHED,
    DECODE,
    HONEST,
    LLAMA,
    PARALLEL,
    SHAPE,
    SPLIT,
    WALL,
    Changes,
    changed,
    variant,
)
from tests.reference.rules import Feed

STEP_S = (140e9 + 48 * 1280 * 327680) / (8 * 2039e9)  # of 48 sequences, bound by memory
PROMPT_S = 2 * (2 * 70e9 + 2 * 80 * 64 * 128 * 1024) / (8 * 312e12)  # of an output token


def honest(changes: Changes) -> Case:
    return Case(changed(feeds.case(LLAMA), {**HONEST, **changes}))


@pytest.mark.parametrize(
    ("changes", "tok_s"),
    [
        ({}, 48 / (STEP_S / 0.55 + 80 * 90e-6)),
        ({SHAPE + "layers": 0, SHAPE + "attention_type": "other"}, 48 / (140e9 / 16.312e12 / 0.55)),
        (WALL, 1 / ((STEP_S / 0.55 + 80 * 90e-6) / 48 + PROMPT_S / 0.55)),
        (
            {**WALL, "stack.prefix_caching": {"enabled": True, "hit_rate": 0.25}},
            1 / ((STEP_S / 0.55 + 80 * 90e-6) / 48 + 0.75 * PROMPT_S / 0.55),
        ),
        ({**WALL, **CACHED}, None),
        (
            {**WALL, PARALLEL + "disaggregated": True, SPLIT + ".decode_cards": 8},
            None,
        ),
        (CACHED, 48 / (STEP_S / 0.55 + 80 * 90e-6)),
        ({"resolved.model.workload_kind": "encoder-only"}, None),
    ],
)
def test_the_prior_is_a_slower_roofline_with_a_cost_for_every_layer(
    changes: Changes, tok_s: float | None
) -> None:
    found = prior_tok_s(honest(changes)).number
    assert found == (None if tok_s is None else pytest.approx(tok_s, rel=1e-12))


def test_residuals_are_of_plausible_claims_with_a_throughput() -> None:
    changes: dict[str, Changes] = {
        "fine": {},
        "zero": {DECODE: 0},
        "implausible": {DECODE: 6900},
        "impossible": {DECODE: 8000},
        "nothing": {DECODE: None},
    }
    feed = Feed([variant(name, LLAMA, {**HONEST, **more}) for name, more in changes.items()])
    (found,) = residuals(feed)
    assert (found.case_id, found.hardware_id, found.vendor) == ("fine", "a100-sxm4", "nvidia")
    assert found.model_id == feeds.case(LLAMA)["stack"]["model"]["id"]
    assert found.value == pytest.approx(math.log(1500 / 48 * (STEP_S / 0.55 + 80 * 90e-6)))


def of(hardware: str, vendor: str, model: str, *values: float) -> list[Residual]:
    return [
        Residual(f"{hardware}-{model}-{n}", hardware, vendor, model, value)
        for n, value in enumerate(values)
    ]


KNOWN = [
    *of("a100", "nvidia", "llama", 0.1, 0.3),
    *of("h100", "nvidia", "llama", 0.5),
    *of("mi300x", "amd", "qwen", -0.7),
]
MEAN = 0.2 / 4
NVIDIA = (0.9 + 2 * MEAN) / 5
SPREAD = math.sqrt(((0.1 - MEAN) ** 2 + (0.3 - MEAN) ** 2 + (0.5 - MEAN) ** 2 + 0.75**2) / 3)


@pytest.mark.parametrize(
    ("hardware", "vendor", "pool", "n", "mean"),
    [
        ("a100", "nvidia", "hardware", 2, (0.4 + 2 * NVIDIA) / 4),
        ("h100", "nvidia", "hardware", 1, (0.5 + 2 * NVIDIA) / 3),
        ("h200", "nvidia", "vendor", 3, NVIDIA),
        ("gaudi", "intel", "all", 4, MEAN),
    ],
)
def test_a_card_is_drawn_to_its_vendor_and_this_to_all(
    hardware: str, vendor: str, pool: str, n: int, mean: float
) -> None:
    found = pooled(KNOWN, hardware, vendor)
    assert found is not None
    assert (found.pool, found.pool_n) == (pool, n)
    assert found.log_mean == pytest.approx(mean)
    assert found.log_spread == pytest.approx(SPREAD * math.sqrt(1 + 1 / (n + 2)))


def test_without_claims_nothing_is_expected_and_one_has_no_spread() -> None:
    assert pooled([], "a100", "nvidia") is None
    found = pooled(KNOWN[:1], "a100", "nvidia")
    assert found is not None
    assert found.log_mean == pytest.approx(0.1)
    assert found.log_spread is None


def test_an_estimate_is_the_prior_times_what_comparable_claims_reach() -> None:
    case = honest({})
    prior = prior_step_s(case, case.B).number
    expected = pooled(KNOWN, "a100-sxm4", "nvidia")
    assert prior is not None
    assert expected is not None
    assert expected.log_spread is not None
    found = estimate(case, KNOWN)
    assert found.fits is True
    assert found.tok_s == pytest.approx(48 / prior * math.exp(expected.log_mean))
    for end, sign in ((found.tok_s_low, -1), (found.tok_s_high, 1)):
        exponent = expected.log_mean + sign * Z80 * expected.log_spread
        assert end == pytest.approx(48 / prior * math.exp(exponent))


def test_what_does_not_fit_has_no_estimate() -> None:
    crowded = estimate(honest({SHAPE + "total_params_b": 310}), KNOWN)
    assert (crowded.fits, crowded.tok_s, crowded.tok_s_low) == (False, None, None)
    assert estimate(honest({}), []).tok_s is None


def test_a_claim_is_predicted_without_itself_or_without_its_model() -> None:
    by_case, by_model = accuracy(KNOWN, "case"), accuracy(KNOWN, "model")
    assert by_case["overall"].case_count == by_model["overall"].case_count == 4
    # Without any llama, one claim is left, for the cards of every vendor.
    assert by_model["all"].case_count == 4
    assert by_model["overall"].error_factor_worst == pytest.approx(math.exp(1.2))
    assert by_case["hardware"].case_count == 2
    assert by_case["vendor"].case_count == 1
    assert by_case["all"].case_count == 1
    without_amd = (0.1 + 0.3 + 0.5) / 3
    assert by_case["all"].error_factor_median == pytest.approx(math.exp(0.7 + without_amd))


def test_shares_below_within_and_above_the_interval_add_up() -> None:
    feed = Feed(controls.clean())
    known = residuals(feed)
    assert len(known) >= 30
    for leaving in ("case", "model"):
        for found in accuracy(known, leaving).values():
            shares = (found.share_below, found.interval_coverage, found.share_above)
            assert None not in shares
            assert sum(share or 0 for share in shares) == pytest.approx(1)
            assert 1 <= found.error_factor_median <= found.error_factor_worst
    # Simulated runs are more alike than real ones.
    assert accuracy(known, "model")["overall"].error_factor_median < 1.5
