-- One row per current case and scope: whether another claim of the scope is at
-- least as fast for one user and per card, and faster in one of the two. A
-- scope is a comparability class (model, precision, prompt and output length)
-- or all claims. An impossible claim is never on a frontier, and dominates
-- nobody.
with point as (
    select
        case_id,
        title,
        hardware_id,
        hardware_name,
        model_id,
        engine_id,
        quant_id,
        compute_precision,
        interactivity_tok_s_user,
        decode_tok_s_per_card,
        error_count > 0 as is_impossible,
        concat_ws(
            ' | ',
            model_id,
            coalesce(compute_precision, 'no peak'),
            concat('prompt ', length_bucket(prefill_seq_len)),
            concat('output ', length_bucket(decode_seq_len))
        ) as class_id
    from marts.mart_case_metrics
    where
        interactivity_tok_s_user is not null
        and decode_tok_s_per_card is not null
),

scoped as (
    select
        'class' as scope,
        class_id as scope_id,
        *
    from point
    union all by name
    select
        'overall' as scope,
        'all claims' as scope_id,
        *
    from point
),

compared as (
    select
        *,
        case
            when not is_impossible
                then {
                    'interactivity': interactivity_tok_s_user,
                    'case_id': case_id
                }
        end as contender,
        max(contender) over (
            partition by scope, scope_id
            order by decode_tok_s_per_card desc
            groups between unbounded preceding and 1 preceding
        ) as best_faster,
        max(contender) over (
            partition by scope, scope_id
            order by decode_tok_s_per_card desc
            groups between current row and current row
        ) as best_equal,
        -- FILTER in a window takes ten times as long.
        cast(count(contender) over (
            partition by scope, scope_id
        ) as bigint) as contender_count
    from scoped
)

select
    * exclude (contender, best_faster, best_equal),
    case
        when is_impossible then null
        when best_faster['interactivity'] >= interactivity_tok_s_user
            then best_faster['case_id']
        when best_equal['interactivity'] > interactivity_tok_s_user
            then best_equal['case_id']
    end as dominated_by_case_id,
    not is_impossible and dominated_by_case_id is null as is_on_frontier
from compared
order by scope, case_id
