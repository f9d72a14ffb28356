-- One row per accelerator and compute precision. Ranks count claims without an
-- error only; a row that has none is kept, without a rank.
select
    summary.subject_id as hardware_id,
    dim.hardware_name,
    dim.hardware_vendor,
    summary.compute_precision,
    case
        when summary.decode_roofline_efficiency_median is not null
            then
                cast(rank() over (
                    partition by summary.compute_precision
                    order by
                        summary.decode_roofline_efficiency_median desc
                        nulls last
                ) as bigint)
    end as rank_by_efficiency,
    case
        when summary.decode_tok_s_per_card_best is not null
            then
                cast(rank() over (
                    partition by summary.compute_precision
                    order by
                        summary.decode_tok_s_per_card_best desc nulls last
                ) as bigint)
    end as rank_by_throughput,
    summary.* exclude (subject_type, subject_id, compute_precision)
from metrics.claim_summary as summary
inner join main.dim_hardware as dim
    on summary.subject_id = dim.hardware_id and dim.is_current
where summary.subject_type = 'hardware'
order by summary.subject_id, summary.compute_precision
