-- No snapshot is held back by the guard on volume, or for its time.
-- table: held_snapshot
-- severity: warn
-- action: Look at the file; accept it, or take it out of data/raw.
select
    held.source_id,
    held.file_name as file,
    held.held_reason
from quality.held_snapshot as held
where held.is_waiting
order by all
