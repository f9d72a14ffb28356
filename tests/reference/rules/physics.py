"""Rules about what the hardware allows."""

from __future__ import annotations

from tests.reference import roofline
from tests.reference.case import Case
from tests.reference.quantity import Quantity
from tests.reference.rules.registry import Claim, Outcome, above, below, rule, where


def little_slack(case: Case) -> float:
    """f: how far medians, which stand in for means, may carry Little's law beyond the limit."""
    return 1.05 if case.tbt_mean.known else 1.4


def weights_read_ms(case: Case) -> Quantity:
    """The least time in which every active weight but one embedding table is read once."""
    return case.A0 * case.w / (case.n * case.BW) * 1000


def prefill_floor_ms(case: Case) -> Quantity:
    """The least time in which one prompt is computed."""
    return case.P * 2 * case.A_floor / (case.n * case.F) * 1000


@rule("physics", "error")
def weights_exceed_memory(claim: Claim) -> Outcome:
    case = claim.case
    return where(not case.offloads, above(claim["weights_gb"], case.n * case.CAP_granted / 1e9))


@rule("physics", "error")
def memory_above_capacity(claim: Claim) -> Outcome:
    return above(claim.case.memory_per_card / 1e9, claim.case.CAP_granted / 1e9)


@rule("physics", "error")
def prefill_above_peak(claim: Claim) -> Outcome:
    return where(claim.case.caches is False, above(claim["prefill_mfu_floor"], 1))


@rule("physics", "warn")
def prefill_above_peak_unless_cached(claim: Claim) -> Outcome:
    return where(claim.case.caches is None, above(claim["prefill_mfu_floor"], 1))


@rule("physics", "error")
def decode_above_hard_roofline(claim: Claim) -> Outcome:
    return above(claim.case.X, claim["decode_roofline_hard_tok_s"])


@rule("physics", "error")
def step_below_weight_read(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode and not case.speculates, below(case.tbt_p50 * 1000, weights_read_ms(case))
    )


@rule("physics", "error")
def ttft_below_weight_read(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode and not case.disaggregated,
        below(case.ttft_p50 * 1000, weights_read_ms(case)),
    )


@rule("physics", "error")
def ttft_below_prefill_floor(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode and not case.disaggregated and case.caches is False,
        below(case.ttft_mean * 1000, prefill_floor_ms(case)),
    )


@rule("physics", "warn")
def ttft_below_prefill_floor_likely(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode
        and not case.disaggregated
        and not case.caches
        and not ttft_below_prefill_floor(claim).broken,
        below(case.ttft * 1000, prefill_floor_ms(case)),
    )


@rule("physics", "warn")
def decode_above_expected_roofline(claim: Claim) -> Outcome:
    case = claim.case
    return where(not case.speculates, above(case.X, roofline.roofline(case, case.C, lenient=True)))


@rule("physics", "warn")
def step_faster_than_roofline(claim: Claim) -> Outcome:
    case = claim.case
    return where(not case.speculates, above(case.X, claim["decode_roofline_lenient_tok_s"]))


@rule("physics", "warn")
def sequences_exceed_memory(claim: Claim) -> Outcome:
    case = claim.case
    sequences = claim["decode_concurrency_uncapped"] / little_slack(case)
    needed = case.T * case.w + sequences * case.ctx_kv * case.kv_granted
    return where(not case.caches, above(needed / 1e9, case.n * case.CAP_granted / 1e9))


@rule("physics", "warn")
def serving_above_roofline(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.scope == "wall"
        and not case.speculates
        and not case.disaggregated
        and case.caches is False,
        above(case.X, roofline.serving_roofline(case, case.C, lenient=True)),
    )


@rule("physics", "warn")
def prefill_above_plausible(claim: Claim) -> Outcome:
    return where(not claim.case.caches, above(claim["prefill_mfu"], 0.7))


@rule("physics", "warn")
def reported_memory_below_weights(claim: Claim) -> Outcome:
    return below(claim.case.memory_per_card / 1e9, claim["weights_per_card_gb"])


@rule("physics", "warn")
def power_above_tdp(claim: Claim) -> Outcome:
    return above(claim.case.power_per_card, 1.05 * claim.case.TDP)


@rule("physics", "warn")
def power_implausibly_low(claim: Claim) -> Outcome:
    case = claim.case
    return where(case.X > 0, below(case.power_per_card, 0.2 * case.TDP))
