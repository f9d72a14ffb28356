-- One row per engine, compute precision, scope of the throughput and
-- division of MLPerf. Ranks are over plausible cases of decode workloads; a row
-- without any is kept, without a rank.
select
    summary.subject_id as engine_id,
    dim.engine_name,
    dim.maintainer,
    summary.* exclude (subject_type, subject_id)
from marts.mart_claim_summary as summary
inner join main.dim_engine as dim
    on summary.subject_id = dim.engine_id and dim.is_latest
where summary.subject_type = 'engine'
order by
    dim.engine_id,
    summary.compute_precision,
    summary.throughput_scope,
    summary.division
