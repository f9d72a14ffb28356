"""The throughput to expect: a prior from the roofline, and how far clean claims are from it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.reference import roofline
from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.case import Case
from tests.reference.quantity import NULL, Quantity, largest
from tests.reference.rules import Feed, findings_of
from tests.reference.verdicts import plausibility

Z80 = 1.2815515655446004  # half the width of an 80 % interval, in standard deviations of a normal

Pool = Literal["hardware", "vendor", "all"]
Leaving = Literal["case", "model"]


@dataclass(frozen=True)
class Residual:
    """The distance of one clean claim from its prior: ln(X / prior)."""

    case_id: str
    hardware_id: str
    vendor: str
    model_id: str
    value: float


@dataclass(frozen=True)
class Pooled:
    """The residual to expect on a card. The spread is None with fewer than two clean claims."""

    pool: Pool
    pool_n: int
    log_mean: float
    log_spread: float | None


@dataclass(frozen=True)
class Estimate:
    """None throughout where the setup does not fit its cards, or nobody claims anything."""

    fits: bool | None
    tok_s: float | None
    tok_s_low: float | None
    tok_s_high: float | None


@dataclass(frozen=True)
class Accuracy:
    """The error of predictions, each made without the claim that it is of."""

    case_count: int
    error_factor_median: float
    error_factor_worst: float
    bias_factor: float
    interval_coverage: float | None
    share_below: float | None
    share_above: float | None


def prior_step_s(case: Case, b: Quantity) -> Quantity:
    """t_prior(b): a step at the prior efficiency, and a fixed cost for every layer."""
    bound = largest(roofline.memory_s(case, b), roofline.compute_s(case, b))
    per_layer = case.assumptions.layer_cost_s * case.L.or_else(0)
    return bound / case.assumptions.prior_efficiency + per_layer


def prior_tok_s(case: Case) -> Quantity:
    """The prior of the throughput that a claim reports; of a whole run, with its prompts."""
    n = roofline.concurrency(case)
    token_s = prior_step_s(case, n) / n
    if case.scope == "wall":
        token_s = token_s + roofline.prompt_s(case) / case.assumptions.prior_efficiency
    return 1 / token_s


def residuals(feed: Feed) -> list[Residual]:
    """Of the clean claims (plausible) with a throughput and a prior, by case id.

    Those of MLPerf's open division may be of a changed model: they are none.
    """
    found = []
    for case_id, case in sorted(feed.cases.items()):
        if (case.text("division") or "").lower() == "open":
            continue
        claim = feed.claim(case)
        ratio = (case.X / prior_tok_s(case)).number
        if ratio is None or ratio <= 0:
            continue
        if plausibility(claim, findings_of(claim)) == "plausible":
            vendor = case.text("resolved.hardware.vendor") or ""
            ids = case.hardware_id or "", vendor, case.model_id or ""
            found.append(Residual(case_id, *ids, math.log(ratio)))
    return found


def pooled(
    known: Sequence[Residual], hardware_id: str, vendor: str, assumptions: Assumptions = SHIPPED
) -> Pooled | None:
    """The card's own claims, drawn to those of its vendor, and these to all."""
    if not known:
        return None
    weight = assumptions.pooling_weight
    everyone = [each.value for each in known]
    mean = statistics.fmean(everyone)
    pool: Pool = "all"
    pool_n = len(everyone)
    of_vendor = [each.value for each in known if each.vendor == vendor]
    of_hardware = [each.value for each in known if each.hardware_id == hardware_id]
    wider: list[tuple[Pool, list[float]]] = [("vendor", of_vendor), ("hardware", of_hardware)]
    for name, members in wider:
        mean = (sum(members) + weight * mean) / (len(members) + weight)
        if members:
            pool, pool_n = name, len(members)
    spread = None
    if len(everyone) > 1:
        spread = statistics.stdev(everyone) * math.sqrt(1 + 1 / (pool_n + weight))
    return Pooled(pool, pool_n, mean, spread)


def fits(case: Case) -> bool | None:
    """B sequences of full length, and the weights, are in the cards' memory."""
    weights, capacity = case.T * case.w, case.n * case.CAP
    cache = case.B * case.ctx_longest * case.kv
    needed = weights + cache.or_else(0)
    return needed <= capacity if needed.known and capacity.known else None


def estimate(case: Case, known: Sequence[Residual]) -> Estimate:
    """The decode throughput to expect of B sequences on the case's cards, with 80 % interval."""
    fit = fits(case)
    prior = (case.B / prior_step_s(case, case.B) if fit is not False else NULL).number
    expected = pooled(
        known,
        case.hardware_id or "",
        case.text("resolved.hardware.vendor") or "",
        case.assumptions,
    )
    if prior is None or expected is None:
        return Estimate(fit, None, None, None)
    middle = prior * math.exp(expected.log_mean)
    if expected.log_spread is None:
        return Estimate(fit, middle, None, None)
    width = math.exp(Z80 * expected.log_spread)
    return Estimate(fit, middle, middle / width, middle * width)


def accuracy(
    known: Sequence[Residual], leaving: Leaving, assumptions: Assumptions = SHIPPED
) -> dict[str, Accuracy]:
    """By the pool that the predictions rest on, and overall."""
    predicted: dict[str, list[tuple[float, float | None]]] = {}
    for each in known:
        if leaving == "case":
            others = [other for other in known if other.case_id != each.case_id]
        else:
            others = [other for other in known if other.model_id != each.model_id]
        expected = pooled(others, each.hardware_id, each.vendor, assumptions)
        if expected is not None:
            for name in (expected.pool, "overall"):
                error = each.value - expected.log_mean
                predicted.setdefault(name, []).append((error, expected.log_spread))
    return {name: _summary(errors) for name, errors in predicted.items()}


def _summary(errors: list[tuple[float, float | None]]) -> Accuracy:
    factors = [math.exp(abs(error)) for error, _ in errors]
    ends = [(error, Z80 * spread) for error, spread in errors if spread is not None]

    def share(count: int) -> float | None:
        return count / len(ends) if ends else None

    return Accuracy(
        case_count=len(errors),
        error_factor_median=statistics.median(factors),
        error_factor_worst=max(factors),
        bias_factor=math.exp(statistics.fmean(error for error, _ in errors)),
        interval_coverage=share(sum(abs(error) <= end for error, end in ends)),
        share_below=share(sum(error < -end for error, end in ends)),
        share_above=share(sum(error > end for error, end in ends)),
    )
