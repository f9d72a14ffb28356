-- No run of a source that appends is from the future. A snapshot from the
-- future is held back.
-- table: snapshot
-- severity: warn
select
    snapshot.file_name as file,
    snapshot.generated_at
from quality.snapshot as snapshot
where epoch(snapshot.generated_at) > epoch(now()) + 86400
order by all
