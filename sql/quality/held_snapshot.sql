-- One row per snapshot that is held back, and not in this build.
select
    source_id,
    file_name,
    file_sha256,
    content_sha256,
    generated_at,
    guard,
    is_waiting,
    compared_with,
    case_count_before,
    missing_case_count,
    held_reason
from staging.held
order by source_id, generated_at, file_name
