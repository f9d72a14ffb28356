"""Rules about numbers of one claim that contradict each other, or those of another claim."""

from __future__ import annotations

from tests.reference.case import Case
from tests.reference.quantity import largest, quantity, smallest
from tests.reference.rules.physics import little_slack
from tests.reference.rules.registry import Claim, Outcome, above, any_of, below, rule, where


@rule("consistency", "error")
def percentiles_out_of_order(claim: Claim) -> Outcome:
    latencies = claim.case.latencies_s
    return any_of(
        *(
            below(latencies[f"{name}_p99"] * 1000, latencies[f"{name}_p50"] * 1000)
            for name in ("ttft", "tbt", "e2e", "itl")
        )
    )


@rule("consistency", "error")
def parallelism_exceeds_cards(claim: Claim) -> Outcome:
    return above(claim.case.ranks, 8 * claim.case.count)


@rule("consistency", "info")
def parallelism_above_cards(claim: Claim) -> Outcome:
    return above(claim.case.ranks, claim.case.count)


@rule("consistency", "warn")
def concurrency_above_limit(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode and not case.speculates,
        above(claim["decode_concurrency_uncapped"], little_slack(case) * case.C),
    )


@rule("consistency", "warn")
def requests_in_flight_above_limit(claim: Claim) -> Outcome:
    case = claim.case
    slack = 1.25 if case.ttft_mean.known and case.tbt_mean.known else 1.5
    return where(
        case.scope == "wall" and case.is_decode,
        above(claim["requests_in_flight"], slack * case.C),
    )


@rule("consistency", "warn")
def prompts_not_ingested(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.scope == "wall"
        and case.is_decode
        and not case.disaggregated
        and not case.caches
        and case.prefill > 0,
        below(case.prefill, 0.5 * case.X * case.P / case.D),
    )


@rule("consistency", "warn")
def latency_identity_broken(claim: Claim) -> Outcome:
    case = claim.case
    parts = case.ttft_mean + largest(case.D - 1, 0) * case.tbt_mean
    return above(abs(case.e2e_mean - parts) * 1000, 0.1 * case.e2e_mean * 1000)


@rule("consistency", "info")
def reported_tbt_mismatch(claim: Claim) -> Outcome:
    reported, tbt = claim.case.tbt_reported * 1000, claim.case.tbt_p50 * 1000
    slack = quantity(1.4)
    return any_of(above(reported, slack * tbt), below(reported, tbt / slack))


def _stack(case: Case) -> tuple[object, ...]:
    return case.hardware_id, case.model_id, case.quant_id, case.count.exact


@rule("consistency", "warn")
def results_identical_elsewhere(claim: Claim) -> Outcome:
    own = _stack(claim.case)
    return Outcome(any(_stack(twin) != own for twin in claim.twins))


@rule("consistency", "info")
def results_repeated(claim: Claim) -> Outcome:
    own = _stack(claim.case)
    return Outcome(any(_stack(twin) == own for twin in claim.twins))


@rule("consistency", "warn")
def server_card_mismatch(claim: Claim) -> Outcome:
    case = claim.case
    return Outcome(case.server_card is not None and case.server_card != case.hardware_id)


@rule("consistency", "info")
def context_exceeds_model(claim: Claim) -> Outcome:
    case = claim.case
    return where(case.is_decode, above(case.P + case.D, case.max_context))


@rule("consistency", "info")
def memory_bandwidth_utilization_mismatch(claim: Claim) -> Outcome:
    case, implied = claim.case, 100 * claim["decode_mbu"]
    return where(
        not case.speculates,
        any_of(above(case.memory_bw_pct, 2 * implied), below(case.memory_bw_pct, implied / 2)),
    )


@rule("consistency", "info")
def concurrency_above_batch_size(claim: Claim) -> Outcome:
    case = claim.case
    return where(
        case.is_decode and not case.speculates,
        above(claim["decode_concurrency_uncapped"], 1.4 * case.B),
    )


@rule("consistency", "info")
def requests_in_flight_below_batch(claim: Claim) -> Outcome:
    case = claim.case
    stated = smallest(case.B, case.C)
    if case.ttft_p50.known:
        outcome = below(claim["requests_in_flight"], 0.5 * stated)
    else:
        outcome = below(case.X * case.tbt, 0.25 * stated)
    return where(case.X > 0 and case.is_decode, outcome)


@rule("consistency", "info")
def batch_above_limit(claim: Claim) -> Outcome:
    return above(claim.case.B, claim.case.C)


@rule("consistency", "info")
def disaggregated_cards_mismatch(claim: Claim) -> Outcome:
    case = claim.case
    pools = case.prefill_cards + case.decode_cards
    return Outcome(case.disaggregated and pools.differs_from(case.count), pools, case.count)


@rule("consistency", "info")
def requests_failed(claim: Claim) -> Outcome:
    failed, completed = claim.case.requests_failed, claim.case.requests_completed
    return above(failed, quantity(0.05) * (completed + failed))
