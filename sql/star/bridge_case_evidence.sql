-- One row per current case and evidence item, in the order of the feed.
with newest as (
    select
        case_id,
        max(snapshot_order) as snapshot_order
    from staging.fact_case
    group by case_id
)

select
    item.case_id,
    item.ordinal,
    item.evidence_id,
    evidence.version_key as evidence_key
from staging.bridge_case_evidence as item
inner join newest
    on
        item.case_id = newest.case_id
        and item.snapshot_order = newest.snapshot_order
inner join main.dimension_version as evidence
    on
        evidence.dimension = 'case-evidence'
        and evidence.entity_id = concat(item.case_id, '/', item.evidence_id)
        and item.evidence_content_key = evidence.content_key
        and is_in_force(
            item.snapshot_order,
            evidence.from_snapshot_order,
            evidence.to_snapshot_order
        )
order by item.case_id, item.ordinal
