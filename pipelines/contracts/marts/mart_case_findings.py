"""Findings with what a reader needs to judge them."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, text


@table(grain=["case_id", "rule_id"], by_case=True)
class MartCaseFindings(Contract):
    """One row per current case and rule that it breaks, with rule, numbers and stack."""

    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    source_id: str = carried("mart_case_metrics.source_id")
    rule_id: str = carried("finding.rule_id")
    severity: str = carried("finding.severity")
    rule_title: str = text("Title of the rule: what should hold")
    message: str = carried("finding.message")
    rule_why: str = carried("rule.why")
    observed: float = carried("finding.observed")
    limit_value: float = carried("finding.limit_value")
    margin: float = carried("finding.margin")
    title: str = carried("mart_case_metrics.title")
    hardware_id: str = carried("mart_case_metrics.hardware_id")
    hardware_name: str = carried("mart_case_metrics.hardware_name")
    card_count: int = carried("mart_case_metrics.card_count")
    model_id: str = carried("mart_case_metrics.model_id")
    model_name: str = carried("mart_case_metrics.model_name")
    engine_id: str = carried("mart_case_metrics.engine_id")
    quant_id: str = carried("mart_case_metrics.quant_id")
    declared_tier: str = carried("mart_case_metrics.declared_tier")
    effective_tier: str = carried("mart_case_metrics.effective_tier")
