-- One row per stack option that no current case uses: the roofline in a
-- standard setup (cards, batch and lengths are assumptions), and the throughput
-- expected from the prior and the pooled residuals of clean cases, with its
-- 80 % interval.
with sized as ( -- noqa: ST03
    select
        stack.*,
        cast(assumed('estimate_cards') as bigint) as cards,
        cast(assumed('estimate_batch_size') as bigint) as batch_size,
        cast(assumed('estimate_prefill_seq_len') as bigint)
            as prefill_seq_len,
        cast(assumed('estimate_decode_seq_len') as bigint) as decode_seq_len
    from marts.mart_stack_option as stack
    anti join marts.mart_case_metrics as claimed
        on
            stack.hardware_id = claimed.hardware_id
            and stack.model_id = claimed.model_id
            and stack.quant_id = claimed.quant_id
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
    memory_available_gb,
    fits,
    decode_roofline_tok_s,
    decode_roofline_bound,
    decode_prior_tok_s,
    expected_efficiency,
    expected_decode_tok_s,
    expected_decode_tok_s_low,
    expected_decode_tok_s_high,
    expected_wall_tok_s,
    expected_wall_tok_s_low,
    expected_wall_tok_s_high,
    expected_decode_tok_s_per_w_tdp,
    pool,
    pool_n
from estimates_of('sized')
order by hardware_id, model_id, quant_id
