-- Every snapshot has a time of its own; of two with the same time, a hash
-- decides which one counts as newer.
-- table: snapshot
-- severity: warn
select
    snapshot.generated_at,
    string_agg(snapshot.file_name, ', ' order by snapshot.file_name) as files
from quality.snapshot as snapshot
group by snapshot.generated_at
having count(*) > 1
order by all
