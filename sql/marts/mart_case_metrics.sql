-- One row per current case: the claim, its stack, and every derived metric with
-- the specifications of its source; also the efficiency and the verdict with
-- those of the catalog, if they differ. The id comes from the table to which
-- all others are joined, so that DuckDB applies a range of ids to each of them.
with found as (
    select
        case_id,
        cast(count(*) filter (where severity = 'error') as bigint)
            as error_count,
        cast(count(*) filter (where severity = 'warn') as bigint)
            as warn_count,
        cast(count(*) filter (where severity = 'info') as bigint)
            as info_count,
        -- Evidence and support say nothing about the numbers themselves.
        cast(count(*) filter (
            where severity = 'error' and category not in ('evidence', 'support')
        ) as bigint) as impossible_count,
        cast(count(*) filter (
            where severity = 'warn' and category not in ('evidence', 'support')
        ) as bigint) as implausible_count,
        bool_or(rule_id = 'evidence_tier_overstated') as is_tier_overstated,
        bool_or(rule_id = 'no_result') as has_no_result,
        string_agg(rule_id, ', ' order by rule_id) filter (
            where severity = 'error' and category not in ('evidence', 'support')
        ) as error_rules
    from quality.finding
    group by case_id
),

verdict as (
    select
        m.case_id,
        coalesce(found.error_count, 0) as error_count,
        coalesce(found.warn_count, 0) as warn_count,
        coalesce(found.info_count, 0) as info_count,
        coalesce(found.is_tier_overstated, false) as is_tier_overstated,
        coalesce(found.has_no_result, false) as has_no_result,
        found.error_rules,
        plausibility_of(
            found.impossible_count,
            found.implausible_count,
            found.has_no_result,
            m.roofline_efficiency,
            m.prefill_mfu,
            m.weights_fit
        ) as plausibility
    from metrics.case_metric as m
    left join found on m.case_id = found.case_id
    where m.is_current and m.basis = 'claimed'
),

difference as (
    select
        version_key,
        list(concat(dimension, '.', attribute) order by attribute)
            as attributes
    from quality.spec_difference
    group by version_key
),

reference_found as (
    select
        case_id,
        cast(count(*) filter (
            where severity = 'error' and category not in ('evidence', 'support')
        ) as bigint) as impossible_count,
        cast(count(*) filter (
            where severity = 'warn' and category not in ('evidence', 'support')
        ) as bigint) as implausible_count,
        bool_or(rule_id = 'no_result') as has_no_result
    from quality.reference_finding
    group by case_id
),

reference as (
    select
        m.case_id,
        m.roofline_efficiency,
        plausibility_of(
            found.impossible_count,
            found.implausible_count,
            found.has_no_result,
            m.roofline_efficiency,
            m.prefill_mfu,
            m.weights_fit
        ) as plausibility,
        list_concat(
            coalesce(hardware.attributes, []),
            coalesce(model.attributes, []),
            coalesce(quant.attributes, [])
        ) as attributes
    from metrics.case_metric as m
    inner join main.fact_case as fact on m.case_id = fact.case_id
    left join difference as hardware
        on fact.hardware_key = hardware.version_key
    left join difference as model on fact.model_key = model.version_key
    left join difference as quant on fact.quant_key = quant.version_key
    left join reference_found as found on m.case_id = found.case_id
    where m.is_current and m.basis = 'reference'
)

select
    m.case_id,
    fact.source_id,
    fact.title,
    coalesce(
        nullif(trim(fact.title), ''),
        concat(
            coalesce(model.model_name, fact.model_id),
            ' on ',
            fact.card_count || '× ',
            coalesce(hardware.hardware_name, fact.hardware_id),
            ' with ',
            coalesce(engine.engine_name, fact.engine_id)
        )
    ) as display_title,
    fact.submitted_on,
    fact.run_at,
    fact.division,
    fact.hardware_id,
    hardware.hardware_name,
    hardware.hardware_vendor,
    fact.card_count,
    i.serving_cards,
    i.all_cards,
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
    i.throughput_scope,
    fact.decode_tok_s,
    fact.prefill_tok_s,
    fact.ttft_mean_ms,
    fact.ttft_p50_ms,
    fact.ttft_p99_ms,
    fact.tbt_mean_ms,
    fact.tbt_p50_ms,
    fact.tbt_p99_ms,
    fact.tbt_reported_ms,
    fact.itl_p50_ms,
    fact.itl_p99_ms,
    fact.e2e_mean_ms,
    fact.e2e_p50_ms,
    fact.e2e_p99_ms,
    fact.requests_completed,
    fact.requests_failed,
    fact.memory_per_card_gb,
    fact.power_per_card_w,
    fact.system_power_w,
    fact.compute_pct,
    fact.memory_bw_pct,
    fact.bottleneck,
    i.uses_speculative_decoding,
    i.uses_prefix_caching,
    i.prefix_cache_hit_rate,
    i.kv_cache_bits,
    i.is_decode_workload,
    m.* exclude (case_id, revision, basis, is_current),
    verdict.plausibility,
    reference.roofline_efficiency as reference_roofline_efficiency,
    reference.plausibility as reference_plausibility,
    reference.attributes as differing_specifications,
    trust.declared_tier,
    case
        when verdict.plausibility = 'impossible' then 'inconsistent'
        when verdict.has_no_result then 'none'
        when verdict.is_tier_overstated then 'estimated'
        else trust.declared_tier
    end as effective_tier,
    case
        when verdict.plausibility = 'impossible'
            then concat('impossible as reported: ', verdict.error_rules)
        when verdict.has_no_result then 'no result'
        when verdict.is_tier_overstated then trust.overstated_reason
    end as tier_reason,
    coalesce(trust.traceable_item_count, 0) > 0
    and not verdict.is_tier_overstated
    and not verdict.has_no_result as is_traceable,
    verdict.error_count,
    verdict.warn_count,
    verdict.info_count
from metrics.case_metric as m
inner join metrics.case_input as i
    on
        m.case_id = i.case_id
        and m.revision = i.revision
        and i.basis = 'claimed'
inner join main.fact_case as fact on m.case_id = fact.case_id
inner join main.dim_hardware as hardware
    on fact.hardware_key = hardware.hardware_key
left join main.dim_server as server on fact.server_key = server.server_key
inner join main.dim_model as model on fact.model_key = model.model_key
inner join main.dim_engine as engine on fact.engine_key = engine.engine_key
inner join main.dim_quant as quant on fact.quant_key = quant.quant_key
left join metrics.case_trust as trust on m.case_id = trust.case_id
inner join verdict on m.case_id = verdict.case_id
left join reference on m.case_id = reference.case_id
where m.is_current and m.basis = 'claimed'
order by m.case_id
