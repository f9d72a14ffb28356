"""Results of `vllm bench serve --save-result`, older benchmark_serving.py included.

Source: vllm-project/vllm@009e6d4:vllm/benchmarks/serve.py. Three things mislead. The tool's
`max_concurrent_requests` is the peak that was seen, `max_concurrency` the limit. `backend`
and `endpoint_type` name the protocol of the client, which other servers speak, too. And the
client of SemiAnalysis InferenceX writes latencies in seconds, under keys without `_ms`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipelines.ingest.readers.frame import (
    Fields,
    Record,
    Run,
    SourceFile,
    set_latencies,
    set_time,
    set_totals,
)
from pipelines.ingest.sidecar import Said, parse_mapping

FORMAT = "vllm-bench"

#: Latencies of the tool by their canonical names. TPOT is (e2e - ttft)/(tokens - 1).
_LATENCIES = {"ttft": "ttft", "tpot": "tbt", "itl": "itl", "e2el": "e2e"}
#: Details of single requests, and figures that are not what their names suggest.
_NOT_CARRIED = (
    "input_lens",
    "output_lens",
    "ttfts",
    "itls",
    "start_times",
    "generated_texts",
    "errors",
    "request_goodput",
    "request_goodput:",
    "total_token_throughput",
    "max_output_tokens_per_s",
)
#: What `--metadata` may hold, all of it texts, and the sidecar's key for it.
_METADATA = {
    "hardware": "hardware",
    "count": "cards",
    "cards": "cards",
    "tp": "parallel.tp",
    "quantization": "quantization",
    "kv_cache_dtype": "kv_cache_dtype",
    "engine_version": "engine.version",
    "prefix_caching": "prefix_caching",
    "speculative": "speculative",
}
_COUNTS = ("cards", "parallel.tp")


def recognizes(first: object) -> bool:
    """Return whether this is a result of vLLM's client; SGLang's has one key more."""
    return (
        isinstance(first, dict)
        and {"completed", "total_output_tokens", "duration"} <= first.keys()
        and "total_output_tokens_retokenized" not in first
    )


def read(source: SourceFile) -> Iterator[Record]:
    """Yield a record for each result: one, a sweep's list, or several appended."""
    yield from source.each(_run)


def _run(fields: Fields) -> Run:
    fields.set_aside(*_NOT_CARRIED)
    run = Run(
        metadata=_metadata(fields),
        model=fields.text("model_id"),
        engine=_engine(fields),
        speculation=True if fields.starting("spec_decode_") else None,
        acceptance_length=fields.number("spec_decode_acceptance_length"),
        request_rate_rps=fields.rate("request_rate"),
        max_concurrent_requests=fields.limit("max_concurrency"),
        concurrency_peak=fields.number("max_concurrent_requests"),
    )
    completed = set_totals(run, fields)
    run.requests_failed = _failed(fields, completed)
    set_latencies(run, fields, _LATENCIES, suffix="_ms")
    set_latencies(run, fields, _LATENCIES, suffix="", to_ms=1000)
    set_time(run, fields.get("date"), "%Y%m%d-%H%M%S")
    return run


def _failed(fields: Fields, completed: int) -> int | None:
    """Return the failed requests; before October 2025 they follow from the prompts sent."""
    failed, sent = fields.whole("failed"), fields.whole("num_prompts")
    if failed is None and sent is not None and sent >= completed:
        return sent - completed
    return failed


def _engine(fields: Fields) -> str | None:
    """Return vLLM, whose tool this is, unless the client spoke another server's protocol."""
    protocols = [name for key in ("backend", "endpoint_type") if (name := fields.text(key))]
    is_own = all(name.startswith(("vllm", "openai")) for name in protocols)
    return "vllm" if is_own else None


def _metadata(fields: Fields) -> Said:
    """Return what `--metadata` says: a sidecar inside the file, whose numbers are texts."""
    values: dict[str, Any] = {}
    for name, key in _METADATA.items():
        value = fields.get(name)
        if value is None or value == "":
            continue
        if key in _COUNTS and isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value.strip()):
            value = int(value)
        group, _, inner = key.partition(".")
        if inner:
            values.setdefault(group, {})[inner] = value
        else:
            values[group] = value
    return parse_mapping(values, "metadata in the file")
