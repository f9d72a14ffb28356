-- One row per server id and version.
select
    version_key as server_key,
    * exclude (version_key, from_snapshot_order)
from versions_of('server', 'staging.dim_server')
order by server_id, source_id, from_snapshot_order, server_key
