-- No snapshot is from the future; what arrives before that time would count
-- as older.
-- table: snapshot
-- severity: warn
select
    snapshot.file_name as file,
    snapshot.generated_at
from quality.snapshot as snapshot
where epoch(snapshot.generated_at) > epoch(now()) + 86400
order by all
