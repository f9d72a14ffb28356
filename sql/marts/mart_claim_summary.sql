-- One row per subject (an accelerator, an engine or a model) and compute
-- precision: what its claims say. Every figure but the counts is over the
-- claims without an error, so that an impossible one lifts nobody.
with claim as (
    select
        *,
        error_count = 0 as is_clean
    from marts.mart_case_metrics
),

subject as (
    select
        'hardware' as subject_type,
        hardware_id as subject_id,
        *
    from claim
    union all by name
    select
        'engine' as subject_type,
        engine_id as subject_id,
        *
    from claim
    union all by name
    select
        'model' as subject_type,
        model_id as subject_id,
        *
    from claim
),

summary as (
    select
        subject_type,
        subject_id,
        coalesce(compute_precision, 'none') as compute_precision,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where is_clean) as bigint) as clean_case_count,
        list(case_id order by case_id) filter (where not is_clean)
            as excluded_case_ids,
        list(decode_roofline_efficiency order by decode_roofline_efficiency)
        filter (where is_clean and decode_roofline_efficiency is not null)
            as efficiencies,
        list(decode_mbu order by decode_mbu)
        filter (where is_clean and decode_mbu is not null) as mbus,
        list(decode_mfu order by decode_mfu)
        filter (where is_clean and decode_mfu is not null) as mfus,
        list(decode_tok_s_per_card order by decode_tok_s_per_card)
        filter (where is_clean and decode_tok_s_per_card is not null)
            as tok_s_per_cards,
        list(decode_tok_s_per_w order by decode_tok_s_per_w)
        filter (where is_clean and decode_tok_s_per_w is not null)
            as tok_s_per_ws
    from subject
    group by subject_type, subject_id, compute_precision
),

figure as (
    select
        subject_type,
        subject_id,
        compute_precision,
        case_count,
        clean_case_count,
        clean_case_count / nullif(case_count, 0) as clean_share,
        coalesce(excluded_case_ids, []) as excluded_case_ids,
        median_of_sorted(efficiencies) as decode_roofline_efficiency_median,
        efficiencies[-1] as decode_roofline_efficiency_best,
        median_of_sorted(mbus) as decode_mbu_median,
        mbus[-1] as decode_mbu_best,
        median_of_sorted(mfus) as decode_mfu_median,
        mfus[-1] as decode_mfu_best,
        median_of_sorted(tok_s_per_cards) as decode_tok_s_per_card_median,
        tok_s_per_cards[-1] as decode_tok_s_per_card_best,
        median_of_sorted(tok_s_per_ws) as decode_tok_s_per_w_median,
        tok_s_per_ws[-1] as decode_tok_s_per_w_best
    from summary
)

select
    *,
    case
        when decode_roofline_efficiency_median is not null
            then
                cast(rank() over (
                    partition by subject_type, compute_precision
                    order by decode_roofline_efficiency_median desc nulls last
                ) as bigint)
    end as rank_by_efficiency,
    case
        when decode_tok_s_per_card_best is not null
            then
                cast(rank() over (
                    partition by subject_type, compute_precision
                    order by decode_tok_s_per_card_best desc nulls last
                ) as bigint)
    end as rank_by_throughput
from figure
order by subject_type, subject_id, compute_precision
