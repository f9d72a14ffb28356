-- Every snapshot of a source has a time of its own; of two with the same time,
-- a hash decides which one counts as newer.
-- table: snapshot
-- severity: warn
select
    snapshot.source_id,
    snapshot.generated_at,
    string_agg(snapshot.file_name, ', ' order by snapshot.file_name) as files
from quality.snapshot as snapshot
inner join main.dim_source as source
    on snapshot.source_id = source.source_id
where source.mode = 'snapshot'
group by snapshot.source_id, snapshot.generated_at
having count(*) > 1
order by all
