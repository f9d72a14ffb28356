-- One row per snapshot: its content as received, and its counts after loading.
select
    snapshot_id,
    source_id,
    mode,
    snapshot_order,
    generated_at,
    is_newest,
    file_name,
    file_sha256,
    content_sha256,
    license,
    declared_count,
    item_count,
    case_count,
    duplicate_count,
    reject_count,
    is_publishable
from staging.snapshot
order by snapshot_order
