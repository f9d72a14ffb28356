-- One row per hardware, and model at a precision of its weights, that nobody
-- has measured together, though others run the model so, the hardware computes
-- it natively, and as many cards as any case of the hardware uses hold the
-- weights. The number of rows is limited; pairs come first that would have the
-- most cases if hardware and models were combined independently.
with claim as (
    select
        hardware_id,
        model_id,
        quant_id,
        weight_precision_of(bits_per_weight) as weight_precision,
        serving_cards,
        plausibility = 'plausible' as is_plausible,
        coalesce(is_plausible and effective_tier = 'measured', false)
            as is_measured
    from marts.mart_case_metrics
    where is_decode_workload
),

everything as (
    select count(*) as all_count from claim
),

hardware as (
    select
        hardware_id,
        cast(count(*) as bigint) as hardware_case_count,
        max(serving_cards) as most_cards
    from claim
    group by hardware_id
),

model as (
    select
        model_id,
        weight_precision,
        cast(count(*) as bigint) as model_case_count
    from claim
    group by model_id, weight_precision
),

quant as (
    select
        model_id,
        quant_id,
        weight_precision,
        count(*) as quant_case_count
    from claim
    group by model_id, quant_id, weight_precision
),

tested as (
    select
        hardware_id,
        model_id,
        weight_precision,
        cast(count(*) as bigint) as case_count,
        cast(count(*) filter (where is_plausible) as bigint)
            as plausible_case_count,
        bool_or(is_measured) as is_measured
    from claim
    group by hardware_id, model_id, weight_precision
),

-- For each precision, the format in which the model is run most.
stack as (
    select
        option.hardware_id,
        option.model_id,
        quant.weight_precision,
        option.hardware_name,
        option.hardware_vendor,
        option.model_name,
        option.quant_id,
        option.compute_precision,
        option.weights_gb,
        option.memory_capacity_gb
    from marts.mart_stack_option as option
    inner join quant
        on
            option.model_id = quant.model_id
            and option.quant_id = quant.quant_id
    qualify
        row_number() over (
            partition by
                option.hardware_id, option.model_id, quant.weight_precision
            order by quant.quant_case_count desc, option.quant_id asc
        ) = 1
),

pair as (
    select
        stack.*,
        cast(
            ceil(
                from_billions(stack.weights_gb)
                / nullif(from_billions(stack.memory_capacity_gb), 0)
            ) as bigint
        ) as min_cards,
        hardware.most_cards,
        coalesce(tested.case_count, 0) as case_count,
        coalesce(tested.plausible_case_count, 0) as plausible_case_count,
        hardware.hardware_case_count,
        model.model_case_count,
        hardware.hardware_case_count
        * safe_divide(model.model_case_count, everything.all_count)
            as expected_case_count
    from stack
    inner join hardware on stack.hardware_id = hardware.hardware_id
    inner join model
        on
            stack.model_id = model.model_id
            and stack.weight_precision = model.weight_precision
    cross join everything
    left join tested
        on
            stack.hardware_id = tested.hardware_id
            and stack.model_id = tested.model_id
            and stack.weight_precision = tested.weight_precision
    where not coalesce(tested.is_measured, false)
),

placed as (
    select
        *,
        cast(row_number() over (
            order by
                expected_case_count desc,
                case_count asc,
                hardware_id asc,
                model_id asc,
                weight_precision asc
        ) as bigint) as usefulness_rank
    from pair
    where min_cards <= most_cards
)

select *
from placed
where usefulness_rank <= assumed('untested_pairs')
order by hardware_id, model_id, weight_precision
