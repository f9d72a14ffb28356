"""Derived metrics. The formulas stand in sql/metrics and sql/macros; here is what they mean."""

from __future__ import annotations

from pipelines.contracts.vocabulary import Contract, flag, identifier, integer, number, table, text

MISSING = "an input is missing or a denominator is 0"
NOT_DECODE = f"not an autoregressive decode workload, or {MISSING}"
NO_PREFILL = f"disaggregated, not an autoregressive decode workload, or {MISSING}"
NO_PREFILL_POOL = f"disaggregated, or {MISSING}"
NO_PEAK = "the hardware has no peak at a precision that serves the quantization"
PRECISIONS = ("fp4", "fp8", "int8", "bf16", "fp16")


class Metric(Contract):
    """The derived metrics; shared by case_metric and mart_case_metrics."""

    decode_concurrency_uncapped: float = number(
        "Sequences at once by Little's law, not held to the stated limit",
        unit="sequences",
        null=NOT_DECODE,
        formula="decode_tok_s · tbt_p50_ms / 1000",
        ge=0,
    )
    decode_concurrency: float = number(
        "N: sequences at once, held to [1, C]; the batch size where they are not known",
        unit="sequences",
        null=NOT_DECODE,
        formula="min(max(decode_concurrency_uncapped, 1), C), else B",
        ge=1,
    )
    params_read_per_step_b: float = number(
        "Parameters read in one step of N sequences, experts by uniform routing",
        unit="1e9 parameters",
        null=NOT_DECODE,
        formula="read(N); read(b) = A + (T − A)·(u(b) − k/E)/(1 − k/E), u(b) = 1 − (1 − k/E)^b; "
        "A where E is missing or E ≤ k",
        ge=0,
    )
    decode_flops_per_token: float = number(
        "flops: operations of one decoded token",
        unit="op/token",
        null=NOT_DECODE,
        formula="2A + 4·L·H·d·ctx; 2A where the attention's operations are not known",
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
        formula="mha, gqa, mqa: 2·L·Hkv·d·kv_bytes_per_value; "
        "mla: L·(mla_latent_rank + mla_rope_size)·kv_bytes_per_value; constants in assumption",
        ge=0,
    )
    decode_roofline_tok_s: float = number(
        "Roofline of N sequences over all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(N); roof(b) = b / max(t_mem(b), t_cmp(b)), "
        "t_mem(b) = (read(b)·w + b·ctx·kv) / (n·BW), t_cmp(b) = b·flops / (n·F)",
        ge=0,
    )
    decode_roofline_bound: str = text(
        "What bounds that roofline",
        null=NOT_DECODE,
        one_of=["memory", "compute"],
        formula="memory where t_mem(N) ≥ t_cmp(N), else compute",
    )
    decode_roofline_efficiency: float = number(
        "Decode throughput as a share of the roofline; never clamped",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / decode_roofline_tok_s",
        ge=0,
    )
    decode_roofline_efficiency_low: float = number(
        "The same efficiency with the fewest experts that N sequences can touch",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / roof(N) with u(N) = k/E",
        ge=0,
    )
    decode_roofline_efficiency_high: float = number(
        "The same efficiency with the most experts that N sequences can touch",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / roof(N) with u(N) = min(E, k·N)/E",
        ge=0,
    )
    decode_roofline_at_batch_tok_s: float = number(
        "Roofline of batch_size sequences over all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(B)",
        ge=0,
    )
    decode_roofline_at_max_concurrency_tok_s: float = number(
        "Roofline of max_concurrent_requests sequences over all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C)",
        ge=0,
    )
    decode_roofline_hard_tok_s: float = number(
        "Roofline at full concurrency with every cost at its floor: above it is impossible",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C) with A − V·h read and computed, no KV cache, no attention; with "
        "speculative decoding t_cmp alone",
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
        null=f"the feed gives no operators, {NOT_DECODE}",
        formula="decode_tok_s / card_count / min(BW / Σ bytes_per_token, F / Σ flops_per_token)",
        ge=0,
    )
    arithmetic_intensity: float = number(
        "Operations per byte of a step of N sequences",
        unit="op/byte",
        null=NOT_DECODE,
        formula="N·flops / (read(N)·w + N·ctx·kv)",
        ge=0,
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
        formula="prefill_tok_s·(2A + 2·L·H·d·P) / (n·F): a prompt token sees P/2 tokens on average",
        ge=0,
    )
    prefill_mfu_linear: float = number(
        "Model FLOP utilization of prefill without attention",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·2A / (n·F)",
        ge=0,
    )
    prefill_mfu_floor: float = number(
        "Model FLOP utilization of prefill without attention, embedding and head: "
        "above 1 is impossible",
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
        "Tokens per joule if the cards drew their TDP",
        unit="tok/s/W",
        null=MISSING,
        formula="decode_tok_s / (n·tdp_w)",
        ge=0,
    )
    decode_tok_s_per_w_server: float = number(
        "Tokens per joule at the server, its power shared over its cards",
        unit="tok/s/W",
        null=f"no server of the case's cards, or {MISSING}",
        formula="decode_tok_s / (rack_power_kw·1000·n / server_card_count)",
        ge=0,
    )
    decode_tok_s_per_mw: float = number(
        "Decode throughput per megawatt at the cards",
        unit="tok/s/MW",
        null=MISSING,
        formula="decode_tok_s·1e6 / (n·power_per_card_w)",
        ge=0,
    )
    decode_kwh_per_mtok: float = number(
        "Energy of a million decoded tokens at the cards",
        unit="kWh/1e6 tok",
        null=MISSING,
        formula="n·power_per_card_w / decode_tok_s · 1e6 / 3.6e6",
        ge=0,
    )
    prefill_tok_s_per_w: float = number(
        "Prompt tokens per joule at the cards",
        unit="tok/s/W",
        null=NO_PREFILL_POOL,
        formula="prefill_tok_s / (n·power_per_card_w)",
        ge=0,
    )
    power_to_tdp: float = number(
        "Reported power over TDP", unit="1", null=MISSING, formula="power_per_card_w / tdp_w", ge=0
    )
    decode_electricity_usd_per_mtok: float = number(
        "Electricity of a million decoded tokens",
        unit="USD/1e6 tok",
        null=f"no price configured (pipelines/config/prices.yml), or {MISSING}",
        formula="decode_kwh_per_mtok · electricity_usd_per_kwh · pue; constants in assumption",
        ge=0,
    )
    decode_hardware_usd_per_mtok: float = number(
        "Card hours of a million decoded tokens",
        unit="USD/1e6 tok",
        null=f"no price configured (pipelines/config/prices.yml), or {MISSING}",
        formula="n·usd_per_card_hour / (decode_tok_s·3600) · 1e6",
        ge=0,
    )
    weights_gb: float = number(
        "Size of the weights", unit="GB", null=MISSING, formula="T·w / 1e9", ge=0
    )
    weights_per_card_gb: float = number(
        "Weights on each serving card",
        unit="GB per card",
        null=MISSING,
        formula="weights_gb / n",
        ge=0,
    )
    weights_fit: bool = flag(
        "Whether the weights fit the serving cards",
        null=MISSING,
        formula="T·w ≤ n·CAP, in whole bytes",
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
        formula="floor((n·CAP − T·w) / (min(P + D, max_context_length)·kv))",
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
        "Decode throughput per serving card",
        unit="tok/s per card",
        null=MISSING,
        formula="decode_tok_s / n",
        ge=0,
    )
    prefill_tok_s_per_card: float = number(
        "Prefill throughput per serving card",
        unit="tok/s per card",
        null=NO_PREFILL_POOL,
        formula="prefill_tok_s / n",
        ge=0,
    )
    ttft_p99_to_p50: float = number(
        "Tail of the time to first token: 99th percentile over median",
        unit="1",
        null=MISSING,
        formula="ttft_p99_ms / ttft_p50_ms",
        ge=0,
    )
    tbt_p99_to_p50: float = number(
        "Tail of the time between tokens: 99th percentile over median",
        unit="1",
        null=MISSING,
        formula="tbt_p99_ms / tbt_p50_ms",
        ge=0,
    )
    request_rate_rps: float = number(
        "Requests finished per second",
        unit="1/s",
        null=MISSING,
        formula="decode_tok_s / D",
        ge=0,
    )
    memory_bw_pct_reported_minus_implied: float = number(
        "Reported utilization of memory bandwidth minus the implied one",
        unit="percentage points",
        null=f"not reported, {NOT_DECODE}",
        formula="memory_bw_pct − 100·decode_mbu",
    )
    compute_pct_reported_minus_implied: float = number(
        "Reported utilization of compute minus the implied one",
        unit="percentage points",
        null=f"not reported, {NOT_DECODE}",
        formula="compute_pct − 100·decode_mfu",
    )
    bottleneck_implied: str = text(
        "Bottleneck by the numbers: software below the configured efficiency, else the bound",
        null=NOT_DECODE,
        one_of=["software", "memory-bandwidth", "compute"],
        formula="software where decode_roofline_efficiency < software_bottleneck_efficiency (in "
        "assumption); else memory-bandwidth or compute, by decode_roofline_bound",
    )
    bottleneck_agrees: bool = flag(
        "Whether the reported bottleneck is the implied one",
        null=f"reported as mixed, interconnect or unknown, or not at all, or {NOT_DECODE}",
        formula="bottleneck = bottleneck_implied",
    )


class RevisionKey(Contract):
    """The key of a table per case and revision."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision of the case", ge=1)
    is_current: bool = flag("Whether this is the newest revision of a case that is not retired")


@table("metrics", grain=["case_id", "revision"])
class CaseMetric(Metric, RevisionKey):
    """One row per case and revision: the derived metrics."""


@table("metrics", grain=["case_id"])
class CaseTrust(Contract):
    """One row per current case with evidence: how it declares itself."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    evidence_item_count: int = integer("Evidence items of the case", unit="items")
    declared_tier: str = text("Strongest tier that its evidence declares")
    measured_item_count: int = integer("Evidence items declared measured", unit="items")
    overstated_item_count: int = integer(
        "Of these, items that do not qualify as measured (pipelines/config/trust.yml)", unit="items"
    )
    overstated_reason: str = text("Why they do not qualify", null="all qualify")


@table("metrics", grain=["metric"])
class MetricDefinition(Contract):
    """One row per derived metric: what it is and how it is computed."""

    metric: str = text("Id of the metric: its column of case_metric")
    description: str = text("What the metric is")
    unit: str = text("Unit of the values", null="not a number")
    formula: str = text("Formula, in the symbols of case_input", null="the description says it")


@table("metrics", grain=["metric", "source_table", "source_column"])
class MetricSource(Contract):
    """One row per derived metric and column of the star that it follows from."""

    metric: str = text("Id of the metric: its column of case_metric")
    source_table: str = text("Table of the star")
    source_column: str = text("Column of that table which case_input makes an input from")


@table("metrics", grain=["metric", "input"])
class MetricInput(Contract):
    """One row per derived metric and input that its SQL reads."""

    metric: str = text("Id of the metric: its column of case_metric")
    input: str = text("Column of case_input that its SQL reads")
    description: str = text("What the input is")
    unit: str = text("Unit of the values", null="not a number")
