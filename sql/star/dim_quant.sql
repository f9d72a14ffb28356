-- One row per quant id and version.
select
    version_key as quant_key,
    * exclude (version_key, from_snapshot_order)
from versions_of('quant', 'staging.dim_quant')
order by quant_id, source_id, from_snapshot_order, quant_key
