"""Derived metrics. The formulas stand in sql/metrics and sql/macros; here is what they mean."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.fields import (
    Contract,
    day,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)

MISSING = "an input is missing or a denominator is 0"
NOT_DECODE = f"not an autoregressive decode workload, or {MISSING}"
NO_PREFILL = f"disaggregated, not an autoregressive decode workload, or {MISSING}"
NO_PREFILL_POOL = f"disaggregated, or {MISSING}"
PRECISIONS = ("fp4", "fp8", "int8", "bf16", "fp16")
REPORTED = "not reported"
GIVEN = "the feed gives none"


class Metric(Contract):
    """The derived metrics; shared by case_metric and mart_case_metrics."""

    decode_concurrency_unheld: float = number(
        "Sequences at once by Little's law, not held to the stated limit",
        unit="sequences",
        null=NOT_DECODE,
        formula="decode_tok_s · tbt_p50_ms / 1000",
        ge=0,
    )
    decode_concurrency: float = number(
        "N: the same, held to [1, C]; the batch size where it is missing",
        unit="sequences",
        null=NOT_DECODE,
        ge=1,
    )
    params_read_per_step_b: float = number(
        "Parameters read in one step of N sequences, experts by uniform routing",
        unit="1e9 parameters",
        null=NOT_DECODE,
        formula="A + (T − A)·(u(N) − k/E)/(1 − k/E), u(N) = 1 − (1 − k/E)^N",
        ge=0,
    )
    decode_flops_per_token: float = number(
        "Operations of one decoded token",
        unit="op/token",
        null=NOT_DECODE,
        formula="2A + 4·L·H·d·ctx",
        ge=0,
    )
    context_tokens_mean: float = number(
        "ctx: mean context of a decode step",
        unit="tokens",
        null=NOT_DECODE,
        formula="min(P + D/2, max_context_length)",
        ge=0,
    )
    kv_bytes_per_token: float = number(
        "KV cache of one token; 0 where the attention type's cache is not known",
        unit="bytes/token",
        null=NOT_DECODE,
        formula="mha, gqa, mqa: 2·L·Hkv·d·2; mla: L·(512 + 64)·2",
        ge=0,
    )
    decode_roofline_tok_s: float = number(
        "Roofline of N sequences over all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="N / max(t_mem, t_cmp)",
        ge=0,
    )
    decode_roofline_bound: str = text(
        "What bounds that roofline", null=NOT_DECODE, one_of=["memory", "compute"]
    )
    decode_roofline_efficiency: float = number(
        "Decode throughput as a share of the roofline; never clamped",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / decode_roofline_tok_s",
        ge=0,
    )
    decode_roofline_efficiency_low: float = number(
        "The same with the fewest experts that N sequences can touch",
        unit="1",
        null=NOT_DECODE,
        ge=0,
    )
    decode_roofline_efficiency_high: float = number(
        "The same with the most experts that N sequences can touch",
        unit="1",
        null=NOT_DECODE,
        ge=0,
    )
    decode_roofline_at_batch_tok_s: float = number(
        "Roofline of batch_size sequences", unit="tok/s", null=NOT_DECODE, ge=0
    )
    decode_roofline_at_max_concurrency_tok_s: float = number(
        "Roofline of max_concurrent_requests sequences", unit="tok/s", null=NOT_DECODE, ge=0
    )
    decode_roofline_hard_tok_s: float = number(
        "Roofline at full concurrency with every cost at its floor: above it is impossible",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C) with A − V·h read and computed, no KV cache, no attention",
        ge=0,
    )
    decode_mbu: float = number(
        "Memory bandwidth utilization implied by the time between tokens",
        unit="1",
        null=NOT_DECODE,
        formula="(read(N)·w + N·ctx·kv) / (tbt_p50_s·n·BW)",
        ge=0,
    )
    decode_mfu: float = number(
        "Model FLOP utilization of decode",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s·flops / (n·F)",
        ge=0,
    )
    decode_roofline_efficiency_batch1: float = number(
        "Throughput per card over a batch-1 roofline of the feed's operators: the definition "
        "of simple calculators, kept for comparison",
        unit="1",
        null=f"no operator decomposition, {NOT_DECODE}",
        ge=0,
    )
    arithmetic_intensity: float = number(
        "Operations per byte of a step of N sequences", unit="op/byte", null=NOT_DECODE, ge=0
    )
    ridge_point: float = number(
        "Intensity at which the card turns from memory- to compute-bound",
        unit="op/byte",
        null=NOT_DECODE,
        formula="F / BW",
        ge=0,
    )
    prefill_mfu: float = number(
        "Model FLOP utilization of prefill, causal attention included",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·(2A + 2·L·H·d·P) / (n·F)",
        ge=0,
    )
    prefill_mfu_linear: float = number(
        "The same without attention",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·2A / (n·F)",
        ge=0,
    )
    prefill_mfu_floor: float = number(
        "The same without attention, embedding and head: above 1 is impossible",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·2·max(A − 2·V·h, 0) / (n·F)",
        ge=0,
    )
    prefill_roofline_tok_s: float = number(
        "Prefill at the peak of the chips",
        unit="tok/s",
        null=NO_PREFILL,
        formula="n·F / (2A + 2·L·H·d·P)",
        ge=0,
    )
    decode_tok_s_per_w: float = number(
        "Tokens per joule at the cards",
        unit="tok/s/W",
        null=MISSING,
        formula="decode_tok_s / (n·power_per_card_w)",
        ge=0,
    )
    decode_tok_s_per_w_tdp: float = number(
        "The same with the TDP", unit="tok/s/W", null=MISSING, ge=0
    )
    decode_tok_s_per_w_server: float = number(
        "The same with the server's power, shared over its cards",
        unit="tok/s/W",
        null=f"no server of the case's cards, or {MISSING}",
        formula="decode_tok_s / (rack_power_kw·1000·n / card_count)",
        ge=0,
    )
    decode_tok_s_per_mw: float = number(
        "Decode throughput per megawatt at the cards", unit="tok/s/MW", null=MISSING, ge=0
    )
    decode_kwh_per_mtok: float = number(
        "Energy of a million decoded tokens at the cards",
        unit="kWh/1e6 tok",
        null=MISSING,
        formula="n·power_per_card_w / decode_tok_s · 1e6 / 3.6e6",
        ge=0,
    )
    prefill_tok_s_per_w: float = number(
        "Prompt tokens per joule at the cards", unit="tok/s/W", null=NO_PREFILL_POOL, ge=0
    )
    power_to_tdp: float = number("Reported power over TDP", unit="1", null=MISSING, ge=0)
    decode_electricity_usd_per_mtok: float = number(
        "Electricity of a million decoded tokens",
        unit="USD/1e6 tok",
        null=f"no price configured (config/prices.yml), or {MISSING}",
        formula="decode_kwh_per_mtok · price · PUE",
        ge=0,
    )
    decode_hardware_usd_per_mtok: float = number(
        "Card hours of a million decoded tokens",
        unit="USD/1e6 tok",
        null=f"no price configured (config/prices.yml), or {MISSING}",
        formula="n·usd_per_card_hour / (decode_tok_s·3600) · 1e6",
        ge=0,
    )
    weights_gb: float = number(
        "Size of the weights", unit="GB", null=MISSING, formula="T·w / 1e9", ge=0
    )
    weights_per_card_gb: float = number(
        "Weights on each serving card", unit="GB per card", null=MISSING, ge=0
    )
    weights_fit: bool = flag(
        "Whether the weights fit the serving cards", null=MISSING, formula="weights_gb ≤ n·CAP"
    )
    kv_gb_at_max_concurrency: float = number(
        "KV cache at full concurrency and length",
        unit="GB",
        null=NOT_DECODE,
        formula="C·min(P + D, max_context_length)·kv / 1e9",
        ge=0,
    )
    max_resident_sequences: int = integer(
        "Sequences of full length that fit beside the weights",
        unit="sequences",
        null=f"the weights do not fit, the cache is not known, {NOT_DECODE}",
    )
    interactivity_tok_s_user: float = number(
        "Speed that one user sees",
        unit="tok/s per user",
        null=MISSING,
        formula="1000 / tbt_p50_ms",
        ge=0,
    )
    e2e_latency_p50_ms: float = number(
        "Median time to the last token",
        unit="ms",
        null=MISSING,
        formula="ttft_p50_ms + max(D − 1, 0)·tbt_p50_ms",
        ge=0,
    )
    decode_tok_s_per_card: float = number(
        "Decode throughput per serving card", unit="tok/s per card", null=MISSING, ge=0
    )
    prefill_tok_s_per_card: float = number(
        "Prefill throughput per card", unit="tok/s per card", null=NO_PREFILL_POOL, ge=0
    )
    ttft_p99_to_p50: float = number("Tail of the first token", unit="1", null=MISSING, ge=0)
    tbt_p99_to_p50: float = number("Tail of the token time", unit="1", null=MISSING, ge=0)
    request_rate_rps: float = number(
        "Requests finished per second",
        unit="1/s",
        null=MISSING,
        formula="decode_tok_s / decode_seq_len",
        ge=0,
    )
    memory_bw_pct_reported_minus_implied: float = number(
        "Reported bandwidth utilization minus 100·decode_mbu", unit="%", null=NOT_DECODE
    )
    compute_pct_reported_minus_implied: float = number(
        "Reported compute utilization minus 100·decode_mfu", unit="%", null=NOT_DECODE
    )
    bottleneck_implied: str = text(
        "Bottleneck by the numbers: software below the configured efficiency, else the bound",
        null=NOT_DECODE,
        one_of=["software", "memory-bandwidth", "compute"],
    )
    bottleneck_agrees: bool = flag(
        "Whether the reported bottleneck is the implied one",
        null=f"reported as mixed, interconnect or unknown, or not at all, or {NOT_DECODE}",
    )


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


class RevisionKey(Contract):
    """The key of a table per case and revision."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    revision: int = integer("Revision of the case", ge=1)
    is_current: bool = flag("Newest revision of a case that is not retired")


@table("metrics", grain=["case_id", "revision"])
class CaseMetric(Metric, RevisionKey):
    """One row per case and revision: the derived metrics."""


@table("metrics", grain=["case_id"])
class CaseTrust(Contract):
    """One row per current case with evidence: how it declares itself."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    evidence_item_count: int = integer("Evidence items", unit="items")
    declared_tier: str = text("Strongest tier that its evidence declares")
    measured_item_count: int = integer("Items declared measured", unit="items")
    overstated_item_count: int = integer("Of these, items that do not qualify", unit="items")
    overstated_reason: str = text("Why they do not", null="all qualify")


class CaseDescription(Contract):
    """What was claimed, and on what: the descriptive columns of a mart with one row per case."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    title: str = text("Title")
    submitted_on: dt.date = day("Date of submission", null=GIVEN)
    hardware_id: str = identifier("Hardware")
    hardware_name: str = text("Name of the hardware")
    hardware_vendor: str = text("Vendor of the hardware")
    card_count: int = integer("All cards of the case", unit="cards", ge=1)
    serving_cards: int = integer(
        "n: cards that serve decode", unit="cards", null="disaggregated without a split"
    )
    is_disaggregated: bool = flag("Whether prefill and decode run apart", null="not said")
    server_id: str = identifier("Server", null="no server named")
    server_name: str = text("Name of the server", null="no server resolved")
    model_id: str = identifier("Model")
    model_name: str = text("Name of the model")
    lab: str = text("Who made the model", null=GIVEN)
    model_family: str = text("Architecture family", null=GIVEN)
    domain: str = text("Domain of the model")
    workload_kind: str = text("Kind of workload", null="not given, no attention heads")
    total_params_b: float = number("Total parameters", unit="1e9 parameters", null=GIVEN)
    active_params_b: float = number("Active parameters", unit="1e9 parameters", null=GIVEN)
    engine_id: str = identifier("Engine")
    engine_name: str = text("Name of the engine")
    engine_version: str = text("Version of the engine", null=GIVEN)
    quant_id: str = identifier("Quantization")
    quant_name: str = text("Name of the quantization", null=GIVEN)
    bits_per_weight: float = number("Stored size of a weight", unit="bits")
    bits_per_activation: float = number("Size of an activation", unit="bits")
    compute_precision: str = text(
        "Precision whose peak bounds compute", null="no such peak", one_of=PRECISIONS
    )
    compute_precision_is_native: bool = flag(
        "Whether the hardware has the first precision of the chain", null="no such peak"
    )
    prefill_seq_len: int = integer("Prompt length", unit="tokens")
    decode_seq_len: int = integer("Output length", unit="tokens")
    batch_size: int = integer("Batch size", unit="sequences")
    max_concurrent_requests: int = integer("Most requests at once", unit="requests")
    decode_tok_s: float = number("Decode throughput of all cards", unit="tok/s", null=REPORTED)
    prefill_tok_s: float = number("Prefill throughput of all cards", unit="tok/s", null=REPORTED)
    ttft_p50_ms: float = number("Time to first token, median", unit="ms", null=REPORTED)
    ttft_p99_ms: float = number("Time to first token, p99", unit="ms", null=REPORTED)
    tbt_p50_ms: float = number("Time between tokens (TPOT), median", unit="ms", null=REPORTED)
    tbt_p99_ms: float = number("Time between tokens (TPOT), p99", unit="ms", null=REPORTED)
    memory_per_card_gb: float = number("Memory in use", unit="GB per card", null=REPORTED)
    power_per_card_w: float = number("Power", unit="W per card", null=REPORTED)
    compute_pct: float = number("Reported compute utilization", unit="%", null=REPORTED)
    memory_bw_pct: float = number("Reported bandwidth utilization", unit="%", null=REPORTED)
    bottleneck: str = text("Reported bottleneck", null=REPORTED)
    uses_speculative_decoding: bool = flag("Command or notes name speculative decoding")
    uses_prefix_caching: bool = flag("Command or notes name prefix caching")


@table("marts", grain=["case_id"])
class MartCaseMetrics(Metric, CaseDescription):
    """One row per current case: what was claimed, on what, and every derived metric."""

    declared_tier: str = text("Strongest tier its evidence declares", null="no evidence")
    effective_tier: str = text(
        "`inconsistent` where an error stands, `estimated` where the tier is overstated, "
        "else the declared tier",
        null="no evidence, and no error",
    )
    tier_reason: str = text(
        "Why the effective tier is not the declared one", null="it is, or there is no evidence"
    )
    error_count: int = integer("Errors found: impossible as reported", unit="findings")
    warn_count: int = integer("Warnings found: implausible", unit="findings")
    info_count: int = integer("Notes: worth a look", unit="findings")
