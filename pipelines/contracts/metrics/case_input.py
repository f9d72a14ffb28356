"""The inputs of formulas and rules, as symbols of one case."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.configuration.assumption import NO_PRICE
from pipelines.contracts.vocabulary import as_in, carried, flag, integer, number, text

MISSING = "an input is missing or a denominator is 0"
NOT_DECODE = f"not an autoregressive decode workload, or {MISSING}"
NO_PEAK = "the hardware has no peak at a precision that serves the quantization"
BASES = ("claimed", "reference")
PRECISIONS = ("fp4", "fp8", "int8", "bf16", "fp16")
NO_SERVER = "no server named, or the feed does not say"
NO_OPERATORS = "the feed gives no operators, or one without a number"
NO_HARDWARE_LIST = "the hardware has no such list: nothing is claimed"


class Subject(Contract):
    """The case, its stack and its cards."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    revision: int = carried("fact_case_history.revision")
    basis: str = text(
        "Specifications that the row is computed with: `claimed` are those of the source, "
        "`reference` those of the catalog, as far as it states them; of current cases alone, and "
        "of those only if a specification differs (spec_difference)",
        one_of=BASES,
    )
    is_current: bool = flag(as_in("dimension_version.is_current"))
    hardware_id: str = carried("fact_case_history.hardware_id")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    model_id: str = carried("fact_case_history.model_id")
    engine_id: str = carried("fact_case_history.engine_id")
    quant_id: str = carried("fact_case_history.quant_id")
    card_count: int = carried("fact_case_history.card_count", null="reported as 0")
    is_disaggregated: bool = carried("fact_case_history.is_disaggregated", null=None)
    prefill_cards: int = carried("fact_case_history.prefill_cards")
    decode_cards: int = carried("fact_case_history.decode_cards")
    serving_cards: int = integer(
        "Cards that serve decode: the decode pool if disaggregated, else all (n in formulas)",
        unit="cards",
        null="disaggregated, and no split of the cards given",
    )
    all_cards: int = integer(
        "Cards of all pools: prefill and decode together if disaggregated, else all",
        unit="cards",
        null="reported as 0",
    )
    tensor_parallel: int = carried("fact_case_history.tensor_parallel")
    pipeline_parallel: int = carried("fact_case_history.pipeline_parallel")


class Claim(Contract):
    """Scenario and results of a case, as reported."""

    prefill_seq_len: float = carried("fact_case_history.prefill_seq_len")
    decode_seq_len: float = carried("fact_case_history.decode_seq_len")
    batch_size: int = carried("fact_case_history.batch_size")
    max_concurrent_requests: int = carried("fact_case_history.max_concurrent_requests")
    throughput_scope: str = text(
        as_in("fact_case_history.throughput_scope"), one_of=["phase", "wall"]
    )
    decode_tok_s: float = carried("fact_case_history.decode_tok_s")
    prefill_tok_s: float = carried("fact_case_history.prefill_tok_s")
    ttft_mean_ms: float = carried("fact_case_history.ttft_mean_ms")
    ttft_p50_ms: float = carried("fact_case_history.ttft_p50_ms")
    ttft_p99_ms: float = carried("fact_case_history.ttft_p99_ms")
    tbt_mean_ms: float = carried("fact_case_history.tbt_mean_ms")
    tbt_p50_ms: float = carried("fact_case_history.tbt_p50_ms")
    tbt_p99_ms: float = carried("fact_case_history.tbt_p99_ms")
    tbt_reported_ms: float = carried("fact_case_history.tbt_reported_ms")
    itl_p50_ms: float = carried("fact_case_history.itl_p50_ms")
    itl_p99_ms: float = carried("fact_case_history.itl_p99_ms")
    e2e_mean_ms: float = carried("fact_case_history.e2e_mean_ms")
    e2e_p50_ms: float = carried("fact_case_history.e2e_p50_ms")
    e2e_p99_ms: float = carried("fact_case_history.e2e_p99_ms")
    requests_completed: int = carried("fact_case_history.requests_completed")
    requests_failed: int = carried("fact_case_history.requests_failed")
    memory_per_card_gb: float = carried("fact_case_history.memory_per_card_gb")
    power_per_card_w: float = carried("fact_case_history.power_per_card_w")
    system_power_w: float = carried("fact_case_history.system_power_w")
    compute_pct: float = carried("fact_case_history.compute_pct")
    memory_bw_pct: float = carried("fact_case_history.memory_bw_pct")
    bottleneck: str = carried("fact_case_history.bottleneck")


@table(grain=["case_id", "revision", "basis"])
class CaseInput(Claim, Subject):
    """One row per case, revision and basis: the inputs that formulas and rules take."""

    peak_fp4_tflops: float = carried("dim_hardware.peak_fp4_tflops")
    peak_fp8_tflops: float = carried("dim_hardware.peak_fp8_tflops")
    peak_bf16_tflops: float = carried("dim_hardware.peak_bf16_tflops")
    peak_fp16_tflops: float = carried("dim_hardware.peak_fp16_tflops")
    peak_int8_tops: float = carried("dim_hardware.peak_int8_tops")
    memory_capacity_gb: float = carried("dim_hardware.memory_capacity_gb")
    memory_bandwidth_gb_s: float = carried("dim_hardware.memory_bandwidth_gb_s")
    tdp_w: float = carried("dim_hardware.tdp_w")
    scale_up_world_size: int = carried("dim_hardware.scale_up_world_size")
    server_card_id: str = carried("dim_server.server_card_id", null=NO_SERVER)
    server_card_count: int = carried("dim_server.server_card_count", null=NO_SERVER)
    rack_power_kw: float = carried("dim_server.rack_power_kw", null=NO_SERVER)
    domain: str = carried("dim_model.domain", null=None)
    workload_kind: str = text(
        as_in("dim_model.workload_kind"),
        null="the feed gives none, and there are no attention heads",
    )
    is_decode_workload: bool = flag("True if the metrics of decode and prefill apply")
    total_params_b: float = carried("dim_model.total_params_b")
    active_params_b: float = carried("dim_model.active_params_b")
    embedding_params_b: float = number(
        "Parameters of one embedding table (V·h in formulas); 0 if its size is not given",
        unit="1e9 parameters",
    )
    layers: int = carried("dim_model.layers")
    hidden_size: int = carried("dim_model.hidden_size")
    num_attention_heads: int = carried("dim_model.num_attention_heads")
    num_kv_heads: int = carried("dim_model.num_kv_heads")
    head_dim: int = carried("dim_model.head_dim")
    vocab_size: int = carried("dim_model.vocab_size")
    max_context_length: int = carried("dim_model.max_context_length")
    num_experts: int = carried("dim_model.num_experts")
    experts_top_k: int = carried("dim_model.experts_top_k")
    attention_type: str = carried("dim_model.attention_type")
    sliding_window: int = carried("dim_model.sliding_window")
    full_attention_layers: int = carried("dim_model.full_attention_layers")
    operator_count: int = carried("dim_model.operator_count")
    computed_prefill_seq_len: float = number(
        "Prompt tokens of a request that are computed (P′ in formulas)",
        unit="tokens",
        null="the prompt length is not known, or prefixes are cached at an unknown hit rate",
        formula="P·(1 − prefix_cache_hit_rate) if the rate is known; else P, unless prefix "
        "caching is on",
    )
    context_tokens_mean: float = number(
        "Mean context of a decode step (ctx in formulas)",
        unit="tokens",
        null=NOT_DECODE,
        formula="min(P + D/2, max_context_length)",
        ge=0,
    )
    context_tokens_kept: float = number(
        "Context that a layer keeps, mean over the layers (ctx_kv in formulas)",
        unit="tokens",
        null=NOT_DECODE,
        formula="ctx; with a sliding window W and Lf full layers (Lf·ctx + (L − Lf)·min(ctx, W))/L",
        ge=0,
    )
    context_tokens_max: float = number(
        "Length of a full sequence: P + D, at most the longest context",
        unit="tokens",
        null="a length is not known",
    )
    kv_bytes_per_token: float = number(
        "KV cache of one token (kv in formulas); 0 if unknown for the attention type",
        unit="bytes/token",
        null=NOT_DECODE,
        formula="mha, gqa, mqa: 2·L·Hkv·d·kv_b; mla: L·(mla_latent_rank + mla_rope_size)·kv_b; "
        "kv_b = kv_cache_bits/8, else kv_bytes_per_value; constants in assumption",
        ge=0,
    )
    kv_bytes_per_token_lenient: float = number(
        "KV cache of one token, 8 bits per element if the source does not state its size "
        "(kv⁻ in formulas)",
        unit="bytes/token",
        null=NOT_DECODE,
        formula="kv with kv_bytes_per_value_lenient in place of kv_bytes_per_value",
        ge=0,
    )
    operator_flops_per_token: float = number(
        "Operations per token, summed over the operators of the feed",
        unit="op/token",
        null=NO_OPERATORS,
    )
    operator_bytes_per_token: float = number(
        "Memory traffic per token, summed over the operators of the feed",
        unit="bytes/token",
        null=NO_OPERATORS,
    )
    bits_per_weight: float = carried("dim_quant.bits_per_weight")
    bits_per_activation: float = carried("dim_quant.bits_per_activation")
    bytes_per_weight: float = number(
        "Stored size of a weight (w in formulas)", unit="bytes", null="the feed gives none"
    )
    quant_family: str = carried("dim_quant.quant_family")
    compute_precision: str = text(
        "Precision whose peak rate bounds compute: the first in the quantization's order of "
        "preference that the hardware has",
        null=NO_PEAK,
        one_of=PRECISIONS,
    )
    compute_precision_is_native: bool = flag(
        "True if the compute precision is the quantization's first preference, not a fallback",
        null=NO_PEAK,
    )
    peak_tflops: float = number(
        "Peak rate of one card at the compute precision (F in formulas)",
        unit="1e12 op/s per card",
        null=NO_PEAK,
    )
    is_engine_listed: bool = flag("True if the hardware lists the engine", null=NO_HARDWARE_LIST)
    is_quant_listed: bool = flag(
        "True if the hardware lists the quantization", null=NO_HARDWARE_LIST
    )
    is_vendor_listed: bool = flag(
        "True if the engine lists the hardware's vendor", null="the engine has no list of vendors"
    )
    uses_speculative_decoding: bool = flag(as_in("fact_case_history.uses_speculative_decoding"))
    uses_prefix_caching: bool = flag(
        as_in("fact_case_history.uses_prefix_caching"),
        null="not stated, and the engine caches by default",
    )
    prefix_cache_hit_rate: float = carried("fact_case_history.prefix_cache_hit_rate")
    kv_cache_bits: float = number(
        as_in("fact_case_history.kv_cache_bits"), unit="bits", null="not stated"
    )
    is_offloaded: bool = flag(
        "True if the startup command or the notes speak of weights outside the cards"
    )
    usd_per_card_hour: float = carried("card_price.usd_per_card_hour", null=NO_PRICE)
