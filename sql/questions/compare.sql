-- Compare two cases: whether their results are comparable, the factors in which
-- they differ, and every result and metric side by side. They are comparable if
-- both are plausible and do the same work: the same model, compute precision,
-- kind of workload, scope of the throughput, division of MLPerf, lengths (by
-- bucket) and features. Hardware, engine, cards and load may differ. An unknown
-- id is an error that names the nearest ids.
-- case_a: id of a current case
-- case_b: id of a current case
-- returns part: `verdict` (one row), `factor`, `result` or `metric`
-- returns name: Name of the factor, result or metric; of the verdict,
--   `plausibility`
-- returns value_a: Value of the first case, as text
-- returns value_b: Value of the second case, as text
-- returns unit: Unit of the values; NULL for factors
-- returns ratio: The second value over the first; NULL unless both are above 0
-- returns is_different: True if the values differ; a value that is missing
--   differs from one that is not
-- returns prevents_comparison: Of a factor: true if the cases are not
--   comparable because of it; of the verdict: if they are not comparable; else
--   NULL
-- returns detail: Of the verdict, the reasons; of a metric, its description
create or replace macro compare(case_a, case_b) as table
    with asked as (
        select
            case_a as a_asked,
            case_b as b_asked,
            (
                select list(m.case_id) from marts.mart_case_metrics as m
            ) as case_ids
    ),

    checked as (
        select
            known_id(asked.a_asked, asked.case_ids, 'current case') as a_id,
            known_id(asked.b_asked, asked.case_ids, 'current case') as b_id
        from asked
    ),

    pair as (
        select
            json_merge_patch(
                to_json(a),
                json_object('division', division_of(fact_a.division))
            ) as a,
            json_merge_patch(
                to_json(b),
                json_object('division', division_of(fact_b.division))
            ) as b
        from checked
        inner join marts.mart_case_metrics as a on checked.a_id = a.case_id
        inner join marts.mart_case_metrics as b on checked.b_id = b.case_id
        inner join main.fact_case as fact_a on a.case_id = fact_a.case_id
        inner join main.fact_case as fact_b on b.case_id = fact_b.case_id
    ),

    factor as (
        select
            unnest([
                'model_id',
                'compute_precision',
                'workload_kind',
                'throughput_scope',
                'division',
                'prefill_seq_len',
                'decode_seq_len',
                'uses_speculative_decoding',
                'uses_prefix_caching',
                'prefix_cache_hit_rate',
                'hardware_id',
                'server_id',
                'quant_id',
                'kv_cache_bits',
                'engine_id',
                'engine_version',
                'card_count',
                'is_disaggregated',
                'batch_size',
                'max_concurrent_requests'
            ]) as name,
            unnest(range(1, 21)) as position,
            position <= 9 as is_of_the_work
    ),

    result as (
        select
            unnest([
                'decode_tok_s',
                'prefill_tok_s',
                'ttft_p50_ms',
                'ttft_p99_ms',
                'tbt_p50_ms',
                'tbt_p99_ms',
                'memory_per_card_gb',
                'power_per_card_w'
            ]) as name,
            unnest([
                'tok/s',
                'tok/s',
                'ms',
                'ms',
                'ms',
                'ms',
                'GB per card',
                'W per card'
            ]) as unit,
            unnest(range(1, 9)) as position
    ),

    side as (
        select
            2 as part_position,
            f.position,
            'factor' as part,
            f.name,
            f.is_of_the_work,
            cast(null as varchar) as unit,
            cast(null as varchar) as detail
        from factor as f
        union all
        select
            3 as part_position,
            r.position,
            'result' as part,
            r.name,
            false as is_of_the_work,
            r.unit,
            cast(null as varchar) as detail
        from result as r
        union all
        select
            4 as part_position,
            row_number() over (order by d.metric) as position,
            'metric' as part,
            d.metric as name,
            false as is_of_the_work,
            d.unit,
            d.description as detail
        from metrics.metric_definition as d
    ),

    held as (
        select
            s.*,
            p.a ->> concat('$.', s.name) as value_a,
            p.b ->> concat('$.', s.name) as value_b,
            (value_a is distinct from value_b) as is_different,
            case
                when s.part <> 'factor' then null
                when not s.is_of_the_work then false
                when s.name in ('prefill_seq_len', 'decode_seq_len')
                    then
                        (value_a is null) <> (value_b is null)
                        or coalesce(
                            length_bucket(try_cast(value_a as double))
                            <> length_bucket(try_cast(value_b as double)),
                            false
                        )
                else is_different
            end as prevents_comparison
        from side as s
        cross join pair as p
    ),

    reason as (
        select
            list(
                concat(h.name, ' differs') order by h.position
            ) filter (where h.prevents_comparison) as differences
        from held as h
    ),

    verdict as (
        select
            1 as part_position,
            1 as position,
            'verdict' as part,
            'plausibility' as name,
            p.a ->> '$.plausibility' as value_a,
            p.b ->> '$.plausibility' as value_b,
            list_concat(
                coalesce(r.differences, []),
                case
                    when value_a <> 'plausible'
                        then [concat('the first is ', value_a)]
                    else []
                end,
                case
                    when value_b <> 'plausible'
                        then [concat('the second is ', value_b)]
                    else []
                end
            ) as reasons
        from pair as p
        cross join reason as r
    ),

    answer as (
        select
            h.part_position,
            h.position,
            h.part,
            h.name,
            h.value_a,
            h.value_b,
            h.unit,
            h.is_different,
            h.prevents_comparison,
            h.detail
        from held as h
        union all
        select
            v.part_position,
            v.position,
            v.part,
            v.name,
            v.value_a,
            v.value_b,
            cast(null as varchar) as unit,
            v.value_a <> v.value_b as is_different,
            len(v.reasons) > 0 as prevents_comparison,
            case
                when len(v.reasons) = 0 then 'comparable'
                else
                    concat(
                        'not comparable: ', array_to_string(v.reasons, ', ')
                    )
            end as detail
        from verdict as v
    )

    select
        w.part,
        w.name,
        w.value_a,
        w.value_b,
        w.unit,
        case
            when
                w.part in ('result', 'metric')
                and try_cast(w.value_a as double) > 0
                and try_cast(w.value_b as double) > 0
                then
                    try_cast(w.value_b as double)
                    / try_cast(w.value_a as double)
        end as ratio,
        w.is_different,
        w.prevents_comparison,
        w.detail
    from answer as w
    order by w.part_position, w.position;
