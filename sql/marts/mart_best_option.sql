-- One row per model, precision of the weights, scope of the throughput,
-- division of MLPerf, least speed for one user and hardware with a case that
-- reaches it: the best plausible case per card, joule and dollar, the best
-- measured one, and their evidence. A case counts at every speed at or below
-- its own (best_option_speed_* in assumption), and at 0, where its speed may be
-- unknown.
with speed as (
    select distinct value as min_tok_s_user
    from main.assumption
    where starts_with(name, 'best_option_speed_') and value > 0
),

reaching as ( -- noqa: ST03
    select
        case_id,
        cast(0 as double) as min_tok_s_user
    from marts.mart_case_metrics
    union all
    select
        m.case_id,
        speed.min_tok_s_user
    from marts.mart_case_metrics as m
    inner join speed on m.interactivity_tok_s_user >= speed.min_tok_s_user
),

priced as ( -- noqa: ST03
    select
        hardware_id,
        usd_per_card_hour
    from main.card_price
)

select *
from options_of('reaching', 'priced')
order by
    model_id,
    weight_precision,
    throughput_scope,
    division,
    min_tok_s_user,
    hardware_id
