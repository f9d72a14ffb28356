-- One row per case, revision and attribute that differs from the previous
-- revision, with the efficiency in both. Attributes are the columns of the case
-- and, as JSON, its lists. Changes of the entities of the stack are in
-- mart_spec_change, those of efficiencies in mart_metric_change. Most revisions
-- come from an entity; only cases that differ themselves are compared in full.
with revised as (
    select distinct case_id
    from main.fact_case_history
    where revision > 1
),

stated as (
    select
        h.case_id,
        h.revision,
        json_merge_patch(
            to_json(h),
            '{
                "case_id": null, "revision": null, "from_snapshot_order": null,
                "valid_from": null, "valid_to": null, "is_current": null,
                "hardware_key": null, "server_key": null, "model_key": null,
                "engine_key": null, "quant_key": null
            }'
        ) as document
    from main.fact_case_history as h
    where h.case_id in (select revised.case_id from revised)
),

digest as (
    select
        case_id,
        revision,
        md5(document) as digest
    from stated
),

differing as (
    select
        now.case_id,
        now.revision
    from digest as now
    inner join digest as past
        on
            now.case_id = past.case_id
            and now.revision = past.revision + 1
    where now.digest <> past.digest
),

field as (
    select
        differing.case_id,
        differing.revision,
        now.document as new_document,
        past.document as old_document,
        unnest(json_keys(now.document)) as attribute
    from differing
    inner join stated as now
        on
            differing.case_id = now.case_id
            and differing.revision = now.revision
    inner join stated as past
        on
            differing.case_id = past.case_id
            and differing.revision = past.revision + 1
),

listed as (
    select
        case_id,
        revision,
        list_name as attribute,
        elements_json as new_value,
        null as old_value
    from main.case_list_history
    where revision > 1
    union all
    select
        case_id,
        revision + 1 as revision,
        list_name as attribute,
        null as new_value,
        elements_json as old_value
    from main.case_list_history
),

changed as (
    select
        case_id,
        revision,
        attribute,
        old_document ->> concat('$.', attribute) as old_value,
        new_document ->> concat('$.', attribute) as new_value
    from field
    where
        old_document ->> concat('$.', attribute)
        is distinct from new_document ->> concat('$.', attribute)
    union all
    select
        case_id,
        revision,
        attribute,
        max(old_value) as old_value,
        max(new_value) as new_value
    from listed
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
    metric_past.roofline_efficiency as roofline_efficiency_before,
    metric_now.roofline_efficiency as roofline_efficiency_after,
    metric_now.roofline_efficiency
    - metric_past.roofline_efficiency
        as roofline_efficiency_change
from changed
inner join main.fact_case_history as history
    on
        changed.case_id = history.case_id
        and changed.revision = history.revision
inner join metrics.case_metric as metric_now
    on
        changed.case_id = metric_now.case_id
        and changed.revision = metric_now.revision
        and metric_now.basis = 'claimed'
inner join metrics.case_metric as metric_past
    on
        changed.case_id = metric_past.case_id
        and changed.revision = metric_past.revision + 1
        and metric_past.basis = 'claimed'
order by changed.case_id, changed.revision, changed.attribute
