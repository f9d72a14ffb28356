"""Derived metrics and their meaning. The formulas are in sql/metrics and sql/macros.

To add a metric, add a line to sql/metrics/case_metric.sql and a column to `Metric`.
"""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.configuration.assumption import NO_PRICE
from pipelines.contracts.metrics.case_input import MISSING, NOT_DECODE
from pipelines.contracts.vocabulary import as_in, carried, flag, integer, number, text

NO_PREFILL = f"disaggregated, {NOT_DECODE}"
NO_PREFILL_POOL = f"disaggregated, or {MISSING}"


class Metric(Contract):
    """The derived metrics; mart_case_metrics has them too."""

    decode_concurrency_uncapped: float = number(
        "Sequences decoded at once by Little's law, not limited to [1, C]",
        unit="sequences",
        null=NOT_DECODE,
        formula="decode_tok_s · tbt / 1000; tbt the mean time between tokens, else its median",
        ge=0,
    )
    decode_concurrency: float = number(
        "Sequences decoded at once (N in formulas), limited to [1, C]; the batch size if unknown",
        unit="sequences",
        null=NOT_DECODE,
        formula="min(max(decode_concurrency_uncapped, 1), C), else B",
        ge=1,
    )
    params_read_per_step_b: float = number(
        "Parameters read in a decode step of N sequences, with uniform routing to the experts",
        unit="1e9 parameters",
        null=NOT_DECODE,
        formula="read(N); read(b) = A + (T − A)·(u(b) − k/E)/(1 − k/E), u(b) = 1 − (1 − k/E)^b; "
        "A if E is missing, E ≤ k or A ≥ T",
        ge=0,
    )
    decode_flops_per_token: float = number(
        "Operations per decoded token (flops in formulas)",
        unit="op/token",
        null=NOT_DECODE,
        formula="2A + 4·L·H·d·ctx; 2A if the operations of the attention are unknown",
        ge=0,
    )
    context_tokens_mean: float = carried("case_input.context_tokens_mean")
    kv_bytes_per_token: float = carried("case_input.kv_bytes_per_token")
    decode_roofline_tok_s: float = number(
        "Decode roofline of N sequences on all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(N); roof(b) = b / max(t_mem(b), t_cmp(b)), "
        "t_mem(b) = (read(b)·w + b·ctx_kv·kv) / (n·BW), t_cmp(b) = b·flops / (n·F)",
        ge=0,
    )
    decode_roofline_bound: str = text(
        "Resource that sets the decode roofline",
        null=NOT_DECODE,
        one_of=["memory", "compute"],
        formula="memory if t_mem(N) ≥ t_cmp(N), else compute",
    )
    decode_roofline_lenient_tok_s: float = number(
        "Decode roofline of N sequences, with an 8-bit KV cache if its size is not stated",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(N) with kv⁻ in place of kv",
        ge=0,
    )
    decode_roofline_efficiency: float = number(
        "Decode throughput as a share of the decode roofline; never clamped",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / decode_roofline_tok_s",
        ge=0,
    )
    decode_roofline_efficiency_low: float = number(
        "Decode roofline efficiency if N sequences touch as few experts as possible, with a "
        "lenient KV cache",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / roof(N) with u(N) = k/E and kv⁻",
        ge=0,
    )
    decode_roofline_efficiency_high: float = number(
        "Decode roofline efficiency if N sequences touch as many experts as possible",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s / roof(N) with u(N) = min(E, k·N)/E",
        ge=0,
    )
    decode_roofline_at_batch_tok_s: float = number(
        "Decode roofline of batch_size sequences on all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(B)",
        ge=0,
    )
    decode_roofline_at_max_concurrency_tok_s: float = number(
        "Decode roofline of max_concurrent_requests sequences on all serving cards",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C)",
        ge=0,
    )
    decode_roofline_at_max_concurrency_lenient_tok_s: float = number(
        "Decode roofline of max_concurrent_requests sequences, with a lenient KV cache",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C) with kv⁻ in place of kv",
        ge=0,
    )
    decode_roofline_hard_tok_s: float = number(
        "Decode roofline at full concurrency with every cost at its minimum; more is impossible",
        unit="tok/s",
        null=NOT_DECODE,
        formula="roof(C) with A − V·h read and computed, no KV cache, no attention; with "
        "speculative decoding t_cmp alone",
        ge=0,
    )
    decode_mbu: float = number(
        "Memory bandwidth utilization (MBU) of decode, implied by the time between tokens",
        unit="1",
        null=NOT_DECODE,
        formula="(read(N)·w + N·ctx_kv·kv) / (tbt_p50_s·n·BW)",
        ge=0,
    )
    decode_mfu: float = number(
        "Model FLOP utilization (MFU) of decode",
        unit="1",
        null=NOT_DECODE,
        formula="decode_tok_s·flops / (n·F)",
        ge=0,
    )
    decode_roofline_efficiency_batch1: float = number(
        "Decode throughput per card over a batch-1 roofline of the feed's operators: the "
        "definition of simple calculators, kept for comparison",
        unit="1",
        null=f"the feed gives no operators, {NOT_DECODE}",
        formula="decode_tok_s / card_count / min(BW / Σ bytes_per_token, F / Σ flops_per_token)",
        ge=0,
    )
    arithmetic_intensity: float = number(
        "Operations per byte of memory traffic",
        unit="op/byte",
        null=NOT_DECODE,
        formula="N·flops / (read(N)·w + N·ctx_kv·kv)",
        ge=0,
    )
    ridge_point: float = number(
        "Arithmetic intensity above which compute, not memory bandwidth, bounds the card",
        unit="op/byte",
        null=NOT_DECODE,
        formula="F / BW",
        ge=0,
    )
    prefill_mfu: float = number(
        "Model FLOP utilization (MFU) of prefill, with causal attention",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·(2A + 2·L·H·d·P) / (n·F): a prompt token sees P/2 tokens on average",
        ge=0,
    )
    prefill_mfu_linear: float = number(
        "Model FLOP utilization (MFU) of prefill, without attention",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·2A / (n·F)",
        ge=0,
    )
    prefill_mfu_floor: float = number(
        "Model FLOP utilization (MFU) of prefill, without attention, embedding and output head; "
        "more than 1 is impossible",
        unit="1",
        null=NO_PREFILL,
        formula="prefill_tok_s·2·max(A − 2·V·h, 0) / (n·F)",
        ge=0,
    )
    prefill_roofline_tok_s: float = number(
        "Prefill roofline: throughput at the peak rate of all serving cards",
        unit="tok/s",
        null=NO_PREFILL,
        formula="n·F / (2A + 2·L·H·d·P)",
        ge=0,
    )
    prefill_time_share: float = number(
        "Smallest share of the cards' compute that the prompts take at this throughput",
        unit="1",
        null=NO_PREFILL,
        formula="decode_tok_s · (P′/D) / prefill_roofline_tok_s",
        ge=0,
    )
    serving_roofline_tok_s: float = number(
        "Roofline of N sequences whose prompts are computed on the same cards",
        unit="tok/s",
        null=NO_PREFILL,
        formula="1 / max(t_mem(N)/N, t_cmp(N)/N + (P′/D)/prefill_roofline_tok_s)",
        ge=0,
    )
    serving_roofline_at_max_concurrency_lenient_tok_s: float = number(
        "Roofline of serving max_concurrent_requests sequences, with a lenient KV cache",
        unit="tok/s",
        null=NO_PREFILL,
        formula="1 / max(t_mem(C)/C, t_cmp(C)/C + (P′/D)/prefill_roofline_tok_s) with kv⁻",
        ge=0,
    )
    serving_roofline_efficiency: float = number(
        "Throughput as a share of the serving roofline; never clamped",
        unit="1",
        null=NO_PREFILL,
        formula="decode_tok_s / serving_roofline_tok_s",
        ge=0,
    )
    roofline_efficiency: float = number(
        "Efficiency to compare by: of serving if the throughput is of the whole run, else of "
        "decode",
        unit="1",
        null=NOT_DECODE,
        formula="serving_roofline_efficiency if throughput_scope is wall and it is known, else "
        "decode_roofline_efficiency",
        ge=0,
    )
    decode_prior_tok_s: float = number(
        "Decode throughput of N sequences to expect before any case is looked at",
        unit="tok/s",
        null=NOT_DECODE,
        formula="N / t_prior(N); t_prior(b) = max(t_mem(b), t_cmp(b)) / η + c·L, "
        "η = prior_step_efficiency, c = prior_layer_us (in assumption); c·L is 0 if L is missing",
        ge=0,
    )
    serving_prior_tok_s: float = number(
        "Throughput of N sequences to expect before any case is looked at, if their prompts are "
        "computed on the same cards",
        unit="tok/s",
        null=NO_PREFILL,
        formula="1 / (t_prior(N)/N + (P′/D)/(η·prefill_roofline_tok_s))",
        ge=0,
    )
    log_residual: float = number(
        "Natural logarithm of the throughput over its prior; pooled, it corrects the prior",
        unit="1",
        null=f"no throughput reported, {NOT_DECODE}",
        formula="ln(decode_tok_s / serving_prior_tok_s) if throughput_scope is wall, else "
        "ln(decode_tok_s / decode_prior_tok_s)",
    )
    decode_tok_s_per_w: float = number(
        "Decoded tokens per joule, at the cards",
        unit="tok/s/W",
        null=MISSING,
        formula="decode_tok_s / (n·power_per_card_w)",
        ge=0,
    )
    decode_tok_s_per_w_tdp: float = number(
        "Decoded tokens per joule, if the cards draw their thermal design power",
        unit="tok/s/W",
        null=MISSING,
        formula="decode_tok_s / (n·tdp_w)",
        ge=0,
    )
    decode_tok_s_per_w_server: float = number(
        "Decoded tokens per joule, at the server, whose power is shared equally by its cards",
        unit="tok/s/W",
        null=f"no server of the case's cards, or {MISSING}",
        formula="decode_tok_s / (rack_power_kw·1000·n / server_card_count)",
        ge=0,
    )
    decode_tok_s_per_mw: float = number(
        "Decode throughput per megawatt, at the cards",
        unit="tok/s/MW",
        null=MISSING,
        formula="decode_tok_s·1e6 / (n·power_per_card_w)",
        ge=0,
    )
    decode_kwh_per_mtok: float = number(
        "Energy of a million decoded tokens, at the cards",
        unit="kWh/1e6 tok",
        null=MISSING,
        formula="n·power_per_card_w / decode_tok_s · 1e6 / 3.6e6",
        ge=0,
    )
    prefill_tok_s_per_w: float = number(
        "Prompt tokens per joule, at the cards",
        unit="tok/s/W",
        null=NO_PREFILL_POOL,
        formula="prefill_tok_s / (n·power_per_card_w)",
        ge=0,
    )
    power_to_tdp: float = number(
        "Reported power over thermal design power",
        unit="1",
        null=MISSING,
        formula="power_per_card_w / tdp_w",
        ge=0,
    )
    output_tok_s_per_card: float = number(
        "Output throughput per card, all pools counted",
        unit="tok/s per card",
        null=NOT_DECODE,
        formula="decode_tok_s / all_cards",
        ge=0,
    )
    output_tok_s_per_w: float = number(
        "Output tokens per joule, all cards counted",
        unit="tok/s/W",
        null=NOT_DECODE,
        formula="decode_tok_s / (all_cards·power_per_card_w)",
        ge=0,
    )
    output_tok_s_per_w_system: float = number(
        "Output tokens per joule by the measured power of the system",
        unit="tok/s/W",
        null=NOT_DECODE,
        formula="decode_tok_s / system_power_w",
        ge=0,
    )
    decode_electricity_usd_per_mtok: float = number(
        "Electricity cost of a million decoded tokens",
        unit="USD/1e6 tok",
        null=f"{NO_PRICE}, or {MISSING}",
        formula="decode_kwh_per_mtok · electricity_usd_per_kwh · pue; constants in assumption",
        ge=0,
    )
    decode_hardware_usd_per_mtok: float = number(
        "Hardware cost of a million decoded tokens, as card hours",
        unit="USD/1e6 tok",
        null=f"{NO_PRICE}, or {MISSING}",
        formula="all_cards·usd_per_card_hour / (decode_tok_s·3600) · 1e6",
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
        "True if the weights fit in the memory of the serving cards",
        null=MISSING,
        formula="T·w ≤ n·CAP, in whole bytes",
    )
    kv_gb_at_max_concurrency: float = number(
        "KV cache at full concurrency and full length",
        unit="GB",
        null=NOT_DECODE,
        formula="C·min(P + D, max_context_length)·kv / 1e9",
        ge=0,
    )
    max_resident_sequences: int = integer(
        "Sequences of full length that fit in memory beside the weights",
        unit="sequences",
        null=f"the weights do not fit, the size of the cache is unknown, {NOT_DECODE}",
        formula="floor((n·CAP − T·w) / (min(P + D, max_context_length)·kv))",
    )
    interactivity_tok_s_user: float = number(
        "Decode speed that one user sees",
        unit="tok/s per user",
        null=MISSING,
        formula="1000 / tbt_p50_ms",
        ge=0,
    )
    e2e_latency_p50_ms: float = number(
        "Time to the last token, median",
        unit="ms",
        null=MISSING,
        formula="e2e_p50_ms, else ttft_p50_ms + max(D − 1, 0)·tbt_p50_ms",
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
        "Tail of the time to first token (TTFT): 99th percentile over median",
        unit="1",
        null=MISSING,
        formula="ttft_p99_ms / ttft_p50_ms",
        ge=0,
    )
    tbt_p99_to_p50: float = number(
        "Tail of the time between tokens (TPOT): 99th percentile over median",
        unit="1",
        null=MISSING,
        formula="tbt_p99_ms / tbt_p50_ms",
        ge=0,
    )
    request_rate_rps: float = number(
        as_in("fact_case_history.request_rate_rps"),
        unit="1/s",
        null=NOT_DECODE,
        formula="decode_tok_s / D",
        ge=0,
    )
    requests_in_flight: float = number(
        "Requests in flight by Little's law",
        unit="requests",
        null=NOT_DECODE,
        formula="decode_tok_s · (ttft + max(D − 1, 0)·tbt) / D, in seconds; means, else medians",
        ge=0,
    )
    memory_bw_pct_reported_minus_implied: float = number(
        "Reported minus implied utilization of memory bandwidth",
        unit="percentage points",
        null=f"not reported, {NOT_DECODE}",
        formula="memory_bw_pct − 100·decode_mbu",
    )
    compute_pct_reported_minus_implied: float = number(
        "Reported minus implied utilization of compute",
        unit="percentage points",
        null=f"not reported, {NOT_DECODE}",
        formula="compute_pct − 100·decode_mfu",
    )
    bottleneck_implied: str = text(
        "Bottleneck that the numbers imply: software at low efficiency, else the roofline's bound",
        null=NOT_DECODE,
        one_of=["software", "memory-bandwidth", "compute"],
        formula="software if roofline_efficiency < software_bottleneck_efficiency (in "
        "assumption); else the larger of memory and compute, with the prompts if the efficiency "
        "is of serving",
    )
    bottleneck_agrees: bool = flag(
        "True if the reported bottleneck is the implied one",
        null=f"reported as mixed, interconnect or unknown, or not at all, {NOT_DECODE}",
        formula="bottleneck = bottleneck_implied",
    )


class RevisionKey(Contract):
    """The key of a table per case, revision and basis."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    revision: int = carried("case_input.revision")
    basis: str = carried("case_input.basis")
    is_current: bool = carried("case_input.is_current")


@table(grain=["case_id", "revision", "basis"])
class CaseMetric(Metric, RevisionKey):
    """One row per case, revision and basis: the derived metrics."""
