"""Stages of inference-perf: stage_N_lifecycle_metrics.json.

Source: kubernetes-sigs/inference-perf@7de5ef2. All times are seconds. What it calls
`time_per_output_token` is about half of what the server measures, so TPOT is derived. The
summary of all stages mixes their rates, and the Prometheus file is the server's view of a
stage; both have the keys of a stage and are told by the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.ingest.readers.frame import (
    Fields,
    OutOfScopeError,
    Record,
    Run,
    SourceFile,
    UnusableError,
    derive_tbt,
    set_statistics,
)

FORMAT = "inference-perf"

#: A prefix of the user's choice may stand before the tool's own names.
_SUMMARY = re.compile(r"(^|[^a-z0-9])summary_[^/]*$|summary_[a-z_]*metrics\.[^/]*$")
_PROMETHEUS = re.compile(r"_prometheus_metrics\.[^/]*$")
_LATENCIES = {
    "time_to_first_token": "ttft",
    "request_latency": "e2e",
    "inter_token_latency": "itl",
}
_MS = 1000.0


def recognizes(first: object) -> bool:
    """Return whether this is a file of inference-perf."""
    return isinstance(first, dict) and {"load_summary", "successes"} <= first.keys()


def read(source: SourceFile) -> Iterator[Record]:
    """Yield the record of a stage; a summary is skipped, and so is the server's view."""
    yield from source.each(lambda fields: _run(fields, source.name.lower()))


def _run(fields: Fields, name: str) -> Run:
    if _SUMMARY.search(name):
        raise OutOfScopeError("a summary of several stages")
    if _PROMETHEUS.search(name):
        raise OutOfScopeError("the server's own view of a stage")
    load, successes = fields.part("load_summary"), fields.part("successes")
    load.set_aside("send_duration")
    if successes.number("count") == 0:
        raise UnusableError("no request completed", successes.spell("count"))
    completed = successes.needed_whole("count")
    run = Run(
        throughput_scope="wall",
        requests_completed=completed,
        requests_failed=fields.whole("failures", "count"),
        decode_tok_s=successes.needed("throughput", "output_tokens_per_sec"),
        prefill_tok_s=successes.number("throughput", "input_tokens_per_sec"),
        request_rate_rps=load.rate("requested_rate"),
    )
    per_second = successes.rate("throughput", "requests_per_sec")
    run.duration_s = completed / per_second if per_second else None
    prompt, output = (_statistics(successes, one) for one in ("prompt_len", "output_len"))
    run.prefill_seq_len, run.decode_seq_len = prompt["mean"], output["mean"]
    latencies = successes.part("latency")
    for written, latency in _LATENCIES.items():
        set_statistics(run, latency, _statistics(latencies, written), to_ms=_MS)
    reported = _statistics(latencies, "time_per_output_token")["p50"]
    run.tbt_reported_ms = None if reported is None else reported * _MS
    derive_tbt(run, {one: output[one] for one in ("mean", "p50")})
    return run


def _statistics(fields: Fields, name: str) -> dict[str, float | None]:
    """Return mean, p50 and p99 of a figure, each None if missing."""
    fields.set_aside(name)
    written = {"mean": "mean", "p50": "median", "p99": "p99"}
    return {one: fields.number(name, key) for one, key in written.items()}
