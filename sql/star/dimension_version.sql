-- One row per version of an entity of a source: type 2, valid from the first
-- snapshot that shows it until the first that shows another. An id that is
-- missing for a while keeps its version. Content that comes back after a change
-- is a new version. If a source takes its definitions from the catalog, they do
-- not change over time, and each content is one version without an end.
with sighting as (
    select
        'hardware' as dimension,
        source_id,
        hardware_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_hardware
    union all
    select
        'server' as dimension,
        source_id,
        server_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_server
    union all
    select
        'model' as dimension,
        source_id,
        model_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_model
    union all
    select
        'engine' as dimension,
        source_id,
        engine_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_engine
    union all
    select
        'quant' as dimension,
        source_id,
        quant_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_quant
    union all
    select distinct
        'hardware-evidence' as dimension,
        source_id,
        concat(hardware_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_hardware_evidence
    union all
    select distinct
        'server-evidence' as dimension,
        source_id,
        concat(server_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_server_evidence
    union all
    select distinct
        'case-evidence' as dimension,
        source_id,
        concat(case_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_case_evidence
),

step as (
    select
        sighting.*,
        source.has_versions,
        case
            when source.has_versions
                then lag(sighting.content_key) over (
                    partition by
                        sighting.source_id,
                        sighting.dimension,
                        sighting.entity_id
                    order by sighting.snapshot_order
                )
            when
                row_number() over (
                    partition by
                        sighting.source_id,
                        sighting.dimension,
                        sighting.entity_id,
                        sighting.content_key
                    order by sighting.snapshot_order
                ) > 1
                then sighting.content_key
        end as previous_content_key
    from sighting
    inner join main.dim_source as source
        on sighting.source_id = source.source_id
),

version as (
    select
        source_id,
        dimension,
        entity_id,
        content_key,
        has_versions,
        snapshot_order as from_snapshot_order,
        generated_at as valid_from,
        case
            when has_versions
                then lead(snapshot_order) over (
                    partition by source_id, dimension, entity_id
                    order by snapshot_order
                )
        end as to_snapshot_order,
        case
            when has_versions
                then lead(generated_at) over (
                    partition by source_id, dimension, entity_id
                    order by snapshot_order
                )
        end as valid_to,
        lead(snapshot_order) over (
            partition by source_id, dimension, entity_id
            order by snapshot_order, content_key
        ) is null as is_current,
        cast(row_number() over (
            partition by source_id, dimension, entity_id, content_key
            order by snapshot_order
        ) as bigint) as occurrence
    from step
    where previous_content_key is distinct from content_key
)

select
    source_id,
    dimension,
    entity_id,
    md5(concat_ws(
        '/',
        source_id,
        dimension,
        entity_id,
        content_key,
        nullif(occurrence, 1)
    )) as version_key,
    content_key,
    from_snapshot_order,
    to_snapshot_order,
    valid_from,
    valid_to,
    is_current,
    is_current and row_number() over (
        partition by dimension, entity_id, is_current
        order by has_versions asc, valid_from desc nulls last, source_id asc
    ) = 1 as is_latest
from version
order by dimension, entity_id, source_id, from_snapshot_order, content_key
