-- One row per current case and quantity: the reported value, the one that the
-- case's other numbers imply, and whether the two agree. Only values with a
-- single definition are compared:
--   memory_bandwidth, concurrency: not with speculative decoding, whose steps
--       yield several tokens;
--   compute: not over the whole run, whose throughput leaves the prompts out;
--   memory: not if the size of the KV cache is unknown, as weights alone are a
--       lower bound.
with pair as (
    select
        m.case_id,
        unnest([
            'memory_bandwidth', 'compute', 'memory', 'concurrency'
        ]) as quantity,
        unnest(['%', '%', 'GB per card', 'sequences']) as unit,
        unnest([
            i.memory_bw_pct, i.compute_pct, i.memory_per_card_gb, i.batch_size
        ]) as reported,
        unnest([
            case
                when not i.uses_speculative_decoding then 100 * m.decode_mbu
            end,
            case when i.throughput_scope = 'phase' then 100 * m.decode_mfu end,
            m.weights_per_card_gb
            + safe_divide(
                m.decode_concurrency
                * i.context_tokens_kept
                * nullif(i.kv_bytes_per_token, 0),
                i.serving_cards * 1e9
            ),
            case
                when not i.uses_speculative_decoding
                    then m.decode_concurrency_uncapped
            end
        ]) as implied,
        m.throughput_scope,
        m.plausibility,
        m.hardware_id,
        m.model_id,
        m.engine_id,
        m.quant_id
    from marts.mart_case_metrics as m
    inner join metrics.case_input as i
        on
            m.case_id = i.case_id
            and i.is_current
            and i.basis = 'claimed'
)

select
    case_id,
    quantity,
    unit,
    reported,
    implied,
    safe_divide(reported, implied) as reported_to_implied,
    case
        when reported is null then 'not reported'
        when reported_to_implied is null then 'not comparable'
        when reported_to_implied > assumed('agreement_factor')
            then 'reported too high'
        when reported_to_implied * assumed('agreement_factor') < 1
            then 'reported too low'
        else 'agrees'
    end as verdict,
    throughput_scope,
    plausibility,
    hardware_id,
    model_id,
    engine_id,
    quant_id
from pair
order by case_id, quantity
