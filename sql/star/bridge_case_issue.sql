-- One row per current case and issue encountered.
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
    item.issue
from staging.bridge_case_issue as item
inner join newest
    on
        item.case_id = newest.case_id
        and item.snapshot_order = newest.snapshot_order
order by item.case_id, item.ordinal
