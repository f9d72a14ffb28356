"""Two questions, two answers: can it be so, and on what does it rest."""

from __future__ import annotations

from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.case import Item
from tests.reference.metrics import number
from tests.reference.rules import Feed, Findings, findings_of
from tests.reference.rules.registry import Claim

Verdict = dict[str, str | int | None]


def plausibility(claim: Claim, found: Findings) -> str:
    """impossible, implausible, plausible or not_judged."""
    severities = {
        finding.severity
        for finding in found.values()
        if finding.category not in ("evidence", "support")
    }
    if "error" in severities:
        return "impossible"
    if "warn" in severities:
        return "implausible"
    judged = (
        number(claim.columns, "roofline_efficiency").known
        or number(claim.columns, "prefill_mfu").known
        or claim.columns["weights_fit"] is not None
    )
    return "plausible" if judged and "no_result" not in found else "not_judged"


def declared_tier(item: Item, assumptions: Assumptions = SHIPPED) -> str | None:
    """The tier of the evidence that ranks first in the trust policy's order."""
    tiers = {evidence.get("tier") for evidence in item.get("evidence") or []}
    return next((tier for tier in assumptions.tier_order if tier in tiers), None)


def effective_tier(plausible: str, declared: str | None, found: Findings) -> str | None:
    if plausible == "impossible":
        return "inconsistent"
    if "no_result" in found:
        return "none"
    if "evidence_tier_overstated" in found:
        return "estimated"
    return declared


def verdict(feed: Feed, case_id: str) -> Verdict:
    """The columns of one case that follow from its findings."""
    claim = feed.claim(feed.cases[case_id])
    found = findings_of(claim)
    severities = [finding.severity for finding in found.values()]
    plausible = plausibility(claim, found)
    declared = declared_tier(claim.case.item, claim.case.assumptions)
    return {
        "plausibility": plausible,
        "declared_tier": declared,
        "effective_tier": effective_tier(plausible, declared, found),
        "error_count": severities.count("error"),
        "warn_count": severities.count("warn"),
        "info_count": severities.count("info"),
    }
