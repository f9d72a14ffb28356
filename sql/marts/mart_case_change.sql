-- One row per case, revision and attribute that differs from the revision
-- before it, with the efficiencies published before and after. What changed in
-- the entities of the stack is in mart_spec_change.
with field as (
    select
        case_id,
        revision,
        valid_from,
        document,
        unnest(json_keys(document)) as attribute
    from (
        select
            h.case_id,
            h.revision,
            h.valid_from,
            to_json(h) as document
        from main.fact_case_history as h
        where
            h.case_id in (
                select changed.case_id
                from main.fact_case_history as changed
                where changed.revision > 1
            )
    ) as history
),

stated as (
    select
        case_id,
        revision,
        valid_from,
        attribute,
        document ->> concat('$.', attribute) as value
    from field
    where
        attribute not like '%\_key' escape '\'
        and attribute not in (
            'case_id', 'revision', 'valid_from', 'valid_to', 'is_current'
        )
)

select
    now.case_id,
    now.revision,
    now.attribute,
    now.valid_from as changed_at,
    past.value as old_value,
    now.value as new_value,
    metric_past.decode_roofline_efficiency as decode_roofline_efficiency_before,
    metric_now.decode_roofline_efficiency as decode_roofline_efficiency_after,
    metric_now.decode_roofline_efficiency
    - metric_past.decode_roofline_efficiency
        as decode_roofline_efficiency_change
from stated as now
inner join stated as past
    on
        now.case_id = past.case_id
        and now.revision = past.revision + 1
        and now.attribute = past.attribute
inner join metrics.case_metric as metric_now
    on now.case_id = metric_now.case_id and now.revision = metric_now.revision
inner join metrics.case_metric as metric_past
    on
        past.case_id = metric_past.case_id
        and past.revision = metric_past.revision
where past.value is distinct from now.value
order by now.case_id, now.revision, now.attribute
