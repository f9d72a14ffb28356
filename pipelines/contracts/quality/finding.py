"""Findings of the audit."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.quality.rule import CATEGORIES, SEVERITIES
from pipelines.contracts.vocabulary import as_in, carried, number, text

NO_QUANTITY = "the rule is not about a quantity"


@table(grain=["case_id", "rule_id"])
class Finding(Contract):
    """One row per current case and rule that it breaks."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    rule_id: str = text(as_in("rule.rule_id"))
    category: str = text(as_in("rule.category"), one_of=CATEGORIES)
    severity: str = text(as_in("rule.severity"), one_of=SEVERITIES)
    observed: float = number("Value found in the case", unit="as in the message", null=NO_QUANTITY)
    limit_value: float = number(
        "Limit that the rule sets", unit="as in the message", null=NO_QUANTITY
    )
    margin: float = number(
        "Distance beyond the limit, as a share of it: |observed − limit| / |limit|",
        unit="1",
        null=f"{NO_QUANTITY}, or the limit is 0",
        ge=0,
    )
    message: str = text("Finding in words, with its numbers")
