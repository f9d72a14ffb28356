-- One row per case id: its newest revision. Retired: the newest snapshot of its
-- source neither holds the case nor had to reject it, or the source took it
-- back.
with seen as (
    select
        case_id,
        min(generated_at) as first_seen_at,
        max(generated_at) as last_seen_at
    from staging.fact_case
    group by case_id
),

newest as (
    select case_.case_id
    from staging.fact_case as case_
    inner join staging.snapshot as snapshot
        on case_.snapshot_order = snapshot.snapshot_order
    where snapshot.is_newest
    union
    select rejected.case_id
    from staging.reject as rejected
    inner join staging.snapshot as snapshot
        on rejected.snapshot_order = snapshot.snapshot_order
    where snapshot.is_newest and rejected.case_id is not null
)

select
    history.* exclude (
        from_snapshot_order, valid_from, valid_to, is_current
    ),
    seen.first_seen_at,
    seen.last_seen_at,
    newest.case_id is null or withdrawn.case_id is not null as is_retired
from main.fact_case_history as history
inner join seen on history.case_id = seen.case_id
left join newest on history.case_id = newest.case_id
left join staging.withdrawn as withdrawn
    on history.case_id = withdrawn.case_id
where history.is_current
order by history.case_id
