-- One row per accelerator, model and quantization that a case uses or that
-- could be run (mart_stack_option): the number of cases, and the best of them.
-- Nothing is compared here, so the scope of a throughput does not matter.
with claimed as (
    select
        hardware_id,
        model_id,
        quant_id,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where plausibility = 'plausible') as bigint)
            as plausible_case_count,
        cast(count(*) filter (where plausibility = 'implausible') as bigint)
            as implausible_case_count,
        cast(count(*) filter (where plausibility = 'impossible') as bigint)
            as impossible_case_count,
        cast(count(*) filter (where plausibility = 'not_judged') as bigint)
            as not_judged_case_count,
        cast(count(*) filter (
            where plausibility = 'plausible' and effective_tier = 'measured'
        ) as bigint) as measured_case_count
    from marts.mart_case_metrics
    group by hardware_id, model_id, quant_id
),

combination as (
    select
        hardware_id,
        model_id,
        quant_id
    from claimed
    union distinct
    select
        hardware_id,
        model_id,
        quant_id
    from marts.mart_stack_option
)

select
    hardware.hardware_id,
    model.model_id,
    quant.quant_id,
    hardware.hardware_name,
    model.model_name,
    quant.quant_name,
    coalesce(claimed.case_count, 0) as case_count,
    coalesce(claimed.plausible_case_count, 0) as plausible_case_count,
    coalesce(claimed.implausible_case_count, 0) as implausible_case_count,
    coalesce(claimed.impossible_case_count, 0) as impossible_case_count,
    coalesce(claimed.not_judged_case_count, 0) as not_judged_case_count,
    coalesce(claimed.measured_case_count, 0) as measured_case_count,
    case
        when claimed.measured_case_count > 0 then 'measured'
        when claimed.plausible_case_count > 0 then 'plausible'
        when claimed.not_judged_case_count > 0 then 'not judged'
        when claimed.implausible_case_count > 0 then 'implausible'
        when claimed.impossible_case_count > 0 then 'impossible'
        else 'none'
    end as coverage
from combination
inner join main.dim_hardware as hardware
    on
        combination.hardware_id = hardware.hardware_id
        and hardware.is_latest
inner join main.dim_model as model
    on combination.model_id = model.model_id and model.is_latest
inner join main.dim_quant as quant
    on combination.quant_id = quant.quant_id and quant.is_latest
left join claimed
    on
        combination.hardware_id = claimed.hardware_id
        and combination.model_id = claimed.model_id
        and combination.quant_id = claimed.quant_id
order by hardware.hardware_id, model.model_id, quant.quant_id
