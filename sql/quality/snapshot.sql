-- One row per snapshot: what was received, and what became of it.
select
    snapshot.snapshot_id,
    snapshot.source_id,
    source.mode,
    snapshot.snapshot_order,
    snapshot.generated_at,
    snapshot.is_newest,
    snapshot.file_name,
    snapshot.file_sha256,
    snapshot.content_sha256,
    snapshot.license,
    snapshot.declared_count,
    snapshot.item_count,
    snapshot.case_count,
    snapshot.duplicate_count,
    snapshot.reject_count,
    snapshot.is_publishable
from staging.snapshot as snapshot
inner join main.dim_source as source on snapshot.source_id = source.source_id
order by snapshot.snapshot_order
