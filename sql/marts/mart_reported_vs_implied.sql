-- One row per current case and quantity: what was reported, what the case's
-- other numbers imply, and whether the two agree.
with pair as (
    select
        case_id,
        'memory_bandwidth' as quantity,
        '%' as unit,
        memory_bw_pct as reported,
        100 * decode_mbu as implied
    from marts.mart_case_metrics
    union all
    select
        case_id,
        'compute' as quantity,
        '%' as unit,
        compute_pct as reported,
        100 * decode_mfu as implied
    from marts.mart_case_metrics
    union all
    select
        case_id,
        'memory' as quantity,
        'GB per card' as unit,
        memory_per_card_gb as reported,
        weights_per_card_gb + coalesce(
            safe_divide(
                decode_concurrency * context_tokens_mean * kv_bytes_per_token,
                serving_cards * 1e9
            ),
            0
        ) as implied
    from marts.mart_case_metrics
    union all
    select
        case_id,
        'concurrency' as quantity,
        'sequences' as unit,
        batch_size as reported,
        decode_concurrency_uncapped as implied
    from marts.mart_case_metrics
),

compared as (
    select
        *,
        safe_divide(reported, implied) as reported_to_implied
    from pair
)

select
    compared.case_id,
    compared.quantity,
    compared.unit,
    compared.reported,
    compared.implied,
    compared.reported_to_implied,
    case
        when compared.reported is null then 'not reported'
        when compared.reported_to_implied is null then 'not comparable'
        when compared.reported_to_implied > assumed('agreement_factor')
            then 'reported too high'
        when compared.reported_to_implied * assumed('agreement_factor') < 1
            then 'reported too low'
        else 'agrees'
    end as verdict,
    mart.hardware_id,
    mart.model_id,
    mart.engine_id,
    mart.quant_id
from compared
inner join marts.mart_case_metrics as mart
    on compared.case_id = mart.case_id
order by compared.case_id, compared.quantity
