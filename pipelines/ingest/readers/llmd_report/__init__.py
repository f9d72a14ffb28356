"""llm-d Benchmark Reports, versions 0.1, 0.2 and 0.2.1, as YAML or JSON.

Source: llm-d/llm-d-benchmark@8bc9f1d:llmdbenchmark/analysis/benchmark_report. Results of other
tools are converted to it: a latency is in the unit that stands beside it, and the time per
output token is what the harness meant by it. `stack` finds the servers, `deployment` what they
have in common, `exported` what `roofhouse export` says beside a report's own fields; this module
reads what was measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.catalog import Catalog
from pipelines.ingest.readers.frame import (
    Fields,
    Record,
    Run,
    SourceFile,
    UnusableError,
    derive_tbt,
    set_statistics,
    set_time,
)
from pipelines.ingest.readers.llmd_report.deployment import set_deployment
from pipelines.ingest.readers.llmd_report.exported import set_exported
from pipelines.ingest.readers.llmd_report.stack import stack_of_0_1, stack_of_0_2
from pipelines.ingest.sidecar import Said

FORMAT = "llmd-report"
SYNTAXES = ("json", "yaml")

#: Factors to milliseconds by the unit of a latency.
_TO_MS = {"ms": 1.0, "s": 1000.0, "ms/token": 1.0, "s/token": 1000.0}
_PART = r"(?:(\d+(?:\.\d+)?){})?"
_DURATION = re.compile(f"P{_PART}(?:T{_PART * 3})?".format("D", "H", "M", "S"))
#: Seconds of a day, an hour, a minute and a second.
_SECONDS = (86_400.0, 3_600.0, 60.0, 1.0)
#: Harnesses whose inter-token latency is (e2e - ttft)/(tokens - 1), and so TPOT.
ITL_IS_TPOT = ("guidellm", "aiperf")


def recognizes(first: object) -> bool:
    """Return whether this is a report of version 0.x."""
    return (
        isinstance(first, dict)
        and str(first.get("version")).startswith("0.")
        and "scenario" in first
        and ("metrics" in first or "results" in first)
    )


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each report."""
    yield from source.each(lambda fields: _run(fields, source.said, source.catalog))


def _run(fields: Fields, said: Said, catalog: Catalog) -> Run:
    fields.set_aside("version")
    run = Run(throughput_scope="wall")
    if fields.part("metrics").is_object:
        metrics = fields.part("metrics")
        _set_requests(run, metrics.part("requests"))
        run.decode_tok_s = metrics.needed("throughput", "output_tokens_per_sec")
        run.prefill_tok_s = metrics.number("throughput", "input_tokens_per_sec")
        run.duration_s = metrics.rate("time", "duration")
        set_time(run, metrics.get("time", "start"))
        harness = fields.text("scenario", "load", "name")
        stack = stack_of_0_1(fields)
    else:
        metrics = fields.part("results", "request_performance", "aggregate")
        if metrics.part("requests").is_object:  # the schema lets a report be without
            _set_requests(run, metrics.part("requests"))
        run.decode_tok_s = _token_rate(metrics, "output_token_rate")
        run.prefill_tok_s = _token_rate(metrics, "input_token_rate")
        if not run.decode_tok_s or run.decode_tok_s < 0:
            path = metrics.spell("throughput", "output_token_rate")
            raise UnusableError("no rate of output tokens above 0, in tokens/s", path)
        run.duration_s = _seconds(fields.text("run", "time", "duration"))
        set_time(run, fields.get("run", "time", "start"))
        load = fields.part("scenario", "load", "standardized")
        run.max_concurrent_requests = load.limit("concurrency")
        run.request_rate_rps = load.rate("rate_qps")
        harness = load.text("tool")
        stack = stack_of_0_2(fields)
    _set_latencies(run, metrics, harness)
    set_deployment(run, stack, said, catalog, FORMAT)
    set_exported(run, fields.part("results", "observability", "roofhouse"), catalog)
    return run


def _set_requests(run: Run, requests: Fields) -> None:
    """Set completed and failed requests and mean lengths; `total` are those sent."""
    sent = requests.whole("total")
    failed, incomplete = requests.whole("failures"), requests.whole("incomplete")
    completed = (sent or 0) - (failed or 0) - (incomplete or 0)
    if sent is not None and completed <= 0:
        raise UnusableError("no request completed", requests.spell("total"))
    requests.needed_whole("total")
    run.requests_completed, run.requests_failed = completed, failed
    run.prefill_seq_len = _statistics(requests, "input_length", {"count": 1.0})["mean"]
    run.decode_seq_len = _statistics(requests, "output_length", {"count": 1.0})["mean"]


def _set_latencies(run: Run, metrics: Fields, harness: str | None) -> None:
    """Set the latencies, the time between tokens by what the harness calls so."""
    ttft, e2e, tpot, itl = (
        _statistics(metrics.part("latency"), name, _TO_MS)
        for name in (
            "time_to_first_token",
            "request_latency",
            "time_per_output_token",
            "inter_token_latency",
        )
    )
    set_statistics(run, "ttft", ttft)
    set_statistics(run, "e2e", e2e)
    if harness in ITL_IS_TPOT:
        set_statistics(run, "tbt", itl)
        return
    set_statistics(run, "itl", itl)
    if harness == "inference-perf":
        run.tbt_reported_ms = tpot["p50"]
        derive_tbt(run, _statistics(metrics.part("requests"), "output_length", {"count": 1.0}))
    else:
        set_statistics(run, "tbt", tpot)


def _statistics(fields: Fields, name: str, factors: dict[str, float]) -> dict[str, float | None]:
    """Return mean, p50 and p99 of a statistic, None where its unit is none of the factors'."""
    fields.set_aside(name)
    whole = fields.part(name)
    unit = whole.text("units")
    factor = factors.get(unit) if unit else None
    values = {one: whole.number(one) for one in ("mean", "p50", "p99")}
    return {
        one: None if factor is None or value is None else value * factor
        for one, value in values.items()
    }


def _token_rate(metrics: Fields, name: str) -> float | None:
    return _statistics(metrics.part("throughput"), name, {"tokens/s": 1.0})["mean"]


def _seconds(duration: str | None) -> float | None:
    """Return the seconds of an ISO 8601 duration such as PT1M49.97S."""
    match = _DURATION.fullmatch(duration or "")
    if match is None:
        return None
    parts = zip(match.groups(), _SECONDS, strict=True)
    return sum(float(number) * seconds for number, seconds in parts if number) or None
