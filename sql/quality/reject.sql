-- One row per snapshot and case that was not loaded, with all its reasons, or
-- whose derived values break a contract (status `derived`), or that reports
-- nothing where an earlier revision did (status `failed_repeat`).
with broken as (
    -- The first of the tables from which the case was taken out.
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
),

derived as (
    select
        case_.snapshot_id,
        case_.seq as item_position,
        broken.case_id,
        broken.table_name,
        broken.column_name,
        broken.value,
        concat(
            broken.table_name, '.', broken.column_name, ' ', broken.reason
        ) as reason,
        coalesce(broken.raw, 'null') as raw
    from broken
    inner join staging.fact_case as case_
        on
            broken.case_id = case_.case_id
            and broken.from_snapshot_order = case_.snapshot_order
),

failed_repeat as (
    select
        case_.snapshot_id,
        case_.seq as item_position,
        case_.case_id,
        concat(
            'the item has no result; revision ', history.revision,
            ' of the case has one, and stays'
        ) as reason
    from staging.fact_case as case_
    inner join main.fact_case_history as history
        on
            case_.case_id = history.case_id
            and case_.snapshot_order > history.from_snapshot_order
    where
        reports_nothing(
            case_.decode_tok_s,
            case_.prefill_tok_s,
            case_.ttft_p50_ms,
            case_.tbt_p50_ms
        )
    qualify
        row_number() over (
            partition by case_.case_id, case_.snapshot_order
            order by history.from_snapshot_order desc
        ) = 1
        and not reports_nothing(
            history.decode_tok_s,
            history.prefill_tok_s,
            history.ttft_p50_ms,
            history.tbt_p50_ms
        )
),

every_reject as (
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
    union all
    select
        snapshot_id,
        item_position,
        'derived' as status,
        case_id,
        null as path,
        table_name,
        column_name,
        value,
        reason,
        raw
    from derived
    union all
    select
        snapshot_id,
        item_position,
        'failed_repeat' as status,
        case_id,
        'results' as path,
        null as table_name,
        null as column_name,
        null as value,
        reason,
        'null' as raw
    from failed_repeat
)

select *
from every_reject
order by snapshot_id, item_position
