-- One row per version of an entity: type 2, valid from the first snapshot that
-- shows it until the first that shows another. An id that is missing for a
-- while keeps its version. A content that comes back is a version of its own.
with sighting as (
    select
        'hardware' as dimension,
        hardware_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_hardware
    union all
    select
        'server' as dimension,
        server_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_server
    union all
    select
        'model' as dimension,
        model_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_model
    union all
    select
        'engine' as dimension,
        engine_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_engine
    union all
    select
        'quant' as dimension,
        quant_id as entity_id,
        content_key,
        snapshot_order,
        generated_at
    from staging.dim_quant
    union all
    select distinct
        'hardware-evidence' as dimension,
        concat(hardware_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_hardware_evidence
    union all
    select distinct
        'server-evidence' as dimension,
        concat(server_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_server_evidence
    union all
    select distinct
        'case-evidence' as dimension,
        concat(case_id, '/', evidence_id) as entity_id,
        evidence_content_key as content_key,
        snapshot_order,
        generated_at
    from staging.bridge_case_evidence
),

step as (
    select
        *,
        lag(content_key) over (
            partition by dimension, entity_id order by snapshot_order
        ) as previous_content_key
    from sighting
),

version as (
    select
        dimension,
        entity_id,
        content_key,
        snapshot_order as from_snapshot_order,
        generated_at as valid_from,
        lead(snapshot_order) over (
            partition by dimension, entity_id order by snapshot_order
        ) as to_snapshot_order,
        lead(generated_at) over (
            partition by dimension, entity_id order by snapshot_order
        ) as valid_to,
        cast(row_number() over (
            partition by dimension, entity_id, content_key
            order by snapshot_order
        ) as bigint) as occurrence
    from step
    where previous_content_key is distinct from content_key
)

select
    dimension,
    entity_id,
    md5(concat_ws(
        '/', dimension, entity_id, content_key, nullif(occurrence, 1)
    )) as version_key,
    content_key,
    from_snapshot_order,
    to_snapshot_order,
    valid_from,
    valid_to,
    to_snapshot_order is null as is_current
from version
order by dimension, entity_id, from_snapshot_order
