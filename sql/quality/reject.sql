-- One row per snapshot and case that was not loaded, with all its reasons.
select
    snapshot_id,
    seq as item_position,
    case_id,
    path,
    reason,
    raw
from staging.reject
order by snapshot_order, item_position
