-- One row per case, revision and attribute that differs from the revision
-- before it, with the efficiencies published before and after. Attributes are
-- the columns of the case and, as JSON, its lists. What changed in the entities
-- of the stack is in mart_spec_change, every efficiency in mart_metric_change.
with field as (
    select
        case_id,
        revision,
        document,
        unnest(json_keys(document)) as attribute
    from (
        select
            h.case_id,
            h.revision,
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
        attribute,
        document ->> concat('$.', attribute) as value
    from field
    where
        attribute not like '%\_key' escape '\'
        and attribute not in (
            'case_id',
            'revision',
            'from_snapshot_order',
            'valid_from',
            'valid_to',
            'is_current'
        )
    union all
    select
        case_id,
        revision,
        list_name as attribute,
        elements_json as value
    from main.case_list_history
),

pair as (
    select
        case_id,
        revision,
        attribute,
        value as new_value,
        null as old_value
    from stated
    where revision > 1
    union all
    select
        case_id,
        revision + 1 as revision,
        attribute,
        null as new_value,
        value as old_value
    from stated
),

changed as (
    select
        case_id,
        revision,
        attribute,
        max(old_value) as old_value,
        max(new_value) as new_value
    from pair
    group by case_id, revision, attribute
    having max(old_value) is distinct from max(new_value)
)

select
    changed.case_id,
    changed.revision,
    changed.attribute,
    history.valid_from as changed_at,
    changed.old_value,
    changed.new_value,
    metric_past.decode_roofline_efficiency as decode_roofline_efficiency_before,
    metric_now.decode_roofline_efficiency as decode_roofline_efficiency_after,
    metric_now.decode_roofline_efficiency
    - metric_past.decode_roofline_efficiency
        as decode_roofline_efficiency_change
from changed
inner join main.fact_case_history as history
    on
        changed.case_id = history.case_id
        and changed.revision = history.revision
inner join metrics.case_metric as metric_now
    on
        changed.case_id = metric_now.case_id
        and changed.revision = metric_now.revision
inner join metrics.case_metric as metric_past
    on
        changed.case_id = metric_past.case_id
        and changed.revision = metric_past.revision + 1
order by changed.case_id, changed.revision, changed.attribute
