-- One row per subject (an accelerator, an engine or a model), precision, scope
-- of the throughput and division of MLPerf. Medians, bests and ranks are over
-- plausible cases of decode workloads that give the figure; an impossible case,
-- or one without a result, improves no rank. The numbers of cases left out are
-- given by reason.
with claim as (
    select
        mart.case_id,
        mart.hardware_id,
        mart.engine_id,
        mart.model_id,
        coalesce(mart.compute_precision, 'none') as compute_precision,
        mart.throughput_scope,
        coalesce(division_of(fact.division), 'none') as division,
        mart.uses_speculative_decoding,
        left_out_because(mart.plausibility, mart.is_decode_workload)
            as left_out,
        left_out is null as is_ranked,
        case when is_ranked then positive(mart.roofline_efficiency) end
            as roofline_efficiency,
        case when is_ranked then positive(mart.decode_mbu) end as decode_mbu,
        case when is_ranked then positive(mart.decode_mfu) end as decode_mfu,
        case when is_ranked then positive(mart.output_tok_s_per_card) end
            as output_tok_s_per_card,
        case when is_ranked then positive(mart.output_tok_s_per_w) end
            as output_tok_s_per_w
    from marts.mart_case_metrics as mart
    inner join main.fact_case as fact on mart.case_id = fact.case_id
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
        compute_precision,
        throughput_scope,
        division,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where is_ranked) as bigint) as ranked_case_count,
        cast(count(*) filter (where left_out = 'impossible') as bigint)
            as impossible_case_count,
        cast(count(*) filter (where left_out = 'implausible') as bigint)
            as implausible_case_count,
        cast(count(*) filter (where left_out = 'not judged') as bigint)
            as not_judged_case_count,
        cast(count(*) filter (where left_out = 'no decode workload') as bigint)
            as other_workload_case_count,
        min(case_id, 100) filter (where not is_ranked) as left_out_case_ids,
        cast(count(*) filter (
            where is_ranked and uses_speculative_decoding
        ) as bigint) as speculative_case_count,
        list(roofline_efficiency order by roofline_efficiency)
        filter (where roofline_efficiency is not null) as efficiencies,
        list(decode_mbu order by decode_mbu)
        filter (where decode_mbu is not null) as mbus,
        list(decode_mfu order by decode_mfu)
        filter (where decode_mfu is not null) as mfus,
        list(output_tok_s_per_card order by output_tok_s_per_card)
        filter (where output_tok_s_per_card is not null) as tok_s_per_cards,
        list(output_tok_s_per_w order by output_tok_s_per_w)
        filter (where output_tok_s_per_w is not null) as tok_s_per_ws
    from subject
    group by
        subject_type, subject_id, compute_precision, throughput_scope, division
),

figure as (
    select
        subject_type,
        subject_id,
        compute_precision,
        throughput_scope,
        division,
        case_count,
        ranked_case_count,
        impossible_case_count,
        implausible_case_count,
        not_judged_case_count,
        other_workload_case_count,
        coalesce(left_out_case_ids, []) as left_out_case_ids,
        (ranked_case_count + other_workload_case_count)
        / nullif(case_count, 0) as plausible_share,
        speculative_case_count,
        coalesce(len(efficiencies), 0) as roofline_efficiency_case_count,
        ranked_case_count - roofline_efficiency_case_count
            as roofline_efficiency_missing_count,
        median_of_sorted(efficiencies) as roofline_efficiency_median,
        efficiencies[-1] as roofline_efficiency_best,
        coalesce(len(mbus), 0) as decode_mbu_case_count,
        ranked_case_count - decode_mbu_case_count as decode_mbu_missing_count,
        median_of_sorted(mbus) as decode_mbu_median,
        mbus[-1] as decode_mbu_best,
        coalesce(len(mfus), 0) as decode_mfu_case_count,
        ranked_case_count - decode_mfu_case_count as decode_mfu_missing_count,
        median_of_sorted(mfus) as decode_mfu_median,
        mfus[-1] as decode_mfu_best,
        coalesce(len(tok_s_per_cards), 0) as output_tok_s_per_card_case_count,
        ranked_case_count - output_tok_s_per_card_case_count
            as output_tok_s_per_card_missing_count,
        median_of_sorted(tok_s_per_cards) as output_tok_s_per_card_median,
        tok_s_per_cards[-1] as output_tok_s_per_card_best,
        coalesce(len(tok_s_per_ws), 0) as output_tok_s_per_w_case_count,
        ranked_case_count - output_tok_s_per_w_case_count
            as output_tok_s_per_w_missing_count,
        median_of_sorted(tok_s_per_ws) as output_tok_s_per_w_median,
        tok_s_per_ws[-1] as output_tok_s_per_w_best
    from summary
)

select
    *,
    case
        when roofline_efficiency_median is not null
            then
                cast(rank() over (
                    partition by
                        subject_type,
                        compute_precision,
                        throughput_scope,
                        division
                    order by roofline_efficiency_median desc nulls last
                ) as bigint)
    end as rank_by_efficiency,
    case
        when output_tok_s_per_card_best is not null
            then
                cast(rank() over (
                    partition by
                        subject_type,
                        compute_precision,
                        throughput_scope,
                        division
                    order by output_tok_s_per_card_best desc nulls last
                ) as bigint)
    end as rank_by_throughput
from figure
order by
    subject_type, subject_id, compute_precision, throughput_scope, division
