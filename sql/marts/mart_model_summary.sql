-- One row per model, compute precision, scope of the throughput and
-- division of MLPerf. Ranks are over plausible cases of decode workloads; a row
-- without any is kept, without a rank.
select
    summary.subject_id as model_id,
    dim.model_name,
    dim.lab,
    summary.* exclude (subject_type, subject_id)
from marts.mart_claim_summary as summary
inner join main.dim_model as dim
    on summary.subject_id = dim.model_id and dim.is_latest
where summary.subject_type = 'model'
order by
    dim.model_id,
    summary.compute_precision,
    summary.throughput_scope,
    summary.division
