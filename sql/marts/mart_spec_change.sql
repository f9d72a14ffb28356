-- One row per dimension version and attribute in which it differs from the
-- previous version, with the published efficiencies that changed with it.
-- Attributes are the columns of the dimension and, as JSON, the lists in
-- bridges. A case is affected if one of its revisions uses the previous version
-- and the next one uses this. Its efficiencies count if they depend on the
-- attribute and changed, by everything that changed between the two revisions.
with described as (
    select
        version.dimension,
        version.entity_id,
        version.version_key,
        version.from_snapshot_order,
        version.valid_from as changed_at,
        past.version_key as previous_key
    from main.dimension_version as version
    left join main.dimension_version as past
        on
            version.source_id = past.source_id
            and version.dimension = past.dimension
            and version.entity_id = past.entity_id
            and version.from_snapshot_order = past.to_snapshot_order
    where
        version.dimension in ('hardware', 'server', 'model', 'engine', 'quant')
),

document as (
    select
        h.hardware_key as version_key,
        to_json(h) as document
    from main.dim_hardware as h
    union all
    select
        s.server_key as version_key,
        to_json(s) as document
    from main.dim_server as s
    union all
    select
        m.model_key as version_key,
        to_json(m) as document
    from main.dim_model as m
    union all
    select
        e.engine_key as version_key,
        to_json(e) as document
    from main.dim_engine as e
    union all
    select
        q.quant_key as version_key,
        to_json(q) as document
    from main.dim_quant as q
),

field as (
    select
        version_key,
        document,
        unnest(json_keys(document)) as attribute
    from document
),

listed as (
    select
        hardware_key as version_key,
        'engines' as attribute,
        ordinal,
        json_object(
            'engine_id',
            engine_id,
            'support_status',
            support_status,
            'versions',
            versions,
            'notes',
            notes
        ) as element
    from main.bridge_hardware_engine
    union all
    select
        hardware_key as version_key,
        'quantizations' as attribute,
        ordinal,
        to_json(quant_id) as element
    from main.bridge_hardware_quant
    union all
    select
        model_key as version_key,
        'operators' as attribute,
        ordinal,
        json_object(
            'operator',
            operator,
            'flops_per_token',
            flops_per_token,
            'bytes_per_token',
            bytes_per_token
        ) as element
    from main.bridge_model_operator
    union all
    select
        engine_key as version_key,
        'hardware_vendors' as attribute,
        ordinal,
        to_json(hardware_vendor) as element
    from main.bridge_engine_vendor
    union all
    select
        version_key,
        'evidence' as attribute,
        ordinal,
        json_object(
            'evidence_id',
            evidence.evidence_id,
            'tier',
            evidence.tier,
            'source_type',
            evidence.source_type,
            'citation',
            evidence.citation,
            'url',
            evidence.url,
            'accessed_on',
            evidence.accessed_on,
            'contributor_attestation',
            evidence.contributor_attestation,
            'raw_data_url',
            evidence.raw_data_url
        ) as element
    from (
        select
            hardware_key as version_key,
            ordinal,
            evidence_key
        from main.bridge_hardware_evidence
        union all
        select
            server_key as version_key,
            ordinal,
            evidence_key
        from main.bridge_server_evidence
    ) as bridge
    inner join main.dim_evidence as evidence
        on bridge.evidence_key = evidence.evidence_key
),

stated as (
    select
        version_key,
        attribute,
        document ->> concat('$.', attribute) as value
    from field
    where
        attribute not like '%\_key' escape '\'
        and attribute not in (
            'valid_from', 'valid_to', 'is_current', 'is_latest'
        )
    union all
    select
        version_key,
        attribute,
        cast(to_json(list(element order by ordinal)) as varchar) as value
    from listed
    group by version_key, attribute
    union all
    select
        hardware_key as version_key,
        concat(attribute, '.evidence_id') as attribute,
        evidence_id as value
    from main.fact_hardware_spec
),

pair as (
    select
        described.*,
        stated.attribute,
        stated.value as old_value,
        null as new_value
    from described
    inner join stated on described.previous_key = stated.version_key
    union all
    select
        described.*,
        stated.attribute,
        null as old_value,
        stated.value as new_value
    from described
    inner join stated on described.version_key = stated.version_key
    where described.previous_key is not null
),

changed as (
    select
        dimension,
        entity_id,
        version_key,
        from_snapshot_order,
        changed_at,
        attribute,
        max(old_value) as old_value,
        max(new_value) as new_value
    from pair
    group by all
    having max(old_value) is distinct from max(new_value)
),

revision as (
    select
        history.case_id,
        history.revision,
        unnest([
            history.hardware_key,
            history.server_key,
            history.model_key,
            history.engine_key,
            history.quant_key
        ]) as version_key
    from main.fact_case_history as history
    where
        history.case_id in (
            select revised.case_id
            from main.fact_case_history as revised
            where revised.revision > 1
        )
),

step as (
    select
        described.dimension,
        described.version_key,
        now.case_id,
        now.revision
    from described
    inner join revision as now on described.version_key = now.version_key
    inner join revision as past
        on
            described.previous_key = past.version_key
            and now.case_id = past.case_id
            and now.revision = past.revision + 1
),

affected as (
    select
        version_key,
        list(distinct case_id order by case_id) as case_ids
    from step
    group by version_key
),

followed as (
    select
        metric,
        source_table,
        case
            when source_table = 'bridge_model_operator' then 'operators'
            else source_column
        end as attribute
    from metrics.metric_source
    group by all
),

moved as (
    select
        changed.version_key,
        changed.attribute,
        move.*,
        cast(row_number() over (
            partition by changed.version_key, changed.attribute, move.metric
            order by
                abs(move.value_change) desc nulls last,
                move.case_id asc,
                move.revision asc
        ) as bigint) as place
    from changed
    inner join step on changed.version_key = step.version_key
    inner join marts.mart_metric_change as move
        on
            step.case_id = move.case_id
            and step.revision = move.revision
    inner join followed
        on
            changed.attribute = followed.attribute
            and move.metric = followed.metric
            and followed.source_table in (
                concat('dim_', changed.dimension),
                concat('bridge_', changed.dimension, '_operator')
            )
),

move as (
    select
        version_key,
        attribute,
        list(distinct case_id order by case_id) as case_ids,
        list(distinct metric order by metric) as metrics,
        max(case_id) filter (where is_largest) as case_id,
        max(value_before) filter (where is_largest) as value_before,
        max(value_after) filter (where is_largest) as value_after,
        max(value_change) filter (where is_largest) as value_change
    from (
        select
            *,
            metric = 'roofline_efficiency' and place = 1 as is_largest
        from moved
    ) as placed
    group by version_key, attribute
)

select
    changed.dimension,
    changed.entity_id,
    changed.version_key,
    changed.attribute,
    changed.changed_at,
    changed.old_value,
    changed.new_value,
    cast(coalesce(len(affected.case_ids), 0) as bigint) as affected_case_count,
    coalesce(affected.case_ids, []) as affected_case_ids,
    coalesce(move.case_ids, []) as moved_case_ids,
    coalesce(move.metrics, []) as moved_metrics,
    move.case_id as largest_move_case_id,
    move.value_before as roofline_efficiency_before,
    move.value_after as roofline_efficiency_after,
    move.value_change as roofline_efficiency_change
from changed
left join affected on changed.version_key = affected.version_key
left join move
    on
        changed.version_key = move.version_key
        and changed.attribute = move.attribute
order by
    changed.dimension,
    changed.entity_id,
    changed.from_snapshot_order,
    changed.version_key,
    changed.attribute
