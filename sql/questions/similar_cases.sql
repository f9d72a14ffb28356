-- Find the n current cases nearest to one, with the parts of their distance,
-- each from 0 (the same) to 1: model 0.35, hardware 0.25, precision 0.15,
-- scenario 0.15, engine 0.10. An unknown id is an error that names the nearest
-- ids.
-- case_id: id of a current case
-- n: number of cases, 1 or more
-- returns rank: Place by distance, from 1
-- returns similar_case_id: Id of the case
-- returns distance: Weighted sum of the parts, 0 to 1
-- returns model_distance: 0 for the same model; else by family and size
-- returns hardware_distance: 0 for the same hardware; else by vendor, bandwidth
--   and peak
-- returns precision_distance: 0 for the same quantization, 0.5 for the same
--   compute precision, else 1
-- returns scenario_distance: By lengths, batch size and cards
-- returns engine_distance: 0 for the same engine, else 1
create or replace macro similar_cases(case_id, n) as table
    with given as (
        select
            case_id as case_asked,
            cast(n as double) as n_asked,
            (
                select list(m.case_id) from marts.mart_case_metrics as m
            ) as case_ids
    ),

    asked as (
        select
            known_id(g.case_asked, g.case_ids, 'current case') as asked_case_id,
            g.n_asked as asked_n
        from given as g
        where is_count(g.n_asked, 'n', null)
    ),

    claim as (
        select
            m.*,
            i.memory_bandwidth_gb_s,
            i.peak_tflops
        from marts.mart_case_metrics as m
        inner join metrics.case_input as i
            on
                m.case_id = i.case_id
                and i.is_current
                and i.basis = 'claimed'
    ),

    pair as (
        select
            o.case_id as other_case_id,
            o.title,
            a.asked_n,
            case
                when o.model_id = c.model_id then 0
                else
                    0.4
                    + 0.2
                    * cast(
                        o.model_family is distinct from c.model_family as int
                    )
                    + 0.2 * size_distance(o.total_params_b, c.total_params_b)
                    + 0.2 * size_distance(o.active_params_b, c.active_params_b)
            end as model_distance,
            case
                when o.hardware_id = c.hardware_id then 0
                else
                    0.3
                    + 0.3 * cast(o.hardware_vendor <> c.hardware_vendor as int)
                    + 0.2 * size_distance(
                        o.memory_bandwidth_gb_s, c.memory_bandwidth_gb_s
                    )
                    + 0.2 * size_distance(o.peak_tflops, c.peak_tflops)
            end as hardware_distance,
            case
                when o.quant_id = c.quant_id then 0
                when o.compute_precision = c.compute_precision then 0.5
                else 1
            end as precision_distance,
            case when o.engine_id = c.engine_id then 0 else 1 end
                as engine_distance,
            (
                size_distance(o.prefill_seq_len, c.prefill_seq_len)
                + size_distance(o.decode_seq_len, c.decode_seq_len)
                + size_distance(o.batch_size, c.batch_size)
                + size_distance(o.card_count, c.card_count)
            )
            / 4 as scenario_distance
        from asked as a
        inner join claim as c on a.asked_case_id = c.case_id
        inner join claim as o on c.case_id <> o.case_id
    ),

    scored as (
        select
            p.*,
            0.35 * p.model_distance
            + 0.25 * p.hardware_distance
            + 0.15 * p.precision_distance
            + 0.15 * p.scenario_distance
            + 0.10 * p.engine_distance as distance
        from pair as p
    ),

    ranked as (
        select
            s.*,
            cast(row_number() over (
                order by s.distance, s.other_case_id
            ) as bigint) as rank
        from scored as s
    )

    select
        r.rank,
        r.other_case_id as similar_case_id,
        r.title,
        cast(r.distance as double) as distance,
        cast(r.model_distance as double) as model_distance,
        cast(r.hardware_distance as double) as hardware_distance,
        cast(r.precision_distance as double) as precision_distance,
        cast(r.scenario_distance as double) as scenario_distance,
        cast(r.engine_distance as double) as engine_distance
    from ranked as r
    where r.rank <= r.asked_n
    order by r.rank;
