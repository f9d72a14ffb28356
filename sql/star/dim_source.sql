-- One row per source, left out of this build or not.
select
    source_id,
    source_name,
    declared_format,
    mode,
    has_versions,
    license,
    attribution,
    url,
    citation,
    accessed_on as received_on,
    file_count,
    problem
from staging.source
order by source_id
