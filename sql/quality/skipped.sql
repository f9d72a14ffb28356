-- One row per file and reason for which records of it are out of scope.
select
    snapshot_id,
    source_id,
    reason as skip_reason,
    record_count
from staging.skipped
order by snapshot_id, skip_reason
