-- One row per accelerator, model and quantization of the warehouse: which
-- combinations somebody claims, and which of those claims count as measured.
with claimed as (
    select
        hardware_id,
        model_id,
        quant_id,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where error_count = 0) as bigint)
            as clean_case_count,
        cast(count(*) filter (where effective_tier = 'measured') as bigint)
            as measured_case_count
    from marts.mart_case_metrics
    group by hardware_id, model_id, quant_id
)

select
    hardware.hardware_id,
    model.model_id,
    quant.quant_id,
    hardware.hardware_name,
    model.model_name,
    quant.quant_name,
    coalesce(claimed.case_count, 0) as case_count,
    coalesce(claimed.clean_case_count, 0) as clean_case_count,
    coalesce(claimed.measured_case_count, 0) as measured_case_count,
    case
        when claimed.measured_case_count > 0 then 'measured'
        when claimed.clean_case_count > 0 then 'claimed'
        when claimed.case_count > 0 then 'impossible claims only'
        else 'none'
    end as coverage
from main.dim_hardware as hardware
cross join main.dim_model as model
cross join main.dim_quant as quant
left join claimed
    on
        hardware.hardware_id = claimed.hardware_id
        and model.model_id = claimed.model_id
        and quant.quant_id = claimed.quant_id
where hardware.is_current and model.is_current and quant.is_current
order by hardware.hardware_id, model.model_id, quant.quant_id
