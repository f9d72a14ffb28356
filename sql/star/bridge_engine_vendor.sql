-- One row per engine version and hardware vendor that it lists.
with item as (
    select
        content_key,
        engine_id,
        ordinal,
        hardware_vendor
    from staging.bridge_engine_vendor
    qualify
        row_number() over (
            partition by content_key, ordinal order by snapshot_order
        ) = 1
)

select
    version.version_key as engine_key,
    item.* exclude (content_key)
from main.dimension_version as version
inner join item on version.content_key = item.content_key
where version.dimension = 'engine'
order by
    item.engine_id,
    version.source_id,
    version.from_snapshot_order,
    version.version_key,
    item.ordinal
