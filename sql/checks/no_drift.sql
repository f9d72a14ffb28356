-- The newest snapshot holds the fields and values that the contracts know,
-- with the types of the snapshot before it.
-- table: drift
-- severity: warn
select
    drift.drift_type,
    drift.path,
    drift.detail,
    drift.case_count
from quality.drift as drift
inner join quality.snapshot as snapshot
    on drift.snapshot_id = snapshot.snapshot_id
where snapshot.is_newest
order by all
