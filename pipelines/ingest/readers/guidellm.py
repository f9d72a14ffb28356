"""Results of `guidellm benchmark run`, versions 0.5 to 0.8: one record for each benchmark.

Source: vllm-project/guidellm@ee7a774. Figures are those of successful requests alone. Its
`inter_token_latency_ms` is (e2e - ttft)/(tokens - 1), which is TPOT; what it calls time per
output token contains the first one. Both are weighted by tokens. `max_concurrency` is a
default of the client; only the streams of a concurrent strategy are a limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    OutOfScopeError,
    Record,
    Run,
    SourceFile,
    UnusableError,
    set_statistics,
    set_time,
)

FORMAT = "guidellm"

#: Latencies by their canonical names, with the factor to milliseconds.
_LATENCIES = {
    "time_to_first_token_ms": ("ttft", 1.0),
    "inter_token_latency_ms": ("tbt", 1.0),
    "request_latency": ("e2e", 1000.0),
}
_RATES = ("constant", "poisson")


def recognizes(first: object) -> bool:
    """Return whether this is a report of GuideLLM."""
    return isinstance(first, dict) and {"benchmarks", "metadata"} <= first.keys()


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each benchmark of a report."""
    yield from source.each(_run, records=lambda report: report.elements("benchmarks"))


def _run(fields: Fields) -> Run:
    kind = fields.text("type_")
    if kind and kind.startswith("embedding"):
        raise OutOfScopeError("an embeddings benchmark: no tokens of a language model")
    metrics = fields.part("metrics")
    metrics.set_aside("time_per_output_token_ms")
    totals = metrics.part("request_totals")
    if totals.number("successful") == 0:
        raise UnusableError("no request completed", totals.spell("successful"))
    metadata = fields.root.part("metadata")
    metadata.set_aside("version")
    run = Run(
        throughput_scope="wall",
        requests_completed=totals.needed_whole("successful"),
        requests_failed=totals.whole("errored"),
        duration_s=fields.rate("duration"),
        decode_tok_s=_successful(metrics, "output_tokens_per_second").needed("mean"),
        prefill_tok_s=_successful(metrics, "prompt_tokens_per_second").number("mean"),
        prefill_seq_len=_successful(metrics, "prompt_token_count").number("mean"),
        decode_seq_len=_successful(metrics, "output_token_count").number("mean"),
        concurrency_mean=_successful(metrics, "request_concurrency").number("mean"),
        model=_model(fields),
        tool_version=metadata.text("guidellm_version"),
    )
    _set_strategy(run, fields.part("config", "strategy"))
    for name, (latency, to_ms) in _LATENCIES.items():
        found = _successful(metrics, name)
        statistics = {
            "mean": found.number("mean"),
            "p50": found.number("median"),
            "p99": found.number("percentiles", "p99"),
        }
        set_statistics(run, latency, statistics, to_ms=to_ms)
    set_time(run, fields.get("start_time"))
    return run


def _successful(metrics: Fields, name: str) -> Fields:
    """Return the statistics of a figure over the requests that succeeded."""
    metrics.set_aside(name)
    return metrics.part(name, "successful")


def _model(fields: Fields) -> str | None:
    """Return the model asked for in 0.8 or 0.5, else the one that the server offered."""
    root = fields.root
    names = (
        root.text("config", "spec", "backend", "model"),
        root.text("args", "model"),
        fields.text("config", "backend", "model"),
    )
    return next((name for name in names if name), None)


def _set_strategy(run: Run, strategy: Fields) -> None:
    """Set the limit of a concurrent strategy, or the rate of one with a rate."""
    kind = strategy.text("type_")
    streams, rate = strategy.limit("streams"), strategy.rate("rate")
    strategy.set_aside("max_concurrency")
    if kind == "concurrent":
        run.max_concurrent_requests = streams
    elif kind in _RATES:
        run.request_rate_rps = rate
