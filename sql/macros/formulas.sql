-- The formulas as macros; analysts may call them too. Inputs are plain units:
-- parameters, bytes, op/s, bytes/s. A missing input or a zero denominator gives
-- NULL. Sources: roofline, Williams, Waterman and Patterson, CACM 52(4), 2009.
-- MFU: PaLM, arXiv 2204.02311, appendix B, forward pass only. MBU: Databricks,
-- "LLM inference performance engineering". Decode and prefill costs: "How to
-- scale your model", the inference chapter. Expert coverage: uniform routing
-- expectation. Little's law: L = lambda W.

-- A constant of the table `assumption`.
create or replace macro assumed(wanted) as (
    select max(value) from main.assumption
    where name = wanted
);

-- numerator / denominator, NULL if the denominator is 0 or missing.
create or replace macro safe_divide(numerator, denominator) as
numerator / nullif(denominator, 0);

-- Change from one value to another as a share of the first.
create or replace macro relative_change(past, now) as
safe_divide(now - past, past);

-- A quantity that cannot be 0: 0 and below count as not reported.
create or replace macro positive(x) as case when x > 0 then x end;

-- Kind of workload of a model: as stated, else decode if it has attention heads
-- (the feed stated none while it had language models only).
create or replace macro workload_of(stated, attention_heads) as
case
    when stated is null and attention_heads is not null
        then 'autoregressive-decode'
    else stated
end;

-- Billions as a whole number: 8.3 * 1e9 would have a fraction.
create or replace macro from_billions(billions) as round(billions * 1e9);

-- The larger of two, NULL if one is missing (greatest() takes the other).
create or replace macro greatest_or_null(a, b) as
case when a is not null and b is not null then greatest(a, b) end;

-- The smaller of two, NULL if one is missing.
create or replace macro least_or_null(a, b) as
case when a is not null and b is not null then least(a, b) end;

-- Least share of a layer's experts that a step touches: all sequences are
-- routed to the same ones.
create or replace macro expert_share_floor(experts, top_k) as top_k / experts;

-- Expected share of a layer's experts that a step of b sequences touches, with
-- uniform routing.
create or replace macro expert_share_expected(experts, top_k, b) as
1 - pow(1 - top_k / experts, b);

-- Largest share of a layer's experts that a step of b sequences touches: all
-- are routed to different ones.
create or replace macro expert_share_ceiling(experts, top_k, b) as
least_or_null(experts, top_k * b) / experts;

-- Parameters read in one decode step in which `share` of the experts is
-- touched. All active ones are read; a model without routed experts reads
-- no others.
create or replace macro params_read(active, total, experts, top_k, share) as
case
    when experts is null or experts <= top_k or active >= total then active
    else
        active
        + (total - active)
        * (share - top_k / experts)
        / nullif(1 - top_k / experts, 0)
end;

-- KV-cache bytes of one token; 0 if the attention type's cache is not known.
create or replace macro kv_cache_bytes(
    attention_type, layers, kv_heads, head_dim, bytes_per_value
) as
case
    when attention_type in ('mha', 'gqa', 'mqa')
        then 2e0 * layers * kv_heads * head_dim * bytes_per_value
    when attention_type = 'mla'
        then
            cast(layers as double)
            * (assumed('mla_latent_rank') + assumed('mla_rope_size'))
            * bytes_per_value
    else 0
end;

-- Operations per token of attention over a context; 0 if heads are unknown.
create or replace macro attention_flops(
    attention_type, layers, heads, head_dim, context
) as
case
    when
        heads is null
        or head_dim is null
        or coalesce(attention_type, '') not in ('mha', 'gqa', 'mqa', 'mla')
        then 0
    else 4e0 * layers * heads * head_dim * context
end;

-- Seconds of a decode step of b sequences by memory: all weights and every
-- cache are read once.
create or replace macro step_memory_s(
    b, params, weight_bytes, context, kv_bytes, cards, bandwidth
) as
safe_divide(params * weight_bytes + b * context * kv_bytes, cards * bandwidth);

-- Seconds of a decode step of b sequences by compute.
create or replace macro step_compute_s(b, flops_per_token, cards, peak) as
safe_divide(b * flops_per_token, cards * peak);

-- Tokens per second of all sequences: b / max(memory, compute).
create or replace macro roofline_tok_s(b, memory_s, compute_s) as
safe_divide(b, greatest_or_null(memory_s, compute_s));

-- Seconds that a decode step is expected to take before any case of the
-- hardware is considered: its roofline at the share that steps reach, and a
-- fixed cost per layer, which is left out if the layers are not known.
create or replace macro step_prior_s(memory_s, compute_s, layers) as
safe_divide(
    greatest_or_null(memory_s, compute_s), assumed('prior_step_efficiency')
)
+ coalesce(layers, 0) * assumed('prior_layer_us') / 1e6;

-- Expected output tokens per second of b sequences whose prompts share the
-- cards. `prefill_s` is the compute time of the prompt tokens per output token
-- at the peak rate.
create or replace macro serving_prior_tok_s(b, step_s, prefill_s) as
safe_divide(
    1,
    safe_divide(step_s, b)
    + safe_divide(prefill_s, assumed('prior_step_efficiency'))
);

-- Output tokens per second when prompts share the cards. The two resources
-- overlap, so each must suffice by itself. `prefill_s` is the compute time of
-- the prompt tokens per output token.
create or replace macro serving_roofline_tok_s(
    b, memory_s, compute_s, prefill_s
) as
safe_divide(
    1,
    greatest_or_null(
        safe_divide(memory_s, b), safe_divide(compute_s, b) + prefill_s
    )
);

-- Preference chain of compute precisions for a quantization.
create or replace macro precision_chain(
    quant_family, quant_id, bits_per_activation
) as
case
    when quant_family = 'fp4' then ['fp4', 'fp8', 'bf16', 'fp16']
    when bits_per_activation is null then []
    when bits_per_activation <= 8 and quant_family = 'fp8'
        then ['fp8', 'bf16', 'fp16']
    when bits_per_activation <= 8 then ['int8', 'bf16', 'fp16']
    when quant_id = 'bf16' then ['bf16', 'fp16']
    else ['fp16', 'bf16']
end;

-- The first precision of a chain whose peak is above 0.
create or replace macro first_precision(chain, peaks) as
list_filter(chain, lambda p: coalesce(peaks[p], 0) > 0)[1];

-- Mean context of a decode step.
create or replace macro context_mean(prefill, decode, max_context) as
case
    when prefill is not null and decode is not null
        then least(prefill + decode / 2, max_context)
end;

-- Tokens of a context that a layer keeps, on average over the layers.
create or replace macro context_kept(
    context, sliding_window, full_attention_layers, layers
) as
case
    when sliding_window is null then context
    else
        (
            coalesce(full_attention_layers, 0) * context
            + (layers - coalesce(full_attention_layers, 0))
            * least_or_null(context, sliding_window)
        )
        / nullif(layers, 0)
end;

-- Length of a whole sequence, at most the longest context.
create or replace macro sequence_length(prefill, decode, max_context) as
case
    when prefill is not null and decode is not null
        then least(prefill + decode, max_context)
end;

-- Middle value of a list; the mean of the two middle ones if it is even.
create or replace macro median_of_sorted(sorted_values) as
(
    sorted_values[(len(sorted_values) + 1) // 2]
    + sorted_values[(len(sorted_values) + 2) // 2]
)
/ 2;

-- Value that a tenth of a list does not exceed: the low end of the middle 80 %.
create or replace macro low_tenth_of_sorted(sorted_values) as
sorted_values[(len(sorted_values) + 9) // 10];

-- Value that a tenth of a list reaches or exceeds: the high end of the middle
-- 80 %.
create or replace macro high_tenth_of_sorted(sorted_values) as
sorted_values[len(sorted_values) + 1 - (len(sorted_values) + 9) // 10];
