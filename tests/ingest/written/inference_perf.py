"""Stages of inference-perf, whose times are seconds and whose own TPOT is no TPOT."""

from __future__ import annotations

import json

from tests.ingest.written.run import (
    OF_SIDECAR,
    SIDECAR,
    Expected,
    Format,
    Record,
    Run,
    derived_tbt,
    runs,
)

_NAMES = {
    "ttft": "time_to_first_token",
    "e2e": "request_latency",
    "itl": "inter_token_latency",
    "tbt": "time_per_output_token",
}
_STATISTICS = {"mean": "mean", "p50": "median", "p99": "p99"}


def record(run: Run, median: float | None = None) -> Record:
    """A stage, with a median of the output length; what the tool calls TPOT is half of it."""
    latencies = run.spelled(_NAMES, _STATISTICS, 1e-3)
    latencies["time_per_output_token"] = {
        of: value / 2 for of, value in latencies["time_per_output_token"].items()
    }
    return {
        "load_summary": {"requested_rate": run.rate_rps, "send_duration": 1.5},
        "successes": {
            "count": run.completed,
            "latency": latencies,
            "throughput": {
                "input_tokens_per_sec": run.input_tok_s,
                "output_tokens_per_sec": run.output_tok_s,
                "requests_per_sec": run.completed / run.duration_s,
            },
            "prompt_len": {"mean": run.prompt},
            "output_len": {"mean": run.output, "median": median or run.output},
        },
        "failures": {"count": run.failed},
    }


def _pair(run: Run) -> tuple[Record, Expected]:
    reported = run.ms("tbt_p50")
    return record(run, run.output * 2), {
        **OF_SIDECAR,
        **run.expected("ttft", "itl", "e2e"),
        **derived_tbt(run, {"mean": run.output, "p50": run.output * 2}),
        "tbt_reported_ms": None if reported is None else reported / 2,
        "request_rate_rps": run.rate_rps,
    }


FORMATS = [
    Format(
        "inference-perf stage",
        "stage_0_lifecycle_metrics.json",
        runs().map(_pair),
        json.dumps,
        SIDECAR,
    )
]
