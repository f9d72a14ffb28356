-- Stacks: hardware, a model and a quantization, with the expected throughput.

-- Current specifications of stacks. `picked` names a relation with hardware_id,
-- model_id and quant_id, whose other columns are passed on.
create or replace macro stacks_of(picked) as table
    with specified as (
        select
            p.*,
            hardware.hardware_name,
            hardware.hardware_vendor,
            positive(hardware.memory_bandwidth_gb_s) as memory_bandwidth_gb_s,
            positive(hardware.memory_capacity_gb) as memory_capacity_gb,
            positive(hardware.tdp_w) as tdp_w,
            positive(hardware.scale_up_world_size) as scale_up_world_size,
            map {
                'fp4': positive(hardware.peak_fp4_tflops),
                'fp8': positive(hardware.peak_fp8_tflops),
                'int8': positive(hardware.peak_int8_tops),
                'bf16': positive(hardware.peak_bf16_tflops),
                'fp16': positive(hardware.peak_fp16_tflops)
            } as peaks,
            model.model_name,
            coalesce(
                workload_of(model.workload_kind, model.num_attention_heads)
                = 'autoregressive-decode',
                false
            ) as is_decode_workload,
            positive(model.total_params_b) as total_params_b,
            positive(model.active_params_b) as active_params_b,
            positive(model.num_experts) as num_experts,
            positive(model.experts_top_k) as experts_top_k,
            model.attention_type,
            positive(model.layers) as layers,
            positive(model.num_attention_heads) as num_attention_heads,
            positive(model.num_kv_heads) as num_kv_heads,
            positive(model.head_dim) as head_dim,
            positive(model.max_context_length) as max_context_length,
            positive(model.sliding_window) as sliding_window,
            model.full_attention_layers,
            positive(quant.bits_per_weight) / 8 as bytes_per_weight,
            precision_chain(
                quant.quant_family,
                quant.quant_id,
                positive(quant.bits_per_activation)
            ) as chain
        from query_table(picked) as p
        inner join main.dim_hardware as hardware
            on p.hardware_id = hardware.hardware_id and hardware.is_latest
        inner join main.dim_model as model
            on p.model_id = model.model_id and model.is_latest
        inner join main.dim_quant as quant
            on p.quant_id = quant.quant_id and quant.is_latest
    ),

    peaked as (
        select
            *,
            first_precision(chain, peaks) as compute_precision
        from specified
    )

    select
        stack.* exclude (peaks, chain, num_kv_heads),
        stack.compute_precision = stack.chain[1] as compute_precision_is_native,
        stack.peaks[stack.compute_precision] as peak_tflops,
        stack.total_params_b * stack.bytes_per_weight as weights_gb,
        kv_cache_bytes(
            stack.attention_type,
            stack.layers,
            stack.num_kv_heads,
            stack.head_dim,
            assumed('kv_bytes_per_value')
        ) as kv_bytes_per_token,
        pool.pool,
        pool.pool_n,
        pool.log_mean,
        pool.log_spread
    from peaked as stack
    left join marts.mart_efficiency_pool as pool
        on stack.hardware_id = pool.hardware_id;

-- The expected throughput of stacks. `sized` names a relation with the columns
-- of stacks_of, cards, batch_size, prefill_seq_len and decode_seq_len; they are
-- passed on. Without enough memory, the expected throughput is NULL.
create or replace macro estimates_of(sized) as table
    with needed as (
        select
            *,
            context_mean(prefill_seq_len, decode_seq_len, max_context_length)
                as context,
            context_kept(
                context, sliding_window, full_attention_layers, layers
            ) as kept,
            context_kept(
                sequence_length(
                    prefill_seq_len, decode_seq_len, max_context_length
                ),
                sliding_window,
                full_attention_layers,
                layers
            ) as kept_at_end,
            weights_gb
            + batch_size * kept_at_end * kv_bytes_per_token / 1e9
                as memory_needed_gb,
            cards * memory_capacity_gb as memory_available_gb
        from query_table(sized)
    ),

    timed as (
        select
            *,
            case
                when
                    from_billions(weights_gb)
                    > from_billions(memory_available_gb)
                    then false
                else
                    from_billions(memory_needed_gb)
                    <= from_billions(memory_available_gb)
            end as fits,
            step_memory_s(
                batch_size,
                params_read(
                    active_params_b * 1e9,
                    total_params_b * 1e9,
                    num_experts,
                    experts_top_k,
                    expert_share_expected(
                        num_experts, experts_top_k, batch_size
                    )
                ),
                bytes_per_weight,
                kept,
                kv_bytes_per_token,
                cards,
                memory_bandwidth_gb_s * 1e9
            ) as memory_s,
            step_compute_s(
                batch_size,
                2 * active_params_b * 1e9 + attention_flops(
                    attention_type,
                    layers,
                    num_attention_heads,
                    head_dim,
                    context
                ),
                cards,
                peak_tflops * 1e12
            ) as compute_s,
            step_prior_s(memory_s, compute_s, layers) as prior_s,
            -- Compute time of the prompt per output token.
            safe_divide(
                safe_divide(prefill_seq_len, decode_seq_len)
                * (
                    2 * active_params_b * 1e9 + attention_flops(
                        attention_type,
                        layers,
                        num_attention_heads,
                        head_dim,
                        prefill_seq_len
                    ) / 2
                ),
                cards * peak_tflops * 1e12
            ) as prefill_s
        from needed
    ),

    predicted as (
        select
            *,
            roofline_tok_s(batch_size, memory_s, compute_s)
                as decode_roofline_tok_s,
            case
                when memory_s >= compute_s then 'memory'
                when memory_s < compute_s then 'compute'
            end as decode_roofline_bound,
            safe_divide(batch_size, prior_s) as decode_prior_tok_s,
            serving_prior_tok_s(batch_size, prior_s, prefill_s)
                as serving_prior_tok_s,
            case when fits then exp(log_mean) end as factor,
            case when fits then exp(log_mean - z_80() * log_spread) end
                as factor_low,
            case when fits then exp(log_mean + z_80() * log_spread) end
                as factor_high
        from timed
    )

    select
        * exclude (
            context,
            kept,
            kept_at_end,
            memory_s,
            compute_s,
            prior_s,
            prefill_s,
            factor,
            factor_low,
            factor_high
        ),
        decode_prior_tok_s * factor as expected_decode_tok_s,
        decode_prior_tok_s * factor_low as expected_decode_tok_s_low,
        decode_prior_tok_s * factor_high as expected_decode_tok_s_high,
        safe_divide(expected_decode_tok_s, decode_roofline_tok_s)
            as expected_efficiency,
        serving_prior_tok_s * factor as expected_wall_tok_s,
        serving_prior_tok_s * factor_low as expected_wall_tok_s_low,
        serving_prior_tok_s * factor_high as expected_wall_tok_s_high,
        safe_divide(expected_decode_tok_s, cards * tdp_w)
            as expected_decode_tok_s_per_w_tdp
    from predicted;

-- The given stack and setup, in the form that estimates_of takes: one row, or
-- an error. Any current hardware, quantization and model that decodes is
-- allowed. More cards than 100 times those of any case are an error.
create or replace macro stack_asked(
    of_hardware, of_cards, of_model, of_quant, of_batch, of_prefill, of_decode
) as table
    with asked as (
        select
            of_hardware as hardware_id,
            cast(of_cards as double) as cards,
            of_model as model_id,
            of_quant as quant_id,
            cast(of_batch as double) as batch_size,
            cast(of_prefill as double) as prefill_seq_len,
            cast(of_decode as double) as decode_seq_len,
            (
                select list(d.hardware_id) from main.dim_hardware as d
                where d.is_latest
            ) as hardware_ids,
            (
                select list(d.model_id) from main.dim_model as d
                where d.is_latest
            ) as model_ids,
            (
                select list(d.quant_id) from main.dim_quant as d
                where d.is_latest
            ) as quant_ids,
            (
                select 100 * max(c.card_count) from main.fact_case as c
                where not c.is_retired
            ) as most_cards
    ),

    checked as ( -- noqa: ST03
        select
            known_id(hardware_id, hardware_ids, 'current hardware')
                as hardware_id,
            known_id(model_id, model_ids, 'current model') as model_id,
            known_id(quant_id, quant_ids, 'current quantization') as quant_id,
            cards,
            batch_size,
            prefill_seq_len,
            decode_seq_len
        from asked
        where
            is_count(cards, 'cards', most_cards)
            and is_at_least_1(batch_size, 'batch')
            and is_at_least_1(prefill_seq_len, 'prefill')
            and is_at_least_1(decode_seq_len, 'decode')
    )

    select *
    from stacks_of('checked')
    where
        case
            when is_decode_workload then true
            else
                error(concat(
                    'the model ''',
                    model_id,
                    ''' is no autoregressive decode workload'
                ))
        end;
