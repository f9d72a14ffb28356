-- One row per snapshot and case that was not loaded, with all its reasons, or
-- whose derived values break a contract (status `derived`).
with derived as (
    -- Of the tables that a case was taken out of, the first.
    select
        quarantine.*,
        history.from_snapshot_order
    from staging.quarantine as quarantine
    inner join main.fact_case_history as history
        on
            quarantine.case_id = history.case_id
            and (
                quarantine.revision = history.revision
                or (quarantine.revision is null and history.is_current)
            )
    qualify
        row_number() over (
            partition by quarantine.case_id, history.from_snapshot_order
            order by quarantine.table_name, quarantine.column_name
        ) = 1
)

select
    snapshot_id,
    seq as item_position,
    'rejected' as status,
    case_id,
    path,
    null as table_name,
    null as column_name,
    null as value,
    reason,
    raw
from staging.reject
union all by name
select
    case_.snapshot_id,
    case_.seq as item_position,
    'derived' as status,
    derived.case_id,
    null as path,
    derived.table_name,
    derived.column_name,
    derived.value,
    concat(
        derived.table_name, '.', derived.column_name, ' ', derived.reason
    ) as reason,
    coalesce(derived.raw, 'null') as raw
from derived
inner join staging.fact_case as case_
    on
        derived.case_id = case_.case_id
        and derived.from_snapshot_order = case_.snapshot_order
order by snapshot_id, item_position
