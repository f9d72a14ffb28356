-- One row per case, revision and published efficiency that differs from the
-- previous revision, with what changed between the two: the case itself, or
-- which entities of its stack.
with valued as (
    select
        metric.case_id,
        metric.revision,
        unnest([
            'roofline_efficiency',
            'decode_roofline_efficiency',
            'serving_roofline_efficiency',
            'decode_roofline_efficiency_batch1',
            'decode_mbu',
            'decode_mfu',
            'prefill_mfu',
            'output_tok_s_per_w',
            'output_tok_s_per_w_system',
            'decode_tok_s_per_w',
            'decode_tok_s_per_w_tdp',
            'decode_tok_s_per_w_server'
        ]) as metric,
        unnest([
            metric.roofline_efficiency,
            metric.decode_roofline_efficiency,
            metric.serving_roofline_efficiency,
            metric.decode_roofline_efficiency_batch1,
            metric.decode_mbu,
            metric.decode_mfu,
            metric.prefill_mfu,
            metric.output_tok_s_per_w,
            metric.output_tok_s_per_w_system,
            metric.decode_tok_s_per_w,
            metric.decode_tok_s_per_w_tdp,
            metric.decode_tok_s_per_w_server
        ]) as value
    from metrics.case_metric as metric
    where
        metric.basis = 'claimed'
        and metric.case_id in (
            select history.case_id
            from main.fact_case_history as history
            where history.revision > 1
        )
),

case_changed as (
    select distinct
        case_id,
        revision
    from marts.mart_case_change
),

step as (
    select
        now.case_id,
        now.revision,
        now.valid_from as changed_at,
        list_filter(
            [
                case when case_changed.case_id is not null then 'case' end,
                case
                    when now.hardware_key is distinct from past.hardware_key
                        then 'hardware'
                end,
                case
                    when now.server_key is distinct from past.server_key
                        then 'server'
                end,
                case
                    when now.model_key is distinct from past.model_key
                        then 'model'
                end,
                case
                    when now.engine_key is distinct from past.engine_key
                        then 'engine'
                end,
                case
                    when now.quant_key is distinct from past.quant_key
                        then 'quant'
                end
            ],
            lambda x: x is not null
        ) as changed_with
    from main.fact_case_history as now
    inner join main.fact_case_history as past
        on
            now.case_id = past.case_id
            and now.revision = past.revision + 1
    left join case_changed
        on
            now.case_id = case_changed.case_id
            and now.revision = case_changed.revision
    where now.revision > 1
)

select
    step.case_id,
    step.revision,
    now.metric,
    step.changed_at,
    past.value as value_before,
    now.value as value_after,
    now.value - past.value as value_change,
    step.changed_with
from step
inner join valued as now
    on step.case_id = now.case_id and step.revision = now.revision
inner join valued as past
    on
        step.case_id = past.case_id
        and step.revision = past.revision + 1
        and now.metric = past.metric
where past.value is distinct from now.value
order by step.case_id, step.revision, now.metric
