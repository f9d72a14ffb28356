-- The hardware that a user chooses from, by its best cases of a model.

-- Bits of a weight as a precision that does not depend on the hardware; scales
-- of groups add a fraction, which is left out.
create or replace macro weight_precision_of(bits_per_weight) as
coalesce(cast(floor(positive(bits_per_weight)) as bigint) || '-bit', 'none');

-- The best cases of each hardware, for each model, precision, scope, division
-- and least speed for one user. `reaching` names a relation with case_id and
-- min_tok_s_user, a row per speed that the case reaches; `priced` one with
-- hardware_id and usd_per_card_hour. Only decode workloads take part, and no
-- case of MLPerf's open division, whose models may be changed.
create or replace macro options_of(reaching, priced) as table
    with claim as (
        select
            r.min_tok_s_user,
            m.case_id,
            m.source_id,
            m.model_id,
            m.hardware_id,
            weight_precision_of(m.bits_per_weight) as weight_precision,
            m.throughput_scope,
            coalesce(division_of(m.division), 'none') as division,
            coalesce(fact.submitter_affiliation, fact.submitter_github)
                as submitter,
            left_out_because(m.plausibility, m.is_decode_workload)
                as left_out,
            left_out is null as is_ranked,
            is_ranked and coalesce(m.effective_tier = 'measured', false)
                as is_measured,
            -- Among equal figures, a measured one wins; then ids decide.
            case
                when is_ranked and m.output_tok_s_per_card > 0
                    then {
                        'figure': m.output_tok_s_per_card,
                        'is_measured': is_measured,
                        'case_id': m.case_id
                    }
            end as by_card,
            case
                when is_ranked and m.output_tok_s_per_w > 0
                    then {
                        'figure': m.output_tok_s_per_w,
                        'is_measured': is_measured,
                        'case_id': m.case_id
                    }
            end as by_joule
        from query_table(reaching) as r
        inner join marts.mart_case_metrics as m on r.case_id = m.case_id
        inner join main.fact_case as fact on m.case_id = fact.case_id
        where
            m.is_decode_workload
            and not is_open_division(m.division)
    ),

    best as (
        select
            model_id,
            weight_precision,
            throughput_scope,
            division,
            min_tok_s_user,
            hardware_id,
            cast(count(*) as bigint) as case_count,
            cast(count(*) filter (where is_ranked) as bigint)
                as ranked_case_count,
            cast(count(*) filter (where is_measured) as bigint)
                as measured_case_count,
            cast(count(*) filter (where left_out = 'impossible') as bigint)
                as impossible_case_count,
            cast(count(*) filter (where left_out = 'implausible') as bigint)
                as implausible_case_count,
            cast(count(*) filter (where left_out = 'not judged') as bigint)
                as not_judged_case_count,
            cast(count(by_card) as bigint) as output_tok_s_per_card_case_count,
            cast(count(by_joule) as bigint) as output_tok_s_per_w_case_count,
            cast(count(distinct source_id) filter (where is_ranked) as bigint)
                as source_count,
            cast(count(distinct submitter) filter (where is_ranked) as bigint)
                as submitter_count,
            max(by_card) as by_card,
            max(by_card) filter (where is_measured) as by_card_measured,
            max(by_joule) as by_joule,
            max(by_joule) filter (where is_measured) as by_joule_measured
        from claim
        group by
            model_id,
            weight_precision,
            throughput_scope,
            division,
            min_tok_s_user,
            hardware_id
    ),

    option as (
        select
            best.*,
            model.model_name,
            hardware.hardware_name,
            hardware.hardware_vendor,
            price.usd_per_card_hour,
            best.by_card['figure'] as best_output_tok_s_per_card,
            safe_divide(best_output_tok_s_per_card * 3600, usd_per_card_hour)
                as best_output_tok_per_usd,
            best.by_joule['figure'] as best_output_tok_s_per_w
        from best
        inner join main.dim_hardware as hardware
            on best.hardware_id = hardware.hardware_id and hardware.is_latest
        inner join main.dim_model as model
            on best.model_id = model.model_id and model.is_latest
        left join query_table(priced) as price
            on best.hardware_id = price.hardware_id
    )

    select
        option.model_id,
        option.weight_precision,
        option.throughput_scope,
        option.division,
        option.min_tok_s_user,
        option.hardware_id,
        option.model_name,
        option.hardware_name,
        option.hardware_vendor,
        case
            when option.best_output_tok_s_per_card is not null
                then
                    cast(rank() over (
                        of_list
                        order by
                            option.best_output_tok_s_per_card desc nulls last
                    ) as bigint)
        end as rank_by_card,
        case
            when option.best_output_tok_s_per_w is not null
                then
                    cast(rank() over (
                        of_list
                        order by option.best_output_tok_s_per_w desc nulls last
                    ) as bigint)
        end as rank_by_joule,
        case
            when option.best_output_tok_per_usd is not null
                then
                    cast(rank() over (
                        of_list
                        order by option.best_output_tok_per_usd desc nulls last
                    ) as bigint)
        end as rank_by_dollar,
        option.best_output_tok_s_per_card,
        option.best_output_tok_per_usd,
        option.usd_per_card_hour,
        chosen.case_id as best_case_id,
        chosen.effective_tier as best_tier,
        option.by_card['is_measured'] as best_is_measured,
        chosen.quant_id as best_quant_id,
        chosen.engine_id as best_engine_id,
        chosen.all_cards as best_cards,
        chosen.interactivity_tok_s_user as best_tok_s_user,
        chosen.ttft_p50_ms as best_ttft_p50_ms,
        option.best_output_tok_s_per_w,
        frugal.case_id as best_per_joule_case_id,
        frugal.effective_tier as best_per_joule_tier,
        option.by_joule['is_measured'] as best_per_joule_is_measured,
        option.by_card_measured['figure']
            as best_measured_output_tok_s_per_card,
        safe_divide(
            best_measured_output_tok_s_per_card * 3600, option.usd_per_card_hour
        ) as best_measured_output_tok_per_usd,
        option.by_card_measured['case_id'] as best_measured_case_id,
        option.by_joule_measured['figure'] as best_measured_output_tok_s_per_w,
        option.by_joule_measured['case_id'] as best_measured_per_joule_case_id,
        option.case_count,
        option.ranked_case_count,
        option.measured_case_count,
        option.impossible_case_count,
        option.implausible_case_count,
        option.not_judged_case_count,
        option.output_tok_s_per_card_case_count,
        option.ranked_case_count - option.output_tok_s_per_card_case_count
            as output_tok_s_per_card_missing_count,
        option.output_tok_s_per_w_case_count,
        option.ranked_case_count - option.output_tok_s_per_w_case_count
            as output_tok_s_per_w_missing_count,
        option.source_count,
        option.submitter_count
    from option
    left join marts.mart_case_metrics as chosen
        on option.by_card['case_id'] = chosen.case_id
    left join marts.mart_case_metrics as frugal
        on option.by_joule['case_id'] = frugal.case_id
    window of_list as (
        partition by
            option.model_id,
            option.weight_precision,
            option.throughput_scope,
            option.division,
            option.min_tok_s_user
    );
