"""Findings of the audit, had the case run on the specifications of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.quality.finding import NO_QUANTITY
from pipelines.contracts.quality.rule import CATEGORIES, SEVERITIES
from pipelines.contracts.vocabulary import as_in, carried, number, text


@table(grain=["case_id", "rule_id"])
class ReferenceFinding(Contract):
    """One row per current case and rule that it breaks on the reference basis.

    Cases are those of which a specification differs from the catalog (spec_difference).
    """

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    rule_id: str = text(as_in("rule.rule_id"))
    category: str = text(as_in("rule.category"), one_of=CATEGORIES)
    severity: str = text(as_in("rule.severity"), one_of=SEVERITIES)
    observed: float = number(as_in("finding.observed"), unit="as in the message", null=NO_QUANTITY)
    limit_value: float = number(
        as_in("finding.limit_value"), unit="as in the message", null=NO_QUANTITY
    )
    margin: float = number(
        as_in("finding.margin"), unit="1", null=f"{NO_QUANTITY}, or the limit is 0", ge=0
    )
    message: str = text(as_in("finding.message"))
