"""Reports of `guidellm benchmark run`, versions 0.5 and 0.8: a benchmark is a record."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

from hypothesis import strategies as st

from tests.ingest.written.run import MODEL, OF_SIDECAR, SIDECAR, Expected, Format, Record, Run, runs

#: A stack without a model, which the report has.
_STACK = SIDECAR.replace(f"model: {MODEL}\n", "")
_STATISTICS = {"mean": "mean", "p50": "median", "p99": "p99"}
_START = 1_767_268_800.25


def record(run: Run, kind: str = "concurrent") -> Record:
    """A benchmark; what failed and what both are together has other figures."""
    strategy: Record = {"type_": kind, "max_concurrency": 10240}
    if kind == "concurrent":
        strategy["streams"] = run.limit
    elif kind in ("constant", "poisson"):
        strategy["rate"] = run.rate_rps
    names = {"ttft": "time_to_first_token_ms", "tbt": "inter_token_latency_ms"}
    latencies = run.spelled(names, _STATISTICS) | run.spelled(
        {"e2e": "request_latency"}, _STATISTICS, 1e-3
    )
    means = {
        "output_tokens_per_second": run.output_tok_s,
        "prompt_tokens_per_second": run.input_tok_s,
        "prompt_token_count": run.prompt,
        "output_token_count": run.output,
        "request_concurrency": run.sequences,
        "time_per_output_token_ms": 77.0,
    }
    figures = latencies | {name: {"mean": mean, "median": 3.0} for name, mean in means.items()}
    return {
        "type_": "generative_benchmark",
        "config": {"strategy": strategy},
        "duration": run.duration_s,
        "start_time": _START,
        "metrics": {
            "request_totals": {"successful": run.completed, "errored": run.failed},
            **{name: _distribution(values) for name, values in figures.items()},
        },
    }


def _distribution(values: dict[str, float]) -> Record:
    other = {"mean": 1.0, "median": 2.0, "percentiles": {"p99": 3.0}}
    successful: Record = {name: one for name, one in values.items() if name != "p99"}
    successful["percentiles"] = {"p50": 4.0, **{k: v for k, v in values.items() if k == "p99"}}
    return {"successful": successful, "errored": other, "total": other}


def report(benchmarks: list[Record], version: str) -> str:
    """A report of all benchmarks; the versions name the model at other places."""
    tops: dict[str, Record] = {
        "0.5": {"metadata": {"version": 1}, "args": {"model": MODEL}},
        "0.8": {"metadata": {"version": 2}, "config": {"spec": {"backend": {"model": MODEL}}}},
    }
    top = tops[version]
    top["metadata"]["guidellm_version"] = f"{version}.1"
    return json.dumps({**top, "benchmarks": benchmarks})


def _pair(run: Run, kind: str, version: str) -> tuple[Record, Expected]:
    return record(run, kind), {
        **OF_SIDECAR,
        **run.expected("ttft", "tbt", "e2e"),
        "concurrency_mean": run.sequences,
        "max_concurrent_requests": run.limit if kind == "concurrent" else None,
        "request_rate_rps": run.rate_rps if kind in ("constant", "poisson") else None,
        "run_at": dt.datetime.fromtimestamp(_START, dt.UTC).replace(tzinfo=None).isoformat(),
        "run_at_zone": "UTC",
        "tool_version": f"{version}.1",
    }


_KINDS = ["concurrent", "constant", "poisson", "synchronous", "throughput"]
FORMATS = [
    Format(
        f"guidellm {version}",
        "benchmarks.json",
        st.builds(_pair, runs(), st.sampled_from(_KINDS), st.just(version)),
        partial(report, version=version),
        _STACK,
    )
    for version in ("0.5", "0.8")
]
