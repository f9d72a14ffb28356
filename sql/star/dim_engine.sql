-- One row per engine id and version.
select
    version_key as engine_key,
    * exclude (version_key, from_snapshot_order)
from versions_of('engine', 'staging.dim_engine')
order by engine_id, source_id, from_snapshot_order, engine_key
