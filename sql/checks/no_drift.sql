-- The newest file of a source holds no field, value or type that is new in it:
-- none that no contract knows, nor one unlike the snapshot before.
-- table: drift
-- severity: warn
-- action: Add the field or the value to its contract, if it is of use.
select
    snapshot.source_id,
    drift.drift_type,
    drift.path,
    drift.detail,
    drift.case_count
from quality.drift as drift
inner join quality.snapshot as snapshot
    on drift.snapshot_id = snapshot.snapshot_id
where
    drift.is_new
    and snapshot.snapshot_order in (
        select max(every.snapshot_order)
        from quality.snapshot as every
        group by every.source_id
    )
order by all
