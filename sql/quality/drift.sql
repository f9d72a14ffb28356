-- One row per snapshot and thing that no contract knows yet.
with field as (
    select
        snapshot_id,
        snapshot_order,
        'unknown_field' as drift_type,
        path,
        json_type as detail,
        case_count
    from staging.field
    where not is_known and json_type not in ('object', 'list')
),

vocabulary as (
    select
        snapshot_id,
        snapshot_order,
        'unknown_value' as drift_type,
        path,
        value as detail,
        row_count as case_count
    from staging.vocabulary
    where not is_known
)

select * exclude (snapshot_order)
from (
    select * from field
    union all
    select * from vocabulary
) as news
order by snapshot_order, drift_type, path, detail
