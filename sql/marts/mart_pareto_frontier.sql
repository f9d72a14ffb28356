-- One row per current case and scope: whether another claim of the scope is at
-- least as fast for one user and per card, and faster in one of the two. A
-- scope is a comparability class (model, precision, prompt length, output
-- length, scope of the throughput, division of MLPerf) or all claims of one
-- scope of the throughput and one division. Plausible cases of decode workloads
-- take part; any other case is on no frontier, dominates no case, and has the
-- reason. A case with a prompt or output of unknown length is in no class.
with point as (
    select
        mart.case_id,
        mart.title,
        mart.display_title,
        mart.hardware_id,
        mart.hardware_name,
        mart.model_id,
        mart.engine_id,
        mart.quant_id,
        mart.compute_precision,
        mart.throughput_scope,
        division_of(fact.division) as division,
        mart.plausibility,
        mart.interactivity_tok_s_user,
        mart.output_tok_s_per_card,
        length_bucket(mart.prefill_seq_len) as prompt_length,
        length_bucket(mart.decode_seq_len) as output_length,
        concat_ws(
            ' | ',
            mart.model_id,
            coalesce(mart.compute_precision, 'no peak'),
            concat('prompt ', coalesce(prompt_length, 'not known')),
            concat('output ', coalesce(output_length, 'not known')),
            mart.throughput_scope,
            'MLPerf ' || division_of(fact.division)
        ) as class_id,
        coalesce(
            left_out_because(mart.plausibility, mart.is_decode_workload),
            case
                when
                    mart.interactivity_tok_s_user > 0
                    and mart.output_tok_s_per_card > 0
                    then null
                else 'without the figures'
            end
        ) as left_out
    from marts.mart_case_metrics as mart
    inner join main.fact_case as fact on mart.case_id = fact.case_id
),

scoped as (
    select
        'class' as scope,
        class_id as scope_id,
        * exclude (prompt_length, output_length, left_out),
        coalesce(
            left_out,
            case
                when prompt_length is null or output_length is null
                    then 'without the figures'
            end
        ) as left_out_reason
    from point
    union all by name
    select
        'overall' as scope,
        concat_ws(
            ' | ', 'all claims', throughput_scope, 'MLPerf ' || division
        ) as scope_id,
        * exclude (prompt_length, output_length, left_out),
        left_out as left_out_reason
    from point
),

counted as (
    select
        scope,
        scope_id,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where left_out_reason is null) as bigint)
            as contender_count,
        cast(count(*) filter (where left_out_reason = 'impossible') as bigint)
            as impossible_case_count,
        cast(count(*) filter (where left_out_reason = 'implausible') as bigint)
            as implausible_case_count,
        cast(count(*) filter (where left_out_reason = 'not judged') as bigint)
            as not_judged_case_count,
        cast(count(*) filter (
            where left_out_reason = 'no decode workload'
        ) as bigint) as other_workload_case_count,
        cast(count(*) filter (
            where left_out_reason = 'without the figures'
        ) as bigint) as missing_figure_case_count
    from scoped
    group by scope, scope_id
),

compared as (
    select
        *,
        case
            when left_out_reason is null
                then {
                    'interactivity': interactivity_tok_s_user,
                    'case_id': case_id
                }
        end as contender,
        max(contender) over (
            partition by scope, scope_id
            order by output_tok_s_per_card desc nulls last
            groups between unbounded preceding and 1 preceding
        ) as best_faster,
        max(contender) over (
            partition by scope, scope_id
            order by output_tok_s_per_card desc nulls last
            groups between current row and current row
        ) as best_equal
    from scoped
)

select
    compared.* exclude (contender, best_faster, best_equal),
    counted.case_count,
    counted.contender_count,
    counted.impossible_case_count,
    counted.implausible_case_count,
    counted.not_judged_case_count,
    counted.other_workload_case_count,
    counted.missing_figure_case_count,
    case
        when compared.left_out_reason is not null then null
        when
            compared.best_faster['interactivity']
            >= compared.interactivity_tok_s_user
            then compared.best_faster['case_id']
        when
            compared.best_equal['interactivity']
            > compared.interactivity_tok_s_user
            then compared.best_equal['case_id']
    end as dominated_by_case_id,
    compared.left_out_reason is null
    and dominated_by_case_id is null as is_on_frontier
from compared
inner join counted
    on
        compared.scope = counted.scope
        and compared.scope_id = counted.scope_id
order by compared.scope, compared.case_id
