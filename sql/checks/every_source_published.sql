-- Every source could be read, and is in this build.
-- table: dim_source
-- severity: warn
-- action: Mend what it says, and build again.
select
    source.source_id,
    source.problem
from main.dim_source as source
where source.problem is not null
order by source.source_id
