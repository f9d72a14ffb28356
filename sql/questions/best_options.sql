-- Find the hardware for a model at a speed for one user: the columns of
-- mart_best_option, for any speed and with prices of your own, the cheapest
-- first where there are prices, then the best per card. A row per precision of
-- the weights, scope of the throughput, division of MLPerf and hardware with a
-- case that is fast enough. An unknown id is an error that names the nearest
-- ones.
-- model_id: id of a current model that decodes
-- tok_s_user: least speed for one user in tokens per second; 0 for any
-- usd_per_card_hour: prices of a card hour by hardware, as in
--   map {'h100-sxm5': 2.5}; the configured price applies to others
create or replace macro best_options(
    model_id, tok_s_user, usd_per_card_hour := null
) as table
    with given as (
        select
            model_id as model_asked,
            cast(tok_s_user as double) as speed_asked,
            cast(usd_per_card_hour as map (varchar, double)) as prices,
            (
                select list(d.model_id) from main.dim_model as d
                where d.is_latest
            ) as model_ids,
            (
                select list(d.hardware_id) from main.dim_hardware as d
                where d.is_latest
            ) as hardware_ids
    ),

    asked as (
        select
            known_id(g.model_asked, g.model_ids, 'current model')
                as asked_model_id,
            g.speed_asked,
            g.prices,
            known_ids(map_keys(g.prices), g.hardware_ids, 'current hardware')
                as priced_ids
        from given as g
        where is_at_least_0(g.speed_asked, 'tok_s_user')
    ),

    reaching as ( -- noqa: ST03
        select
            m.case_id,
            a.speed_asked as min_tok_s_user
        from asked as a
        inner join marts.mart_case_metrics as m
            on
                a.asked_model_id = m.model_id
                and (
                    a.speed_asked = 0
                    or a.speed_asked <= m.interactivity_tok_s_user
                )
    ),

    priced as ( -- noqa: ST03
        select
            d.hardware_id,
            case
                when list_contains(a.priced_ids, d.hardware_id)
                    then price_of(a.prices[d.hardware_id], d.hardware_id)
                else p.usd_per_card_hour
            end as usd_per_card_hour
        from asked as a
        cross join main.dim_hardware as d
        left join main.card_price as p on d.hardware_id = p.hardware_id
        where d.is_latest
    )

    select o.*
    from options_of('reaching', 'priced') as o
    order by
        o.weight_precision asc,
        o.throughput_scope asc,
        o.division asc,
        o.rank_by_dollar asc nulls last,
        o.rank_by_card asc nulls last,
        o.hardware_id asc;
