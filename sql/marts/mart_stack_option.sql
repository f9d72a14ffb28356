-- One row per current accelerator, model and quantization that can be put on a
-- roofline: the constants of its formulas, and the efficiency to expect. Decode
-- workloads only.
with hardware as (
    select
        *,
        map {
            'fp4': peak_fp4_tflops,
            'fp8': peak_fp8_tflops,
            'int8': peak_int8_tops,
            'bf16': peak_bf16_tflops,
            'fp16': peak_fp16_tflops
        } as peaks
    from main.dim_hardware
    where
        is_current
        and memory_bandwidth_gb_s > 0
        and memory_capacity_gb is not null
),

model as (
    select *
    from main.dim_model
    where
        is_current
        and total_params_b is not null
        and active_params_b is not null
        and coalesce(
            workload_kind,
            case
                when num_attention_heads is not null
                    then 'autoregressive-decode'
            end
        ) = 'autoregressive-decode'
),

quant as (
    select
        *,
        precision_chain(quant_family, quant_id, bits_per_activation) as chain
    from main.dim_quant
    where is_current
)

select
    hardware.hardware_id,
    hardware.hardware_name,
    hardware.hardware_vendor,
    model.model_id,
    model.model_name,
    quant.quant_id,
    first_precision(quant.chain, hardware.peaks) as compute_precision,
    hardware.peaks[compute_precision] as peak_tflops,
    hardware.memory_bandwidth_gb_s,
    hardware.memory_capacity_gb,
    hardware.tdp_w,
    quant.bits_per_weight / 8 as bytes_per_weight,
    model.total_params_b * quant.bits_per_weight / 8 as weights_gb,
    model.total_params_b,
    model.active_params_b,
    model.num_experts,
    model.experts_top_k,
    model.attention_type,
    model.layers,
    model.num_attention_heads,
    model.head_dim,
    model.max_context_length,
    kv_cache_bytes(
        model.attention_type,
        model.layers,
        model.num_kv_heads,
        model.head_dim,
        assumed('kv_bytes_per_value')
    ) as kv_bytes_per_token,
    pool.pool,
    pool.pool_n,
    pool.log_mean,
    pool.log_spread
from hardware
cross join model
cross join quant
inner join marts.mart_efficiency_pool as pool
    on hardware.hardware_id = pool.hardware_id
where first_precision(quant.chain, hardware.peaks) is not null
order by hardware.hardware_id, model.model_id, quant.quant_id
