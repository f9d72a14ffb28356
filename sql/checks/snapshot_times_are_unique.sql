-- Every snapshot of a source has a time of its own; of two with the same time,
-- a hash decides which one counts as newer.
-- table: snapshot
-- severity: warn
select
    snapshot.source_id,
    snapshot.generated_at,
    string_agg(snapshot.file_name, ', ' order by snapshot.file_name) as files
from quality.snapshot as snapshot
where snapshot.mode = 'snapshot'
group by snapshot.source_id, snapshot.generated_at
having count(*) > 1
order by all
