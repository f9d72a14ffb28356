"""Rules about what a claim rests on."""

from __future__ import annotations

import re

from tests.reference.assumptions import Assumptions
from tests.reference.case import Item
from tests.reference.rules.registry import Claim, Outcome, below, rule, where


def overstated(evidence: Item, assumptions: Assumptions) -> bool:
    """The item calls itself measured, and its source or its attestation says otherwise."""
    if evidence.get("tier") != "measured":
        return False
    attestation = evidence.get("contributor_attestation") or ""
    return (
        evidence.get("source_type") not in assumptions.measured_source_types
        or re.search(assumptions.disqualifying_attestation, attestation, re.IGNORECASE) is not None
    )


@rule("evidence", "warn")
def evidence_tier_overstated(claim: Claim) -> Outcome:
    case = claim.case
    items = case.item.get("evidence") or []
    return Outcome(any(overstated(item, case.assumptions) for item in items))


@rule("evidence", "info")
def no_result(claim: Claim) -> Outcome:
    case = claim.case
    return Outcome(
        not case.X.positive.known
        and not case.prefill.positive.known
        and not case.ttft_p50.known
        and not case.tbt_p50.known
    )


@rule("evidence", "info")
def percentile_of_few_requests(claim: Claim) -> Outcome:
    case = claim.case
    has_p99 = any(value.known for name, value in case.latencies_s.items() if name.endswith("p99"))
    return where(has_p99, below(case.requests_completed, 100))


@rule("evidence", "info")
def power_equals_tdp(claim: Claim) -> Outcome:
    return below(abs(claim["power_to_tdp"] - 1), 0.002)
