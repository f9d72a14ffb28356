"""One benchmark run under canonical names, to be filled in by every reader."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.ingest.sidecar.said import NOTHING, Said


@dataclass
class Run:
    """A run as its file tells it; None is not known. Nothing here is resolved or guessed.

    Throughputs are tokens per second of the whole deployment, latencies milliseconds, lengths
    mean tokens per request. What a sidecar says is added later, except `metadata`: what the
    file itself says in the words of a sidecar.
    """

    metadata: Said = NOTHING

    # Names as the file has them; the catalog resolves them.
    hardware: str | None = None
    hardware_as_reported: str | None = None
    """The whole text where `hardware` is a part of it."""
    model: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    quantization: str | None = None
    bits_per_weight: float | None = None
    """Exact size of a weight where the file gives it; else the quantization's."""

    # The deployment.
    card_count: int | None = None
    prefill_cards: int | None = None
    decode_cards: int | None = None
    is_disaggregated: bool | None = None
    nodes: int | None = None
    tp: int | None = None
    pp: int | None = None
    dp: int | None = None
    ep: int | None = None
    attention_dp: bool | None = None
    replicas: int | None = None
    kv_cache_dtype: str | None = None
    """Name of the type; `kv_cache_bits` follows from the catalog."""
    prefix_caching: bool | None = None
    prefix_cache_hit_rate: float | None = None
    speculation: bool | None = None
    speculative_method: str | None = None
    acceptance_length: float | None = None

    # The load.
    prefill_seq_len: float | None = None
    decode_seq_len: float | None = None
    lengths_are_nominal: bool | None = None
    stated_prefill_seq_len: float | None = None
    stated_decode_seq_len: float | None = None
    dataset: str | None = None
    request_rate_rps: float | None = None
    max_concurrent_requests: int | None = None
    batch_size: int | None = None
    """Sequences decoded together, where a file says it; no tool's result does."""
    load: str | None = None
    """Name of the load where no field here tells it apart, as MLPerf's scenarios: two runs
    under different loads are no repeats of each other."""

    # What came out.
    decode_tok_s: float | None = None
    prefill_tok_s: float | None = None
    throughput_scope: str | None = None
    """`wall` or `phase`."""
    ttft_mean_ms: float | None = None
    ttft_p50_ms: float | None = None
    ttft_p99_ms: float | None = None
    tbt_mean_ms: float | None = None
    tbt_p50_ms: float | None = None
    tbt_p99_ms: float | None = None
    tbt_definition: str | None = None
    tbt_reported_ms: float | None = None
    itl_p50_ms: float | None = None
    itl_p99_ms: float | None = None
    e2e_mean_ms: float | None = None
    e2e_p50_ms: float | None = None
    e2e_p99_ms: float | None = None
    requests_completed: int | None = None
    requests_failed: int | None = None
    duration_s: float | None = None
    concurrency_mean: float | None = None
    concurrency_peak: float | None = None
    power_per_card_w: float | None = None
    system_power_w: float | None = None
    power_scope: str | None = None
    """`card`, `node` or `system`."""
    energy_j: float | None = None

    # The run and where it is from.
    id: str | None = None
    """Id of the case where the source has one; else it is made from stack, load and time."""
    title: str | None = None
    run_at: str | None = None
    """ISO 8601, the wall clock as written: no zone in it."""
    run_at_zone: str | None = None
    tool_version: str | None = None
    submitter: str | None = None
    division: str | None = None
    availability: str | None = None
    source_type: str = "own-run"
    url: str | None = None
    citation: str | None = None
