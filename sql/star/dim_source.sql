-- One row per source, left out of this build or not.
select
    source_id,
    source_name,
    declared_format,
    mode,
    license,
    attribution,
    url,
    citation,
    accessed_on,
    file_count,
    problem
from staging.source
order by source_id
