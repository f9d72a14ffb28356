-- One row per case and revision: the symbols that the formulas and rules take,
-- from the case and the dimension versions that it was resolved to.
with operator_sum as (
    select
        model_key,
        case
            when count(*) = count(flops_per_token)
                then sum(flops_per_token order by ordinal)
        end as operator_flops_per_token,
        case
            when count(*) = count(bytes_per_token)
                then sum(bytes_per_token order by ordinal)
        end as operator_bytes_per_token
    from main.bridge_model_operator
    group by model_key
),

engine_listed as (
    select distinct
        hardware_key,
        engine_id
    from main.bridge_hardware_engine
),

quant_listed as (
    select distinct
        hardware_key,
        quant_id
    from main.bridge_hardware_quant
),

vendor_listed as (
    select distinct
        engine_key,
        hardware_vendor
    from main.bridge_engine_vendor
),

resolved as (
    select
        history.case_id,
        history.revision,
        history.is_current and not current_case.is_retired as is_current,
        history.hardware_id,
        hardware.hardware_vendor,
        history.model_id,
        history.engine_id,
        history.quant_id,
        history.card_count,
        coalesce(history.is_disaggregated, false) as is_disaggregated,
        history.prefill_cards,
        history.decode_cards,
        history.tensor_parallel,
        history.pipeline_parallel,
        history.prefill_seq_len,
        history.decode_seq_len,
        history.batch_size,
        history.max_concurrent_requests,
        history.decode_tok_s,
        history.prefill_tok_s,
        history.ttft_p50_ms,
        history.ttft_p99_ms,
        history.tbt_p50_ms,
        history.tbt_p99_ms,
        history.memory_per_card_gb,
        history.power_per_card_w,
        history.compute_pct,
        history.memory_bw_pct,
        history.bottleneck,
        concat_ws(
            chr(10), history.startup_command, history.notes_md
        ) as how_it_was_run,
        hardware.peak_fp4_tflops,
        hardware.peak_fp8_tflops,
        hardware.peak_bf16_tflops,
        hardware.peak_fp16_tflops,
        hardware.peak_int8_tops,
        hardware.memory_capacity_gb,
        hardware.memory_bandwidth_gb_s,
        hardware.tdp_w,
        server.server_card_id,
        server.server_card_count,
        server.rack_power_kw,
        coalesce(model.domain, 'llm') as domain,
        coalesce(
            model.workload_kind,
            case
                when model.num_attention_heads is not null
                    then 'autoregressive-decode'
            end
        ) as workload_kind,
        model.total_params_b,
        model.active_params_b,
        model.layers,
        model.hidden_size,
        model.num_attention_heads,
        model.num_kv_heads,
        model.head_dim,
        model.vocab_size,
        model.max_context_length,
        model.num_experts,
        model.experts_top_k,
        model.attention_type,
        operator_sum.operator_flops_per_token,
        operator_sum.operator_bytes_per_token,
        quant.bits_per_weight,
        quant.bits_per_activation,
        quant.quant_family,
        case
            when hardware.listed_engine_count is not null
                then engine_listed.engine_id is not null
        end as is_engine_listed,
        case
            when hardware.listed_quant_count is not null
                then quant_listed.quant_id is not null
        end as is_quant_listed,
        case
            when engine.listed_vendor_count is not null
                then vendor_listed.hardware_vendor is not null
        end as is_vendor_listed,
        price.usd_per_card_hour
    from main.fact_case_history as history
    inner join main.fact_case as current_case
        on history.case_id = current_case.case_id
    inner join main.dim_hardware as hardware
        on history.hardware_key = hardware.hardware_key
    left join main.dim_server as server
        on history.server_key = server.server_key
    inner join main.dim_model as model
        on history.model_key = model.model_key
    inner join main.dim_engine as engine
        on history.engine_key = engine.engine_key
    inner join main.dim_quant as quant
        on history.quant_key = quant.quant_key
    left join operator_sum
        on history.model_key = operator_sum.model_key
    left join engine_listed
        on
            history.hardware_key = engine_listed.hardware_key
            and history.engine_id = engine_listed.engine_id
    left join quant_listed
        on
            history.hardware_key = quant_listed.hardware_key
            and history.quant_id = quant_listed.quant_id
    left join vendor_listed
        on
            history.engine_key = vendor_listed.engine_key
            and hardware.hardware_vendor = vendor_listed.hardware_vendor
    left join main.card_price as price
        on history.hardware_id = price.hardware_id
),

chained as (
    select
        *,
        coalesce(
            workload_kind = 'autoregressive-decode', false
        ) as is_decode_workload,
        case
            when is_disaggregated then decode_cards
            else card_count
        end as serving_cards,
        bits_per_weight / 8 as bytes_per_weight,
        precision_chain(quant_family, quant_id, bits_per_activation)
            as chain,
        map {
            'fp4': peak_fp4_tflops,
            'fp8': peak_fp8_tflops,
            'int8': peak_int8_tops,
            'bf16': peak_bf16_tflops,
            'fp16': peak_fp16_tflops
        } as peaks
    from resolved
),

peaked as (
    select
        *,
        first_precision(chain, peaks) as compute_precision
    from chained
)

select
    * exclude (how_it_was_run, chain, peaks),
    compute_precision = chain[1] as compute_precision_is_native,
    peaks[compute_precision] as peak_tflops,
    coalesce(cast(vocab_size as double) * hidden_size, 0)
    / 1e9 as embedding_params_b,
    case
        when is_decode_workload
            then
                context_mean(
                    prefill_seq_len, decode_seq_len, max_context_length
                )
    end as context_tokens_mean,
    least(
        prefill_seq_len + decode_seq_len, max_context_length
    ) as context_tokens_max,
    case
        when is_decode_workload
            then
                kv_cache_bytes(attention_type, layers, num_kv_heads, head_dim)
    end as kv_bytes_per_token,
    regexp_matches(
        how_it_was_run, 'speculat|mtp|eagle|medusa', 'i'
    ) as uses_speculative_decoding,
    regexp_matches(how_it_was_run, 'prefix[-_ ]?cach|radix', 'i')
    and not regexp_matches(
        how_it_was_run, 'no-enable-prefix|disable-radix', 'i'
    ) as uses_prefix_caching
from peaked
order by case_id, revision
