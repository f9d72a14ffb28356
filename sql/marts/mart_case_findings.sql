-- One row per current case and rule that it breaks, complete for a reader.
select
    finding.case_id,
    mart.source_id,
    finding.rule_id,
    finding.severity,
    rule.title as rule_title,
    finding.message,
    rule.why as rule_why,
    finding.observed,
    finding.limit_value,
    finding.margin,
    mart.title,
    mart.hardware_id,
    mart.hardware_name,
    mart.card_count,
    mart.model_id,
    mart.model_name,
    mart.engine_id,
    mart.quant_id,
    mart.declared_tier,
    mart.effective_tier
from quality.finding as finding
inner join quality.rule as rule on finding.rule_id = rule.rule_id
inner join marts.mart_case_metrics as mart on finding.case_id = mart.case_id
order by finding.case_id, finding.rule_id
