-- Find the smallest batch from which on decode is bound by compute, not by
-- memory. NULL with the reason if there is none. One row, for any current
-- hardware, model and quantization; errors are those of what_if.
-- hardware_id: id of current hardware
-- cards: number of cards; they decide whether the batch fits, not its size
-- model_id: id of a current model that decodes
-- quant_id: id of a current quantization
-- prefill: prompt length in tokens, 1 or more
-- decode: output length in tokens, 1 or more
-- returns batch_size: Smallest batch from which on a step takes longer to
--   compute than to read
-- returns reason: Reason why there is no such batch
-- returns fits: True if the cards have enough memory for that batch
create or replace macro batch_to_compute_bound(
    hardware_id, cards, model_id, quant_id, prefill, decode
) as table
    with recursive stack as (
        select *
        from
            stack_asked(
                hardware_id, cards, model_id, quant_id, 1, prefill, decode
            )
    ),

    symbol as (
        select
            s.cards as n,
            s.peak_tflops * 1e12 as f,
            s.memory_bandwidth_gb_s * 1e9 as bw,
            s.bytes_per_weight as w,
            s.total_params_b * 1e9 as t,
            s.active_params_b * 1e9 as a,
            s.num_experts as e,
            s.experts_top_k as k,
            s.kv_bytes_per_token as kv,
            context_mean(
                s.prefill_seq_len, s.decode_seq_len, s.max_context_length
            ) as ctx,
            context_kept(
                ctx, s.sliding_window, s.full_attention_layers, s.layers
            ) as ctx_kv,
            2 * a + attention_flops(
                s.attention_type,
                s.layers,
                s.num_attention_heads,
                s.head_dim,
                ctx
            ) as flops,
            -- What could be read while a sequence is computed, less its own
            -- cache: the bytes of weights that each sequence gives time for.
            safe_divide(flops * bw, f) - ctx_kv * kv as spare,
            w * greatest_or_null(a, t) as weights,
            params_read(a, t, e, k, expert_share_expected(e, k, 1)) as read_one
        from stack as s
    ),

    -- With time for less than the active parameters, memory bounds a step; with
    -- time for all of them, compute. Between the two lies one crossing, since
    -- ever fewer parameters are new to a further sequence.
    search as (
        select
            0 as step,
            greatest(floor(a * w / spare) - 1, 0) as low,
            floor(weights / spare) + 2 as high
        from symbol
        where spare > 0 and read_one is not null and weights / spare < 1e15
        union all
        select
            tried.step + 1 as step,
            case when tried.computes then tried.low else tried.middle end
                as low,
            case when tried.computes then tried.middle else tried.high end
                as high
        from (
            select
                search.*,
                floor((search.low + search.high) / 2) as middle,
                step_compute_s(middle, flops, n, f) > step_memory_s(
                    middle,
                    params_read(
                        a, t, e, k, expert_share_expected(e, k, middle)
                    ),
                    w,
                    ctx_kv,
                    kv,
                    n,
                    bw
                ) as computes
            from search
            cross join symbol
            where search.high - search.low > 1 and search.step < 100
        ) as tried
    ),

    found as (
        select max_by(search.high, search.step) as batch_found
        from search
    ),

    reached as ( -- noqa: ST03
        select stack.* replace (found.batch_found as batch_size)
        from stack
        cross join found
    )

    select
        cast(e.batch_size as bigint) as batch_size,
        case
            when e.batch_size is not null then null
            when
                symbol.spare is null
                or symbol.read_one is null
                or symbol.weights is null
                then 'unknown: an input is missing'
            else
                'never: the KV cache of a sequence takes longer to read '
                || 'than its token to compute'
        end as reason,
        case when e.batch_size is not null then e.fits end as fits
    from estimates_of('reached') as e
    cross join symbol;
