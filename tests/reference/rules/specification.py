"""Rules about what a claim says of its hardware and its model."""

from __future__ import annotations

from tests.reference.rules.registry import Claim, Outcome, above, any_of, below, rule, where


@rule("specification", "error")
def model_parameters_impossible(claim: Claim) -> Outcome:
    case = claim.case
    return any_of(above(case.A / 1e9, 1.001 * case.T / 1e9), above(case.k, case.E))


@rule("specification", "warn")
def moe_parameters_inconsistent(claim: Claim) -> Outcome:
    case = claim.case
    shared_b = (case.A - case.k * (case.T - case.A) / (case.E - case.k)) / 1e9
    return where(case.k < case.E, below(shared_b, 0))


@rule("specification", "warn")
def operator_decomposition_implausible(claim: Claim) -> Outcome:
    case = claim.case
    linear = 2 * case.A
    return where(
        case.is_decode and case.has_operators,
        any_of(
            below(case.operator_flops, 0.2 * linear),
            above(case.operator_flops, 5 * linear),
        ),
    )


@rule("specification", "info")
def peak_looks_sparse(claim: Claim) -> Outcome:
    peaks = claim.case.peaks
    return any_of(
        above(peaks["fp8"] / peaks["bf16"], 2.2),
        above(peaks["int8"] / peaks["bf16"], 2.2),
        above(peaks["fp4"] / peaks["fp8"], 3.4),
    )


@rule("specification", "info")
def tensor_parallel_beyond_scale_up(claim: Claim) -> Outcome:
    case = claim.case
    domain = case.number("resolved.hardware.scale_up.world_size")
    return where(domain > 1, above(case.tp, domain))
