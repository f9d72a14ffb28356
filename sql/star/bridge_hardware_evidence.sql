-- One row per hardware version and evidence item, in the order of the feed.
with item as (
    select
        content_key,
        hardware_id,
        ordinal,
        evidence_id,
        evidence_content_key
    from staging.bridge_hardware_evidence
    qualify
        row_number() over (
            partition by content_key, ordinal order by snapshot_order
        ) = 1
)

select
    version.version_key as hardware_key,
    item.hardware_id,
    item.ordinal,
    item.evidence_id,
    evidence.version_key as evidence_key
from main.dimension_version as version
inner join item on version.content_key = item.content_key
inner join main.dimension_version as evidence
    on
        version.source_id = evidence.source_id
        and evidence.dimension = 'hardware-evidence'
        and evidence.entity_id = concat(item.hardware_id, '/', item.evidence_id)
        and item.evidence_content_key = evidence.content_key
        and is_in_force(
            version.from_snapshot_order,
            evidence.from_snapshot_order,
            evidence.to_snapshot_order
        )
where version.dimension = 'hardware'
order by
    item.hardware_id,
    version.source_id,
    version.from_snapshot_order,
    version.version_key,
    item.ordinal
