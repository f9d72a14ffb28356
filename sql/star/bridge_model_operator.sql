-- One row per model version and operator.
with item as (
    select
        content_key,
        model_id,
        ordinal,
        operator,
        flops_per_token,
        bytes_per_token
    from staging.bridge_model_operator
    qualify
        row_number() over (
            partition by content_key, ordinal order by snapshot_order
        ) = 1
)

select
    version.version_key as model_key,
    item.* exclude (content_key)
from main.dimension_version as version
inner join item on version.content_key = item.content_key
where version.dimension = 'model'
order by
    item.model_id,
    version.source_id,
    version.from_snapshot_order,
    version.version_key,
    item.ordinal
