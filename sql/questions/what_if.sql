-- What an accelerator would do with a model: roofline, fit, expected throughput
-- with an 80 % interval, energy at TDP. No row where an id is unknown, or the
-- hardware has no bandwidth, memory or usable peak, or the model does not
-- decode.
create or replace macro what_if(
    hardware_id, cards, model_id, quant_id, batch, prefill, decode
) as table
    with asked as (
        select
            hardware_id as asked_hardware_id,
            cast(cards as bigint) as asked_cards,
            model_id as asked_model_id,
            quant_id as asked_quant_id,
            cast(batch as bigint) as asked_batch,
            cast(prefill as bigint) as asked_prefill,
            cast(decode as bigint) as asked_decode
    ),

    chosen as (
        select
            s.*,
            a.asked_cards as n,
            a.asked_batch as b,
            context_mean(
                a.asked_prefill, a.asked_decode, s.max_context_length
            ) as context_tokens_mean,
            s.weights_gb + coalesce(
                a.asked_batch
                * least(a.asked_prefill + a.asked_decode, s.max_context_length)
                * s.kv_bytes_per_token
                / 1e9,
                0
            ) as memory_needed_gb,
            2 * s.active_params_b * 1e9 + attention_flops(
                s.attention_type,
                s.layers,
                s.num_attention_heads,
                s.head_dim,
                context_mean(
                    a.asked_prefill, a.asked_decode, s.max_context_length
                )
            ) as flops_per_token,
            params_read(
                s.active_params_b * 1e9,
                s.total_params_b * 1e9,
                s.num_experts,
                s.experts_top_k,
                expert_share_expected(
                    s.num_experts, s.experts_top_k, a.asked_batch
                )
            ) as params_read
        from marts.mart_stack_option as s
        inner join asked as a
            on
                s.hardware_id = a.asked_hardware_id
                and s.model_id = a.asked_model_id
                and s.quant_id = a.asked_quant_id
    ),

    timed as (
        select
            c.*,
            step_memory_s(
                c.b,
                c.params_read,
                c.bytes_per_weight,
                c.context_tokens_mean,
                c.kv_bytes_per_token,
                c.n,
                c.memory_bandwidth_gb_s * 1e9
            ) as memory_s,
            step_compute_s(c.b, c.flops_per_token, c.n, c.peak_tflops * 1e12)
                as compute_s
        from chosen as c
    )

    select
        t.compute_precision,
        t.weights_gb,
        t.memory_needed_gb,
        t.n * t.memory_capacity_gb as memory_available_gb,
        t.memory_needed_gb <= t.n * t.memory_capacity_gb as fits,
        roofline_tok_s(t.b, t.memory_s, t.compute_s) as decode_roofline_tok_s,
        case when t.memory_s >= t.compute_s then 'memory' else 'compute' end
            as decode_roofline_bound,
        roofline_tok_s(t.b, t.memory_s, t.compute_s) * exp(t.log_mean)
            as expected_decode_tok_s,
        roofline_tok_s(t.b, t.memory_s, t.compute_s)
        * exp(t.log_mean - z_80() * t.log_spread) as expected_decode_tok_s_low,
        roofline_tok_s(t.b, t.memory_s, t.compute_s)
        * exp(t.log_mean + z_80() * t.log_spread) as expected_decode_tok_s_high,
        roofline_tok_s(t.b, t.memory_s, t.compute_s)
        * exp(t.log_mean)
        / nullif(t.b, 0) as expected_interactivity_tok_s_user,
        safe_divide(
            roofline_tok_s(t.b, t.memory_s, t.compute_s) * exp(t.log_mean),
            t.n * t.tdp_w
        ) as expected_decode_tok_s_per_w_tdp,
        safe_divide(
            t.n * t.tdp_w,
            roofline_tok_s(t.b, t.memory_s, t.compute_s) * exp(t.log_mean)
        )
        * 1e6
        / 3.6e6 as expected_decode_kwh_per_mtok_tdp,
        t.pool,
        t.pool_n
    from timed as t;
