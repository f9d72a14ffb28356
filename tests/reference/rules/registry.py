"""The form of a rule, and the table of all rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.reference.case import Case
from tests.reference.metrics import Column, columns, number
from tests.reference.quantity import NULL, Operand, Quantity, quantity

Severity = Literal["error", "warn", "info"]
Category = Literal["physics", "consistency", "specification", "evidence", "support"]


@dataclass(frozen=True)
class Outcome:
    """The answer of one rule about one case. NULL where it is not about a quantity."""

    broken: bool
    observed: Quantity = NULL
    limit: Quantity = NULL


class Claim:
    """A case with its columns, and the other current cases that report the same results."""

    def __init__(self, case: Case, twins: Sequence[Case] = ()) -> None:
        self.case = case
        self.columns: dict[str, Column] = columns(case)
        self.twins = twins

    def __getitem__(self, column: str) -> Quantity:
        return number(self.columns, column)


@dataclass(frozen=True)
class Rule:
    id: str
    category: Category
    severity: Severity
    judge: Callable[[Claim], Outcome]


class Rules(dict[str, Rule]):
    """Rules by id."""

    def __missing__(self, rule_id: str) -> Rule:
        raise KeyError(
            f"the reference has no rule {rule_id!r}: write a function of that name "
            "in the module of its category in tests/reference/rules/"
        )


RULES = Rules()


def rule(
    category: Category, severity: Severity
) -> Callable[[Callable[[Claim], Outcome]], Callable[[Claim], Outcome]]:
    """Enter a function under its name, which is the rule's id."""

    def enter(judge: Callable[[Claim], Outcome]) -> Callable[[Claim], Outcome]:
        rule_id = judge.__name__
        assert rule_id not in RULES, rule_id
        RULES[rule_id] = Rule(rule_id, category, severity, judge)
        return judge

    return enter


KEPT = Outcome(broken=False)


def above(observed: Operand, limit: Operand) -> Outcome:
    """Broken where observed > limit."""
    observed, limit = quantity(observed), quantity(limit)
    return Outcome(observed > limit, observed, limit)


def below(observed: Operand, limit: Operand) -> Outcome:
    """Broken where observed < limit."""
    observed, limit = quantity(observed), quantity(limit)
    return Outcome(observed < limit, observed, limit)


def where(applies: bool, outcome: Outcome) -> Outcome:
    """The outcome, if the rule applies at all."""
    return outcome if applies else KEPT


def any_of(*outcomes: Outcome) -> Outcome:
    """The first that is broken: of parts joined by "or", one that is NULL does not apply."""
    return next((outcome for outcome in outcomes if outcome.broken), KEPT)
