-- One row per model id and version.
select
    version_key as model_key,
    * exclude (version_key, from_snapshot_order)
from versions_of('model', 'staging.dim_model')
order by model_id, source_id, from_snapshot_order, model_key
