-- One row per evidence id of one owner and version.
with item as (
    select
        'hardware' as owner_type,
        hardware_id as owner_id,
        * exclude (hardware_id, content_key)
    from staging.bridge_hardware_evidence
    union all by name
    select
        'server' as owner_type,
        server_id as owner_id,
        * exclude (server_id, content_key)
    from staging.bridge_server_evidence
    union all by name
    select
        'case' as owner_type,
        case_id as owner_id,
        * exclude (case_id)
    from staging.bridge_case_evidence
),

content as (
    select * exclude (snapshot_id, snapshot_order, generated_at, ordinal)
    from item
    qualify
        row_number() over (
            partition by
                source_id,
                owner_type,
                owner_id,
                evidence_id,
                evidence_content_key
            order by snapshot_order, ordinal
        ) = 1
)

select
    version.version_key as evidence_key,
    version.source_id,
    content.* exclude (source_id, evidence_content_key),
    version.valid_from,
    version.valid_to,
    version.is_current
from content
inner join main.dimension_version as version
    on
        content.source_id = version.source_id
        and version.dimension = concat(content.owner_type, '-evidence')
        and version.entity_id
        = concat(content.owner_id, '/', content.evidence_id)
        and content.evidence_content_key = version.content_key
order by
    content.owner_type,
    content.owner_id,
    content.evidence_id,
    content.source_id,
    version.from_snapshot_order,
    version.version_key
