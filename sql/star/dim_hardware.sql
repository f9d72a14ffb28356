-- One row per hardware id and version.
select
    version_key as hardware_key,
    * exclude (version_key, from_snapshot_order)
from versions_of('hardware', 'staging.dim_hardware')
order by hardware_id, source_id, from_snapshot_order, hardware_key
