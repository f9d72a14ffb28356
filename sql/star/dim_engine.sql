-- One row per engine id and version.
with content as (
    select * exclude (snapshot_id, snapshot_order, generated_at)
    from staging.dim_engine
    qualify
        row_number() over (
            partition by content_key order by snapshot_order
        ) = 1
)

select
    version.version_key as engine_key,
    content.* exclude (content_key),
    version.valid_from,
    version.valid_to,
    version.is_current
from main.dimension_version as version
inner join content on version.content_key = content.content_key
where version.dimension = 'engine'
order by content.engine_id, version.from_snapshot_order
