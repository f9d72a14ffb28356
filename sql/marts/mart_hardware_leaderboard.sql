-- One row per accelerator, compute precision, scope of the throughput and
-- division of MLPerf. Ranks are over plausible cases of decode workloads; a row
-- without any is kept, without a rank.
select
    summary.subject_id as hardware_id,
    dim.hardware_name,
    dim.hardware_vendor,
    summary.* exclude (subject_type, subject_id)
from marts.mart_claim_summary as summary
inner join main.dim_hardware as dim
    on summary.subject_id = dim.hardware_id and dim.is_latest
where summary.subject_type = 'hardware'
order by
    dim.hardware_id,
    summary.compute_precision,
    summary.throughput_scope,
    summary.division
