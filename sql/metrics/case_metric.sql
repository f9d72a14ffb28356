-- One row per case, revision and basis: every derived metric. Ratios are never
-- clamped. `_lenient` assumes an 8-bit KV cache if its width is not given.
with constant as (
    select
        assumed('software_bottleneck_efficiency') as software_efficiency,
        assumed('electricity_usd_per_kwh') as electricity_usd_per_kwh,
        assumed('pue') as pue
),

claim as (
    select
        *,
        -- A workload without text tokens has no figure per token.
        case when is_decode_workload then decode_tok_s end as decode,
        case
            when is_decode_workload and not is_disaggregated
                then prefill_tok_s
        end as prefill
    from metrics.case_input
),

si as (
    select
        case_id,
        revision,
        basis,
        is_disaggregated,
        throughput_scope,
        uses_speculative_decoding,
        serving_cards as n,
        peak_tflops * 1e12 as f,
        memory_bandwidth_gb_s * 1e9 as bw,
        bytes_per_weight as w,
        total_params_b * 1e9 as t,
        active_params_b * 1e9 as a,
        embedding_params_b * 1e9 as vh,
        num_experts as e,
        experts_top_k as k,
        layers,
        computed_prefill_seq_len as p_computed,
        decode_seq_len as d,
        batch_size as b,
        max_concurrent_requests as c,
        context_tokens_kept as ctx_kv,
        kv_bytes_per_token as kv,
        kv_bytes_per_token_lenient as kv_lenient,
        decode,
        prefill,
        tbt_p50_ms / 1000 as tbt_s,
        coalesce(tbt_mean_ms, tbt_p50_ms) / 1000 as tbt_mean_s,
        2 * active_params_b * 1e9 + attention_flops(
            attention_type,
            layers,
            num_attention_heads,
            head_dim,
            context_tokens_mean
        ) as flops,
        2 * active_params_b * 1e9 + attention_flops(
            attention_type,
            layers,
            num_attention_heads,
            head_dim,
            prefill_seq_len
        ) / 2 as prefill_flops
    from claim
    where is_decode_workload
),

concurrency as (
    select
        *,
        nullif(decode, 0) * tbt_mean_s as uncapped_n,
        case
            when uncapped_n is null then b
            else least(greatest(uncapped_n, 1), c)
        end as capped_n,
        greatest_or_null(a - vh, 0) as a_hard
    from si
),

step as (
    select
        *,
        case
            when capped_n is not null
                then
                    params_read(
                        a, t, e, k, expert_share_expected(e, k, capped_n)
                    )
        end as read_n,
        params_read(a, t, e, k, expert_share_expected(e, k, c)) as read_c,
        step_compute_s(capped_n, flops, n, f) as compute_n_s,
        step_compute_s(c, flops, n, f) as compute_c_s,
        step_memory_s(capped_n, read_n, w, ctx_kv, kv, n, bw) as memory_n_s,
        step_memory_s(capped_n, read_n, w, ctx_kv, kv_lenient, n, bw)
            as memory_n_lenient_s,
        step_memory_s(
            capped_n,
            params_read(a, t, e, k, expert_share_floor(e, k)),
            w,
            ctx_kv,
            kv_lenient,
            n,
            bw
        ) as memory_n_low_s,
        step_memory_s(
            capped_n,
            params_read(a, t, e, k, expert_share_ceiling(e, k, capped_n)),
            w,
            ctx_kv,
            kv,
            n,
            bw
        ) as memory_n_high_s,
        step_memory_s(c, read_c, w, ctx_kv, kv, n, bw) as memory_c_s,
        step_memory_s(c, read_c, w, ctx_kv, kv_lenient, n, bw)
            as memory_c_lenient_s,
        step_memory_s(
            b,
            params_read(a, t, e, k, expert_share_expected(e, k, b)),
            w,
            ctx_kv,
            kv,
            n,
            bw
        ) as memory_b_s,
        safe_divide(n * f, 2 * a_hard) as hard_compute_tok_s,
        case when not is_disaggregated then safe_divide(n * f, prefill_flops)
        end as prefill_roofline_tok_s,
        safe_divide(safe_divide(p_computed, d), prefill_roofline_tok_s)
            as prefill_s
    from concurrency
),

roofline as (
    select
        *,
        roofline_tok_s(capped_n, memory_n_s, compute_n_s) as roof_n,
        roofline_tok_s(capped_n, memory_n_lenient_s, compute_n_s)
            as roof_n_lenient,
        roofline_tok_s(capped_n, memory_n_low_s, compute_n_s) as roof_n_low,
        roofline_tok_s(capped_n, memory_n_high_s, compute_n_s) as roof_n_high,
        roofline_tok_s(b, memory_b_s, step_compute_s(b, flops, n, f))
            as roof_b,
        roofline_tok_s(c, memory_c_s, compute_c_s) as roof_c,
        roofline_tok_s(c, memory_c_lenient_s, compute_c_s) as roof_c_lenient,
        serving_roofline_tok_s(capped_n, memory_n_s, compute_n_s, prefill_s)
            as serving_n,
        step_prior_s(memory_n_s, compute_n_s, layers) as prior_n_s,
        serving_roofline_tok_s(c, memory_c_lenient_s, compute_c_s, prefill_s)
            as serving_c_lenient,
        roofline_tok_s(
            c,
            step_memory_s(c, a_hard, w, 0, 0, n, bw),
            step_compute_s(c, 2 * a_hard, n, f)
        ) as roof_hard
    from step
),

efficiency as (
    select
        *,
        safe_divide(decode, roof_n) as decode_efficiency,
        safe_divide(decode, serving_n) as serving_efficiency,
        throughput_scope = 'wall' and serving_efficiency is not null
            as is_serving_judged,
        safe_divide(capped_n, prior_n_s) as decode_prior,
        serving_prior_tok_s(capped_n, prior_n_s, prefill_s) as serving_prior,
        case
            when is_serving_judged then serving_efficiency
            else decode_efficiency
        end as roofline_efficiency
    from roofline
),

decode_metric as (
    select
        case_id,
        revision,
        basis,
        uncapped_n as decode_concurrency_uncapped,
        capped_n as decode_concurrency,
        read_n / 1e9 as params_read_per_step_b,
        flops as decode_flops_per_token,
        roof_n as decode_roofline_tok_s,
        case
            when memory_n_s >= compute_n_s then 'memory'
            when memory_n_s < compute_n_s then 'compute'
        end as decode_roofline_bound,
        roof_n_lenient as decode_roofline_lenient_tok_s,
        decode_efficiency as decode_roofline_efficiency,
        safe_divide(decode, roof_n_low) as decode_roofline_efficiency_low,
        safe_divide(decode, roof_n_high) as decode_roofline_efficiency_high,
        roof_b as decode_roofline_at_batch_tok_s,
        roof_c as decode_roofline_at_max_concurrency_tok_s,
        roof_c_lenient as decode_roofline_at_max_concurrency_lenient_tok_s,
        -- A step may yield several tokens for one read of the weights.
        case
            when uses_speculative_decoding or c is null
                then hard_compute_tok_s
            else roof_hard
        end as decode_roofline_hard_tok_s,
        safe_divide(memory_n_s, tbt_s) as decode_mbu,
        safe_divide(decode * flops, n * f) as decode_mfu,
        safe_divide(capped_n * flops, read_n * w + capped_n * ctx_kv * kv)
            as arithmetic_intensity,
        safe_divide(f, bw) as ridge_point,
        safe_divide(prefill * prefill_flops, n * f) as prefill_mfu,
        safe_divide(prefill * 2 * a, n * f) as prefill_mfu_linear,
        safe_divide(prefill * 2 * greatest_or_null(a - 2 * vh, 0), n * f)
            as prefill_mfu_floor,
        prefill_roofline_tok_s,
        decode * prefill_s as prefill_time_share,
        serving_n as serving_roofline_tok_s,
        serving_c_lenient as serving_roofline_at_max_concurrency_lenient_tok_s,
        serving_efficiency as serving_roofline_efficiency,
        roofline_efficiency,
        decode_prior as decode_prior_tok_s,
        serving_prior as serving_prior_tok_s,
        ln(positive(decode)) - ln(positive(
            case
                when throughput_scope = 'wall' then serving_prior
                else decode_prior
            end
        )) as log_residual,
        case
            when roofline_efficiency is null or decode = 0 then null
            when roofline_efficiency < constant.software_efficiency
                then 'software'
            when is_serving_judged
                then
                    case
                        when
                            safe_divide(compute_n_s, capped_n) + prefill_s
                            > safe_divide(memory_n_s, capped_n)
                            then 'compute'
                        else 'memory-bandwidth'
                    end
            when memory_n_s >= compute_n_s then 'memory-bandwidth'
            else 'compute'
        end as bottleneck_implied
    from efficiency
    cross join constant
)

select
    i.case_id,
    i.revision,
    i.basis,
    i.is_current,
    d.decode_concurrency_uncapped,
    d.decode_concurrency,
    d.params_read_per_step_b,
    d.decode_flops_per_token,
    i.context_tokens_mean,
    i.kv_bytes_per_token,
    d.decode_roofline_tok_s,
    d.decode_roofline_bound,
    d.decode_roofline_lenient_tok_s,
    d.decode_roofline_efficiency,
    d.decode_roofline_efficiency_low,
    d.decode_roofline_efficiency_high,
    d.decode_roofline_at_batch_tok_s,
    d.decode_roofline_at_max_concurrency_tok_s,
    d.decode_roofline_at_max_concurrency_lenient_tok_s,
    d.decode_roofline_hard_tok_s,
    d.decode_mbu,
    d.decode_mfu,
    case
        when i.is_decode_workload
            then
                safe_divide(
                    safe_divide(i.decode_tok_s, i.card_count),
                    least_or_null(
                        safe_divide(
                            i.memory_bandwidth_gb_s * 1e9,
                            i.operator_bytes_per_token
                        ),
                        safe_divide(
                            i.peak_tflops * 1e12, i.operator_flops_per_token
                        )
                    )
                )
    end as decode_roofline_efficiency_batch1,
    d.arithmetic_intensity,
    d.ridge_point,
    d.prefill_mfu,
    d.prefill_mfu_linear,
    d.prefill_mfu_floor,
    d.prefill_roofline_tok_s,
    d.prefill_time_share,
    d.serving_roofline_tok_s,
    d.serving_roofline_at_max_concurrency_lenient_tok_s,
    d.serving_roofline_efficiency,
    d.roofline_efficiency,
    d.decode_prior_tok_s,
    d.serving_prior_tok_s,
    d.log_residual,
    safe_divide(i.decode, i.serving_cards * i.power_per_card_w)
        as decode_tok_s_per_w,
    safe_divide(i.decode, i.serving_cards * i.tdp_w) as decode_tok_s_per_w_tdp,
    case
        when i.server_card_id = i.hardware_id
            then
                safe_divide(
                    i.decode,
                    safe_divide(
                        i.rack_power_kw * 1000 * i.serving_cards,
                        i.server_card_count
                    )
                )
    end as decode_tok_s_per_w_server,
    1e6 * safe_divide(i.decode, i.serving_cards * i.power_per_card_w)
        as decode_tok_s_per_mw,
    safe_divide(i.serving_cards * i.power_per_card_w, i.decode) * 1e6 / 3.6e6
        as decode_kwh_per_mtok,
    safe_divide(i.prefill, i.serving_cards * i.power_per_card_w)
        as prefill_tok_s_per_w,
    safe_divide(i.power_per_card_w, i.tdp_w) as power_to_tdp,
    safe_divide(i.decode, i.all_cards) as output_tok_s_per_card,
    safe_divide(i.decode, i.all_cards * i.power_per_card_w)
        as output_tok_s_per_w,
    safe_divide(i.decode, i.system_power_w) as output_tok_s_per_w_system,
    safe_divide(i.serving_cards * i.power_per_card_w, i.decode)
    * 1e6
    / 3.6e6
    * constant.electricity_usd_per_kwh
    * constant.pue as decode_electricity_usd_per_mtok,
    safe_divide(i.all_cards * i.usd_per_card_hour, i.decode * 3600)
    * 1e6 as decode_hardware_usd_per_mtok,
    i.total_params_b * i.bytes_per_weight as weights_gb,
    safe_divide(weights_gb, i.serving_cards) as weights_per_card_gb,
    from_billions(weights_gb)
    <= from_billions(i.serving_cards * i.memory_capacity_gb) as weights_fit,
    case
        when i.is_decode_workload
            then
                i.max_concurrent_requests
                * i.context_tokens_max
                * i.kv_bytes_per_token
                / 1e9
    end as kv_gb_at_max_concurrency,
    case
        when i.is_decode_workload and weights_fit
            then
                try_cast(floor(
                    safe_divide(
                        -- A quotient of whole bytes that is whole stays whole.
                        from_billions(i.serving_cards * i.memory_capacity_gb)
                        - from_billions(weights_gb),
                        i.context_tokens_max * i.kv_bytes_per_token
                    )
                ) as bigint)
    end as max_resident_sequences,
    case when i.is_decode_workload then safe_divide(1000, i.tbt_p50_ms) end
        as interactivity_tok_s_user,
    coalesce(
        i.e2e_p50_ms,
        i.ttft_p50_ms
        + greatest_or_null(i.decode_seq_len - 1, 0) * i.tbt_p50_ms
    ) as e2e_latency_p50_ms,
    safe_divide(i.decode, i.serving_cards) as decode_tok_s_per_card,
    safe_divide(i.prefill, i.serving_cards) as prefill_tok_s_per_card,
    safe_divide(i.ttft_p99_ms, i.ttft_p50_ms) as ttft_p99_to_p50,
    safe_divide(i.tbt_p99_ms, i.tbt_p50_ms) as tbt_p99_to_p50,
    safe_divide(i.decode, i.decode_seq_len) as request_rate_rps,
    safe_divide(
        i.decode
        * (
            coalesce(i.ttft_mean_ms, i.ttft_p50_ms)
            + greatest_or_null(i.decode_seq_len - 1, 0)
            * coalesce(i.tbt_mean_ms, i.tbt_p50_ms)
        )
        / 1000,
        i.decode_seq_len
    ) as requests_in_flight,
    i.memory_bw_pct
    - 100 * d.decode_mbu as memory_bw_pct_reported_minus_implied,
    i.compute_pct - 100 * d.decode_mfu as compute_pct_reported_minus_implied,
    d.bottleneck_implied,
    case
        when i.bottleneck not in ('mixed', 'interconnect', 'unknown')
            then i.bottleneck = d.bottleneck_implied
    end as bottleneck_agrees
from claim as i
cross join constant
left join decode_metric as d
    on
        i.case_id = d.case_id
        and i.revision = d.revision
        and i.basis = d.basis
order by i.case_id, i.revision, i.basis
