"""The expected columns and findings of a feed, and the differences of another implementation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tests.reference.assumptions import SHIPPED, Assumptions
from tests.reference.case import Item
from tests.reference.metrics import metrics
from tests.reference.rules import Feed
from tests.reference.verdicts import verdict

Row = dict[str, Any]

#: Two implementations round differently.
RELATIVE = 1e-9
#: A difference of two percentages loses digits, so it is compared to those of the percentages.
PERCENTAGE_POINTS = 1e-7


class Expected:
    """The columns and the findings of every case of a feed."""

    def __init__(self, items: Iterable[Item], assumptions: Assumptions = SHIPPED) -> None:
        items = list(items)
        feed = Feed(items, assumptions)
        self.rows: dict[str, Row] = {
            item["id"]: metrics(item, assumptions) | verdict(feed, item["id"]) for item in items
        }
        self.findings = {item["id"]: set(feed.findings(item["id"])) for item in items}

    def differences(
        self, rows: Mapping[str, Row], findings: Mapping[str, set[str]]
    ) -> Iterable[str]:
        """Every way in which rows and findings, by case id, are not what is expected."""
        for case_id, expected in self.rows.items():
            if case_id not in rows:
                yield f"{case_id}: not there"
                continue
            for column, value in expected.items():
                found = rows[case_id].get(column, f"no column {column}")
                if not equal(column, found, value):
                    yield f"{case_id}: {column} is {found!r}, expected {value!r}"
            broken, named = self.findings[case_id], findings.get(case_id, set())
            yield from (f"{case_id}: breaks {rule}, not found" for rule in sorted(broken - named))
            yield from (f"{case_id}: {rule} found, not broken" for rule in sorted(named - broken))


def equal(column: str, found: Any, expected: Any) -> bool:
    """The same value, up to rounding; NULL, a truth value and a text are no numbers."""
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, str | bool) or isinstance(found, str | bool):
        return type(found) is type(expected) and bool(found == expected)
    points = PERCENTAGE_POINTS if column.endswith("_reported_minus_implied") else 0.0
    return math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=points)
