-- One row per current case: what was claimed, on what, and every derived
-- metric. The id is that of the table on which all others are joined: DuckDB
-- then hands a range of it on to each of them.
with verdict as (
    select
        case_id,
        cast(count(*) filter (where severity = 'error') as bigint)
            as error_count,
        cast(count(*) filter (where severity = 'warn') as bigint)
            as warn_count,
        cast(count(*) filter (where severity = 'info') as bigint)
            as info_count,
        coalesce(bool_or(rule_id = 'evidence_tier_overstated'), false)
            as is_tier_overstated,
        string_agg(rule_id, ', ' order by rule_id) filter (
            where severity = 'error'
        ) as error_rules
    from quality.finding
    group by case_id
)

select
    m.case_id,
    fact.title,
    fact.submitted_on,
    fact.hardware_id,
    hardware.hardware_name,
    hardware.hardware_vendor,
    fact.card_count,
    i.serving_cards,
    fact.is_disaggregated,
    fact.server_id,
    server.server_name,
    fact.model_id,
    model.model_name,
    model.lab,
    model.model_family,
    i.domain,
    i.workload_kind,
    model.total_params_b,
    model.active_params_b,
    fact.engine_id,
    engine.engine_name,
    fact.engine_version,
    fact.quant_id,
    quant.quant_name,
    quant.bits_per_weight,
    quant.bits_per_activation,
    i.compute_precision,
    i.compute_precision_is_native,
    fact.prefill_seq_len,
    fact.decode_seq_len,
    fact.batch_size,
    fact.max_concurrent_requests,
    fact.decode_tok_s,
    fact.prefill_tok_s,
    fact.ttft_p50_ms,
    fact.ttft_p99_ms,
    fact.tbt_p50_ms,
    fact.tbt_p99_ms,
    fact.memory_per_card_gb,
    fact.power_per_card_w,
    fact.compute_pct,
    fact.memory_bw_pct,
    fact.bottleneck,
    i.uses_speculative_decoding,
    i.uses_prefix_caching,
    m.* exclude (case_id, revision, is_current),
    trust.declared_tier,
    case
        when verdict.error_count > 0 then 'inconsistent'
        when verdict.is_tier_overstated then 'estimated'
        else trust.declared_tier
    end as effective_tier,
    case
        when verdict.error_count > 0
            then concat('impossible as reported: ', verdict.error_rules)
        when verdict.is_tier_overstated then trust.overstated_reason
    end as tier_reason,
    coalesce(verdict.error_count, 0) as error_count,
    coalesce(verdict.warn_count, 0) as warn_count,
    coalesce(verdict.info_count, 0) as info_count
from metrics.case_metric as m
inner join metrics.case_input as i
    on m.case_id = i.case_id and m.revision = i.revision
inner join main.fact_case as fact on m.case_id = fact.case_id
inner join main.dim_hardware as hardware
    on fact.hardware_key = hardware.hardware_key
left join main.dim_server as server on fact.server_key = server.server_key
inner join main.dim_model as model on fact.model_key = model.model_key
inner join main.dim_engine as engine on fact.engine_key = engine.engine_key
inner join main.dim_quant as quant on fact.quant_key = quant.quant_key
left join metrics.case_trust as trust on m.case_id = trust.case_id
left join verdict on m.case_id = verdict.case_id
where m.is_current
order by m.case_id
