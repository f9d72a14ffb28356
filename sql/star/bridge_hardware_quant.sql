-- One row per hardware version and quantization that it lists.
with item as (
    select
        content_key,
        hardware_id,
        ordinal,
        quant_id
    from staging.bridge_hardware_quant
    qualify
        row_number() over (
            partition by content_key, ordinal order by snapshot_order
        ) = 1
)

select
    version.version_key as hardware_key,
    item.* exclude (content_key)
from main.dimension_version as version
inner join item on version.content_key = item.content_key
where version.dimension = 'hardware'
order by
    item.hardware_id,
    version.source_id,
    version.from_snapshot_order,
    version.version_key,
    item.ordinal
