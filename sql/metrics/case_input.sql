-- One row per case, revision and basis: the symbols that the formulas and rules
-- take, from the case and the dimension versions that it was resolved to. On
-- the reference basis the figures of the catalog take the place of the
-- source's, as far as the catalog states them; a current case has that basis
-- where a specification that it runs on differs from the catalog.
with differing_version as (
    select distinct d.version_key
    from differing_specifications() as d
),

differing as (
    select
        current_case.case_id,
        current_case.revision
    from main.fact_case as current_case
    where
        not current_case.is_retired
        and (
            current_case.hardware_key in (
                select v.version_key from differing_version as v
            )
            or current_case.model_key in (
                select v.version_key from differing_version as v
            )
            or current_case.quant_key in (
                select v.version_key from differing_version as v
            )
        )
),

claim as (
    select
        'claimed' as basis,
        history.*
    from main.fact_case_history as history
    union all
    select
        'reference' as basis,
        history.*
    from main.fact_case_history as history
    inner join differing
        on
            history.case_id = differing.case_id
            and history.revision = differing.revision
),

hardware as (
    select
        claimed.basis,
        claimed.hardware_key,
        claimed.hardware_vendor,
        claimed.listed_engine_count,
        claimed.listed_quant_count,
        coalesce(reference.peak_fp4_tflops, positive(claimed.peak_fp4_tflops))
            as peak_fp4_tflops,
        coalesce(reference.peak_fp8_tflops, positive(claimed.peak_fp8_tflops))
            as peak_fp8_tflops,
        coalesce(reference.peak_bf16_tflops, positive(claimed.peak_bf16_tflops))
            as peak_bf16_tflops,
        coalesce(reference.peak_fp16_tflops, positive(claimed.peak_fp16_tflops))
            as peak_fp16_tflops,
        coalesce(reference.peak_int8_tops, positive(claimed.peak_int8_tops))
            as peak_int8_tops,
        coalesce(
            reference.memory_capacity_gb,
            positive(claimed.memory_capacity_gb)
        ) as memory_capacity_gb,
        coalesce(
            reference.memory_bandwidth_gb_s,
            positive(claimed.memory_bandwidth_gb_s)
        ) as memory_bandwidth_gb_s,
        coalesce(reference.tdp_w, positive(claimed.tdp_w)) as tdp_w,
        coalesce(reference.scale_up_world_size, claimed.scale_up_world_size)
            as scale_up_world_size
    from (
        select
            *,
            unnest(['claimed', 'reference']) as basis
        from main.dim_hardware
    ) as claimed
    left join main.reference_hardware as reference
        on
            claimed.basis = 'reference'
            and claimed.hardware_id = reference.hardware_id
),

model as (
    select
        claimed.basis,
        claimed.model_key,
        coalesce(claimed.domain, 'llm') as domain,
        workload_of(
            claimed.workload_kind,
            coalesce(
                reference.num_attention_heads, claimed.num_attention_heads
            )
        ) as workload_kind,
        claimed.operator_count,
        coalesce(reference.total_params_b, positive(claimed.total_params_b))
            as total_params_b,
        coalesce(reference.active_params_b, positive(claimed.active_params_b))
            as active_params_b,
        coalesce(reference.layers, positive(claimed.layers)) as layers,
        coalesce(reference.hidden_size, positive(claimed.hidden_size))
            as hidden_size,
        coalesce(
            reference.num_attention_heads,
            positive(claimed.num_attention_heads)
        ) as num_attention_heads,
        coalesce(reference.num_kv_heads, positive(claimed.num_kv_heads))
            as num_kv_heads,
        coalesce(reference.head_dim, positive(claimed.head_dim)) as head_dim,
        coalesce(reference.vocab_size, positive(claimed.vocab_size))
            as vocab_size,
        coalesce(
            reference.max_context_length,
            positive(claimed.max_context_length)
        ) as max_context_length,
        coalesce(reference.num_experts, positive(claimed.num_experts))
            as num_experts,
        coalesce(reference.experts_top_k, positive(claimed.experts_top_k))
            as experts_top_k,
        coalesce(reference.attention_type, claimed.attention_type)
            as attention_type,
        coalesce(reference.sliding_window, positive(claimed.sliding_window))
            as sliding_window,
        coalesce(reference.full_attention_layers, claimed.full_attention_layers)
            as full_attention_layers
    from (
        select
            *,
            unnest(['claimed', 'reference']) as basis
        from main.dim_model
    ) as claimed
    left join main.reference_model as reference
        on
            claimed.basis = 'reference'
            and claimed.model_id = reference.model_id
),

quant as (
    select
        claimed.basis,
        claimed.quant_key,
        coalesce(reference.bits_per_weight, positive(claimed.bits_per_weight))
            as bits_per_weight,
        coalesce(
            reference.bits_per_activation,
            positive(claimed.bits_per_activation)
        ) as bits_per_activation,
        coalesce(reference.quant_family, claimed.quant_family) as quant_family
    from (
        select
            *,
            unnest(['claimed', 'reference']) as basis
        from main.dim_quant
    ) as claimed
    left join main.reference_quant as reference
        on
            claimed.basis = 'reference'
            and claimed.quant_id = reference.quant_id
),

operator_sum as (
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
        history.basis,
        history.case_id,
        history.revision,
        history.is_current and not current_case.is_retired as is_current,
        history.hardware_id,
        hardware.hardware_vendor,
        history.model_id,
        history.engine_id,
        history.quant_id,
        positive(history.card_count) as card_count,
        coalesce(history.is_disaggregated, false) as is_disaggregated,
        positive(history.prefill_cards) as prefill_cards,
        positive(history.decode_cards) as decode_cards,
        history.tensor_parallel,
        history.pipeline_parallel,
        history.prefill_seq_len,
        positive(history.decode_seq_len) as decode_seq_len,
        positive(history.batch_size) as batch_size,
        positive(history.max_concurrent_requests) as max_concurrent_requests,
        case
            when history.throughput_scope = 'wall' then 'wall'
            else 'phase'
        end as throughput_scope,
        history.decode_tok_s,
        history.prefill_tok_s,
        positive(history.ttft_mean_ms) as ttft_mean_ms,
        positive(history.ttft_p50_ms) as ttft_p50_ms,
        positive(history.ttft_p99_ms) as ttft_p99_ms,
        positive(history.tbt_mean_ms) as tbt_mean_ms,
        positive(history.tbt_p50_ms) as tbt_p50_ms,
        positive(history.tbt_p99_ms) as tbt_p99_ms,
        positive(history.tbt_reported_ms) as tbt_reported_ms,
        positive(history.itl_p50_ms) as itl_p50_ms,
        positive(history.itl_p99_ms) as itl_p99_ms,
        positive(history.e2e_mean_ms) as e2e_mean_ms,
        positive(history.e2e_p50_ms) as e2e_p50_ms,
        positive(history.e2e_p99_ms) as e2e_p99_ms,
        history.requests_completed,
        history.requests_failed,
        positive(history.memory_per_card_gb) as memory_per_card_gb,
        positive(history.power_per_card_w) as power_per_card_w,
        positive(history.system_power_w) as system_power_w,
        positive(history.compute_pct) as compute_pct,
        positive(history.memory_bw_pct) as memory_bw_pct,
        history.bottleneck,
        history.prefix_cache_hit_rate,
        history.uses_speculative_decoding as said_speculative_decoding,
        history.uses_prefix_caching as said_prefix_caching,
        positive(history.kv_cache_bits) as said_kv_cache_bits,
        history.startup_command,
        history.notes_md,
        hardware.peak_fp4_tflops,
        hardware.peak_fp8_tflops,
        hardware.peak_bf16_tflops,
        hardware.peak_fp16_tflops,
        hardware.peak_int8_tops,
        hardware.memory_capacity_gb,
        hardware.memory_bandwidth_gb_s,
        hardware.tdp_w,
        hardware.scale_up_world_size,
        server.server_card_id,
        positive(server.server_card_count) as server_card_count,
        positive(server.rack_power_kw) as rack_power_kw,
        model.domain,
        model.workload_kind,
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
        model.sliding_window,
        model.full_attention_layers,
        model.operator_count,
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
        caching.value is not null as is_caching_by_default,
        price.usd_per_card_hour
    from claim as history
    inner join main.fact_case as current_case
        on history.case_id = current_case.case_id
    inner join hardware
        on
            history.hardware_key = hardware.hardware_key
            and history.basis = hardware.basis
    left join main.dim_server as server
        on history.server_key = server.server_key
    inner join model
        on
            history.model_key = model.model_key
            and history.basis = model.basis
    inner join main.dim_engine as engine
        on history.engine_key = engine.engine_key
    inner join quant
        on
            history.quant_key = quant.quant_key
            and history.basis = quant.basis
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
    left join main.trust_policy as caching
        on
            caching.policy = 'prefix_caching_by_default'
            and history.engine_id = caching.value
    left join main.card_price as price
        on history.hardware_id = price.hardware_id
),

-- Each distinct text is searched once: many runs have the same command.
said as (
    select
        startup_command,
        notes_md,
        list_concat(
            coalesce(command_clauses(startup_command), []),
            coalesce(note_clauses(notes_md), [])
        ) as clauses
    from (
        select distinct
            resolved.startup_command,
            resolved.notes_md
        from resolved
    ) as text
),

feature as (
    select
        startup_command,
        notes_md,
        feature_said(
            list_filter(clauses, lambda c: speaks_of_speculation(c))
        ) as speaks_speculative_decoding,
        feature_said(
            list_filter(clauses, lambda c: speaks_of_prefix_caching(c))
        ) as speaks_prefix_caching,
        kv_bits_of_type(kv_type_in_command(startup_command))
            as command_kv_cache_bits,
        regexp_matches(
            concat_ws(chr(10), startup_command, notes_md),
            'offload|ktransformers|(^|[^a-z])-ngl([^a-z]|$)|n[-_]gpu[-_]layers',
            'i'
        ) as is_offloaded
    from said
),

chained as (
    select
        resolved.*,
        coalesce(
            resolved.workload_kind = 'autoregressive-decode', false
        ) as is_decode_workload,
        case
            when resolved.is_disaggregated then resolved.decode_cards
            else resolved.card_count
        end as serving_cards,
        case
            when
                resolved.is_disaggregated
                and resolved.prefill_cards is not null
                and resolved.decode_cards is not null
                then
                    try_cast(
                        cast(resolved.prefill_cards as hugeint)
                        + resolved.decode_cards as bigint
                    )
            else resolved.card_count
        end as all_cards,
        resolved.bits_per_weight / 8 as bytes_per_weight,
        coalesce(
            resolved.said_speculative_decoding,
            feature.speaks_speculative_decoding,
            false
        ) as uses_speculative_decoding,
        case
            when resolved.said_prefix_caching is not null
                then resolved.said_prefix_caching
            when feature.speaks_prefix_caching is not null
                then feature.speaks_prefix_caching
            when not resolved.is_caching_by_default then false
        end as uses_prefix_caching,
        coalesce(resolved.said_kv_cache_bits, feature.command_kv_cache_bits)
            as kv_cache_bits,
        feature.is_offloaded,
        precision_chain(
            resolved.quant_family,
            resolved.quant_id,
            resolved.bits_per_activation
        ) as chain,
        map {
            'fp4': resolved.peak_fp4_tflops,
            'fp8': resolved.peak_fp8_tflops,
            'int8': resolved.peak_int8_tops,
            'bf16': resolved.peak_bf16_tflops,
            'fp16': resolved.peak_fp16_tflops
        } as peaks
    from resolved
    inner join feature
        on
            resolved.startup_command
            is not distinct from feature.startup_command
            and resolved.notes_md is not distinct from feature.notes_md
),

peaked as (
    select
        *,
        first_precision(chain, peaks) as compute_precision,
        context_mean(prefill_seq_len, decode_seq_len, max_context_length)
            as context_mean_tokens
    from chained
)

select
    * exclude (
        startup_command,
        notes_md,
        said_speculative_decoding,
        said_prefix_caching,
        said_kv_cache_bits,
        is_caching_by_default,
        context_mean_tokens,
        chain,
        peaks
    ),
    compute_precision = chain[1] as compute_precision_is_native,
    peaks[compute_precision] as peak_tflops,
    coalesce(cast(vocab_size as double) * hidden_size, 0)
    / 1e9 as embedding_params_b,
    case
        when prefix_cache_hit_rate is not null
            then prefill_seq_len * (1 - prefix_cache_hit_rate)
        when not coalesce(uses_prefix_caching, false) then prefill_seq_len
    end as computed_prefill_seq_len,
    case when is_decode_workload then context_mean_tokens end
        as context_tokens_mean,
    case
        when is_decode_workload
            then
                context_kept(
                    context_mean_tokens,
                    sliding_window,
                    full_attention_layers,
                    layers
                )
    end as context_tokens_kept,
    sequence_length(prefill_seq_len, decode_seq_len, max_context_length)
        as context_tokens_max,
    case
        when is_decode_workload
            then
                kv_cache_bytes(
                    attention_type,
                    layers,
                    num_kv_heads,
                    head_dim,
                    coalesce(
                        kv_cache_bits / 8, assumed('kv_bytes_per_value')
                    )
                )
    end as kv_bytes_per_token,
    case
        when is_decode_workload
            then
                kv_cache_bytes(
                    attention_type,
                    layers,
                    num_kv_heads,
                    head_dim,
                    coalesce(
                        kv_cache_bits / 8,
                        assumed('kv_bytes_per_value_lenient')
                    )
                )
    end as kv_bytes_per_token_lenient
from peaked
order by case_id, revision, basis
