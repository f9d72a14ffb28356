"""Findings of the audit, had the case run on the specifications of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried


@table(grain=["case_id", "rule_id"])
class ReferenceFinding(Contract):
    """One row per current case and rule that it breaks on the reference basis.

    Cases are those of which a specification differs from the catalog (spec_difference).
    """

    case_id: str = carried("finding.case_id", references="fact_case.case_id")
    rule_id: str = carried("finding.rule_id")
    category: str = carried("finding.category")
    severity: str = carried("finding.severity")
    observed: float = carried("finding.observed")
    limit_value: float = carried("finding.limit_value")
    margin: float = carried("finding.margin")
    message: str = carried("finding.message")
