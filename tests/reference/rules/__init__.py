"""The rules, and what they find in one item of a feed or in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.case import Case, Item
from tests.reference.rules import (  # noqa: F401  each enters its rules
    consistency,
    evidence,
    physics,
    specification,
    support,
    titles,
)
from tests.reference.rules.registry import RULES, Category, Claim, Severity

__all__ = ["RULES", "Feed", "Finding", "findings"]


@dataclass(frozen=True)
class Finding:
    """One broken rule. Latencies are in ms, memory in GB; None where it is not about a quantity."""

    severity: Severity
    category: Category
    observed: float | None
    limit: float | None
    margin: float | None


Findings = dict[str, Finding]


class Feed:
    """The current cases together, since some rules compare a case with the others."""

    def __init__(self, items: Iterable[Item], assumptions: Assumptions = SHIPPED) -> None:
        self.cases = {item["id"]: Case(item, assumptions) for item in items}
        self._alike: dict[tuple[object, ...], list[Case]] = {}
        for case in self.cases.values():
            if (results := _results(case)) is not None:
                self._alike.setdefault(results, []).append(case)

    def claim(self, case: Case) -> Claim:
        alike = self._alike.get(_results(case) or (), [])
        return Claim(case, [other for other in alike if other.id != case.id])

    def findings(self, case_id: str) -> Findings:
        return findings_of(self.claim(self.cases[case_id]))


def findings(
    item: Item, current_items: Sequence[Item], assumptions: Assumptions = SHIPPED
) -> Findings:
    """The rules that an item breaks among the current items, by id."""
    return findings_of(Feed(current_items, assumptions).claim(Case(item, assumptions)))


def findings_of(claim: Claim) -> Findings:
    found = {}
    for rule in RULES.values():
        outcome = rule.judge(claim)
        if outcome.broken:
            margin = abs(outcome.observed - outcome.limit) / abs(outcome.limit)
            found[rule.id] = Finding(
                rule.severity,
                rule.category,
                outcome.observed.number,
                outcome.limit.number,
                margin.number,
            )
    return found


def _results(case: Case) -> tuple[object, ...] | None:
    """The numbers that equal results share; None where too few are reported to tell."""
    throughputs, latencies = (case.X, case.prefill), (case.ttft_p50, case.tbt_p50)
    throughputs_above_0 = sum(each > 0 for each in throughputs)
    above_0 = throughputs_above_0 + sum(each > 0 for each in latencies)
    if throughputs_above_0 == 0 or above_0 < 2:
        return None
    return tuple(each.exact for each in (*throughputs, *latencies))
