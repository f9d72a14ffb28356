-- Explain a metric of a case as claimed: its value, the formula, every input
-- with its value, and the evidence behind each specification among them. One
-- row for the metric, and one per input. An unknown id or metric is an error
-- that names the nearest ones.
-- case_id: id of a current case
-- metric: a metric of metric_definition
-- returns part: `metric` or `input`
-- returns name: Name of the metric or of the input
-- returns value: Value as text
-- returns unit: Unit of the value
-- returns detail: Description, of the metric with its formula
-- returns evidence_id: Evidence behind the specification; NULL if the input is
--   none
-- returns tier: Tier of that evidence
-- returns citation: Citation of that evidence
create or replace macro explain_metric(case_id, metric) as table
    with asked as (
        select
            case_id as case_asked,
            metric as metric_asked,
            (
                select list(m.case_id) from metrics.case_metric as m
                where m.is_current and m.basis = 'claimed'
            ) as case_ids,
            (
                select list(d.metric) from metrics.metric_definition as d
            ) as metrics
    ),

    checked as (
        select
            known_id(a.case_asked, a.case_ids, 'current case') as asked_case_id,
            known_id(a.metric_asked, a.metrics, 'metric') as asked_metric
        from asked as a
    ),

    chosen as (
        select
            a.asked_metric,
            d.description,
            d.unit,
            d.formula,
            to_json(m) as metrics,
            to_json(i) as inputs,
            f.hardware_key,
            concat(
                'peak_',
                i.compute_precision,
                case
                    when i.compute_precision = 'int8' then '_tops' else
                        '_tflops'
                end
            ) as peak_attribute
        from checked as a
        inner join metrics.metric_definition as d on a.asked_metric = d.metric
        inner join metrics.case_metric as m
            on
                a.asked_case_id = m.case_id
                and m.is_current
                and m.basis = 'claimed'
        inner join metrics.case_input as i
            on
                m.case_id = i.case_id
                and m.revision = i.revision
                and m.basis = i.basis
        inner join main.fact_case as f on m.case_id = f.case_id
    ),

    part as (
        select
            0 as position,
            'metric' as part,
            c.asked_metric as name,
            c.metrics ->> concat('$.', c.asked_metric) as value,
            c.unit,
            concat_ws(': ', c.description, c.formula) as detail,
            cast(null as varchar) as evidence_id,
            cast(null as varchar) as tier,
            cast(null as varchar) as citation
        from chosen as c
        union all
        select
            1 as position,
            'input' as part,
            n.input as name,
            c.inputs ->> concat('$.', n.input) as value,
            n.unit,
            n.description as detail,
            s.evidence_id,
            s.tier,
            e.citation
        from chosen as c
        inner join metrics.metric_input as n on c.asked_metric = n.metric
        left join main.fact_hardware_spec as s
            on
                c.hardware_key = s.hardware_key
                and s.attribute = case
                    when n.input = 'peak_tflops' then c.peak_attribute
                    else n.input
                end
        left join main.dim_evidence as e on s.evidence_key = e.evidence_key
    )

    select
        p.part,
        p.name,
        p.value,
        p.unit,
        p.detail,
        p.evidence_id,
        p.tier,
        p.citation
    from part as p
    order by p.position, p.name;
