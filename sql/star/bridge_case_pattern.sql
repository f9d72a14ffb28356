-- One row per current case and pattern attached to it.
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
    item.pattern_id
from staging.bridge_case_pattern as item
inner join newest
    on
        item.case_id = newest.case_id
        and item.snapshot_order = newest.snapshot_order
order by item.case_id, item.ordinal
