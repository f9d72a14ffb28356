-- One row per hardware, model and quantization that current cases use and that
-- has a roofline at a native precision: the constants of its formulas, and the
-- expected factor on the prior. The number of rows is limited; the hardware,
-- models and quantizations with the most clean cases come first.
with claim as (
    select
        case_id,
        hardware_id,
        model_id,
        quant_id,
        is_decode_workload,
        plausibility = 'plausible' as is_clean
    from marts.mart_case_metrics
),

hardware as (
    select
        claim.hardware_id,
        count(*) over () as candidates,
        row_number() over (
            order by
                count(*) filter (where claim.is_clean) desc,
                count(*) desc,
                claim.hardware_id
        ) as place
    from claim
    inner join main.dim_hardware as described
        on claim.hardware_id = described.hardware_id and described.is_latest
    where
        described.memory_bandwidth_gb_s > 0
        and described.memory_capacity_gb > 0
    group by claim.hardware_id
),

model as (
    select
        claim.model_id,
        count(*) over () as candidates,
        row_number() over (
            order by
                count(*) filter (where claim.is_clean) desc,
                count(*) desc,
                claim.model_id
        ) as place
    from claim
    inner join main.dim_model as described
        on claim.model_id = described.model_id and described.is_latest
    where
        claim.is_decode_workload
        and described.total_params_b > 0
        and described.active_params_b > 0
    group by claim.model_id
),

quant as (
    select
        claim.quant_id,
        row_number() over (
            order by
                count(*) filter (where claim.is_clean) desc,
                count(*) desc,
                claim.quant_id
        ) as place
    from claim
    inner join main.dim_quant as described
        on claim.quant_id = described.quant_id and described.is_latest
    where described.bits_per_weight > 0
    group by claim.quant_id
),

-- Each side is cut so that the product stays within the limit.
bound as (
    select
        assumed('stack_option_pairs') as pairs,
        assumed('stack_option_quantizations') as quantizations
),

picked as ( -- noqa: ST03
    select
        hardware.hardware_id,
        model.model_id,
        quant.quant_id
    from hardware
    cross join model
    cross join quant
    cross join bound
    where
        hardware.place <= greatest(
            floor(sqrt(bound.pairs)),
            floor(bound.pairs / nullif(model.candidates, 0))
        )
        and model.place <= greatest(
            floor(sqrt(bound.pairs)),
            floor(bound.pairs / nullif(hardware.candidates, 0))
        )
        and quant.place <= bound.quantizations
)

select
    hardware_id,
    hardware_name,
    hardware_vendor,
    model_id,
    model_name,
    quant_id,
    compute_precision,
    peak_tflops,
    memory_bandwidth_gb_s,
    memory_capacity_gb,
    tdp_w,
    bytes_per_weight,
    weights_gb,
    total_params_b,
    active_params_b,
    num_experts,
    experts_top_k,
    attention_type,
    layers,
    num_attention_heads,
    head_dim,
    max_context_length,
    sliding_window,
    full_attention_layers,
    kv_bytes_per_token,
    pool,
    pool_n,
    log_mean,
    log_spread
from stacks_of('picked')
where compute_precision_is_native
order by hardware_id, model_id, quant_id
