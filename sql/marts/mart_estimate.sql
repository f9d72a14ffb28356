-- One row per accelerator, model and quantization that nobody claims and that
-- fits the memory of a standard setup (cards, batch and lengths are
-- assumptions): the roofline, and the throughput to expect from comparable
-- clean claims with an 80 % interval.
with setup as (
    select
        cast(assumed('estimate_cards') as bigint) as cards,
        cast(assumed('estimate_batch_size') as bigint) as batch_size,
        cast(assumed('estimate_prefill_seq_len') as bigint)
            as prefill_seq_len,
        cast(assumed('estimate_decode_seq_len') as bigint) as decode_seq_len
),

option as (
    select
        stack.*,
        setup.*,
        context_mean(
            setup.prefill_seq_len,
            setup.decode_seq_len,
            stack.max_context_length
        ) as context_tokens_mean,
        stack.weights_gb + coalesce(
            setup.batch_size
            * least(
                setup.prefill_seq_len + setup.decode_seq_len,
                stack.max_context_length
            )
            * stack.kv_bytes_per_token
            / 1e9,
            0
        ) as memory_needed_gb
    from marts.mart_stack_option as stack
    cross join setup
    anti join marts.mart_case_metrics as claimed
        on
            stack.hardware_id = claimed.hardware_id
            and stack.model_id = claimed.model_id
            and stack.quant_id = claimed.quant_id
),

bounded as (
    select
        *,
        decode_roofline_tok_s(
            batch_size,
            active_params_b * 1e9,
            total_params_b * 1e9,
            num_experts,
            experts_top_k,
            bytes_per_weight,
            context_tokens_mean,
            kv_bytes_per_token,
            2 * active_params_b * 1e9 + attention_flops(
                attention_type,
                layers,
                num_attention_heads,
                head_dim,
                context_tokens_mean
            ),
            cards,
            memory_bandwidth_gb_s * 1e9,
            peak_tflops * 1e12
        ) as decode_roofline_tok_s
    from option
    where memory_needed_gb <= cards * memory_capacity_gb
)

select
    hardware_id,
    model_id,
    quant_id,
    hardware_name,
    model_name,
    compute_precision,
    cards,
    batch_size,
    prefill_seq_len,
    decode_seq_len,
    memory_needed_gb,
    decode_roofline_tok_s,
    exp(log_mean) as expected_efficiency,
    decode_roofline_tok_s * exp(log_mean) as expected_decode_tok_s,
    decode_roofline_tok_s
    * exp(log_mean - z_80() * log_spread) as expected_decode_tok_s_low,
    decode_roofline_tok_s
    * exp(log_mean + z_80() * log_spread) as expected_decode_tok_s_high,
    safe_divide(decode_roofline_tok_s * exp(log_mean), cards * tdp_w)
        as expected_decode_tok_s_per_w_tdp,
    pool,
    pool_n
from bounded
order by hardware_id, model_id, quant_id
