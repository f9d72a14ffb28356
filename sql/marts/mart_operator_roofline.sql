-- One row per current case and operator of its model's decomposition: what
-- limits the operator on that hardware, for one token on one card.
with operator_time as (
    select
        i.case_id,
        i.hardware_id,
        i.model_id,
        i.quant_id,
        i.compute_precision,
        operator.ordinal,
        operator.operator,
        operator.flops_per_token,
        operator.bytes_per_token,
        i.peak_tflops,
        safe_divide(operator.flops_per_token, operator.bytes_per_token)
            as arithmetic_intensity,
        safe_divide(i.peak_tflops * 1e12, i.memory_bandwidth_gb_s * 1e9)
            as ridge_point,
        safe_divide(operator.flops_per_token, i.peak_tflops * 1e12)
            as compute_s,
        safe_divide(operator.bytes_per_token, i.memory_bandwidth_gb_s * 1e9)
            as memory_s,
        greatest_or_null(compute_s, memory_s) as operator_s
    from metrics.case_input as i
    inner join main.fact_case as fact on i.case_id = fact.case_id
    inner join main.bridge_model_operator as operator
        on fact.model_key = operator.model_key
    where i.is_current and i.basis = 'claimed'
)

select
    case_id,
    ordinal,
    operator,
    hardware_id,
    model_id,
    quant_id,
    compute_precision,
    flops_per_token,
    bytes_per_token,
    arithmetic_intensity,
    ridge_point,
    case
        when operator_s is null then null
        when memory_s >= compute_s then 'memory'
        else 'compute'
    end as bound,
    case
        when arithmetic_intensity is not null and ridge_point is not null
            then
                peak_tflops
                * least(arithmetic_intensity, ridge_point)
                / nullif(ridge_point, 0)
    end as attainable_tflops,
    operator_s * 1e6 as operator_us,
    safe_divide(
        operator_s,
        sum(operator_s) over (
            partition by case_id
            order by ordinal
            rows between unbounded preceding and unbounded following
        )
    ) as step_share
from operator_time
order by case_id, ordinal
