"""The inputs of formulas and rules, as symbols of one case."""

from __future__ import annotations

from pipelines.contracts.fields import (
    Contract,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)
from pipelines.contracts.metric import NOT_DECODE, PRECISIONS

GIVEN = "the feed gives none"
REPORTED = "not reported"


@table("metrics", grain=["case_id", "revision"])
class CaseInput(Contract):
    """One row per case and revision: the inputs that formulas and rules take."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    revision: int = integer("Revision of the case", ge=1)
    is_current: bool = flag("Newest revision of a case that is not retired")
    hardware_id: str = identifier("Hardware")
    hardware_vendor: str = text("Vendor of the hardware")
    model_id: str = identifier("Model")
    engine_id: str = identifier("Engine")
    quant_id: str = identifier("Quantization")
    card_count: int = integer("All cards of the case", unit="cards", ge=1)
    is_disaggregated: bool = flag("Whether prefill and decode run on cards of their own")
    prefill_cards: int = integer("Cards that serve prefill", unit="cards", null=GIVEN)
    decode_cards: int = integer("Cards that serve decode", unit="cards", null=GIVEN)
    serving_cards: int = integer(
        "n: cards that serve decode", unit="cards", null="disaggregated without a split"
    )
    tensor_parallel: int = integer("Tensor parallelism", unit="cards", null=GIVEN)
    pipeline_parallel: int = integer("Pipeline parallelism", unit="stages", null=GIVEN)
    prefill_seq_len: int = integer("P: prompt length", unit="tokens")
    decode_seq_len: int = integer("D: output length", unit="tokens")
    batch_size: int = integer("B: batch size", unit="sequences")
    max_concurrent_requests: int = integer("C: most requests at once", unit="requests")
    decode_tok_s: float = number("Decode throughput", unit="tok/s", null=REPORTED)
    prefill_tok_s: float = number("Prefill throughput", unit="tok/s", null=REPORTED)
    ttft_p50_ms: float = number("Median time to first token", unit="ms", null=REPORTED)
    ttft_p99_ms: float = number("99th percentile of it", unit="ms", null=REPORTED)
    tbt_p50_ms: float = number("Median time between tokens", unit="ms", null=REPORTED)
    tbt_p99_ms: float = number("99th percentile of it", unit="ms", null=REPORTED)
    memory_per_card_gb: float = number("Memory in use", unit="GB per card", null=REPORTED)
    power_per_card_w: float = number("Power", unit="W per card", null=REPORTED)
    compute_pct: float = number("Reported compute utilization", unit="%", null=REPORTED)
    memory_bw_pct: float = number("Reported bandwidth utilization", unit="%", null=REPORTED)
    bottleneck: str = text("Reported bottleneck", null=REPORTED)
    peak_fp4_tflops: float = number("Peak FP4", unit="1e12 op/s per card", null=GIVEN)
    peak_fp8_tflops: float = number("Peak FP8", unit="1e12 op/s per card", null=GIVEN)
    peak_bf16_tflops: float = number("Peak BF16", unit="1e12 op/s per card", null=GIVEN)
    peak_fp16_tflops: float = number("Peak FP16", unit="1e12 op/s per card", null=GIVEN)
    peak_int8_tops: float = number("Peak INT8", unit="1e12 op/s per card", null=GIVEN)
    memory_capacity_gb: float = number("Memory of a card", unit="GB per card", null=GIVEN)
    memory_bandwidth_gb_s: float = number("Memory bandwidth", unit="GB/s per card", null=GIVEN)
    tdp_w: float = number("Thermal design power", unit="W per card", null=GIVEN)
    server_card_id: str = text("Cards of the server", null="no server, or not given")
    server_card_count: int = integer(
        "Cards in the server", unit="cards", null="no server, or not given"
    )
    rack_power_kw: float = number("Power of the server", unit="kW", null="no server, or not given")
    domain: str = text("Domain of the model; llm where the feed gives none")
    workload_kind: str = text(
        "Kind of workload; autoregressive-decode where the feed gives none and the "
        "architecture has attention heads",
        null="the feed gives none and there are no attention heads",
    )
    is_decode_workload: bool = flag("Whether decode and prefill metrics apply")
    total_params_b: float = number("T: total parameters", unit="1e9 parameters", null=GIVEN)
    active_params_b: float = number("A: active parameters", unit="1e9 parameters", null=GIVEN)
    embedding_params_b: float = number(
        "V·h: one embedding table, 0 where its size is not given", unit="1e9 parameters"
    )
    layers: int = integer("L: layers", unit="layers", null=GIVEN)
    hidden_size: int = integer("h: width", unit="elements", null=GIVEN)
    num_attention_heads: int = integer("H: query heads", unit="heads", null=GIVEN)
    num_kv_heads: int = integer("Hkv: key-value heads", unit="heads", null=GIVEN)
    head_dim: int = integer("d: size of a head", unit="elements", null=GIVEN)
    vocab_size: int = integer("V: vocabulary", unit="tokens", null=GIVEN)
    max_context_length: int = integer("Longest context", unit="tokens", null="not limited")
    num_experts: int = integer("E: experts", unit="experts", null="not a mixture of experts")
    experts_top_k: int = integer("k: experts per token", unit="experts", null="no mixture")
    attention_type: str = text("Attention scheme", null=GIVEN)
    context_tokens_mean: float = number("ctx: mean context", unit="tokens", null=NOT_DECODE)
    context_tokens_max: float = number("Longest sequence of the scenario", unit="tokens")
    kv_bytes_per_token: float = number("kv: cache of a token", unit="bytes", null=NOT_DECODE)
    operator_flops_per_token: float = number(
        "Sum over the operator decomposition", unit="op/token", null="no decomposition"
    )
    operator_bytes_per_token: float = number(
        "Sum over the operator decomposition", unit="bytes/token", null="no decomposition"
    )
    bits_per_weight: float = number("Stored size of a weight", unit="bits")
    bits_per_activation: float = number("Size of an activation", unit="bits")
    bytes_per_weight: float = number("w: stored size of a weight", unit="bytes")
    quant_family: str = text("Number family of the quantization")
    compute_precision: str = text(
        "Precision whose peak is F: the first of the preference chain that the hardware has",
        null="the hardware has no peak of the chain",
        one_of=PRECISIONS,
    )
    compute_precision_is_native: bool = flag(
        "Whether it is the first of the chain", null="the hardware has no peak of the chain"
    )
    peak_tflops: float = number("F: that peak", unit="1e12 op/s per card", null="no such peak")
    is_engine_listed: bool = flag("Whether the hardware lists the engine", null="no list")
    is_quant_listed: bool = flag("Whether the hardware lists the quantization", null="no list")
    is_vendor_listed: bool = flag("Whether the engine lists the vendor", null="no list")
    uses_speculative_decoding: bool = flag("Command or notes name speculative decoding")
    uses_prefix_caching: bool = flag("Command or notes name prefix caching")
    usd_per_card_hour: float = number("Price", unit="USD/h per card", null="not configured")
