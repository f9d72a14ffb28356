-- One row per snapshot and case that it holds, or had to reject.
with sighting as (
    select
        case_id,
        snapshot_order,
        snapshot_id,
        generated_at,
        false as is_rejected
    from staging.fact_case
    union all
    select
        rejected.case_id,
        rejected.snapshot_order,
        rejected.snapshot_id,
        rejected.generated_at,
        true as is_rejected
    from staging.reject as rejected
    where
        rejected.case_id in (
            select loaded.case_id from staging.fact_case as loaded
        )
)

select
    case_id,
    snapshot_id,
    snapshot_order,
    generated_at as seen_at,
    bool_and(is_rejected) as is_rejected
from sighting
group by case_id, snapshot_id, snapshot_order, generated_at
order by snapshot_order, case_id
