"""Files of `vllm bench serve --save-result`, by version of the client."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from hypothesis import strategies as st

from tests.ingest.written.run import (
    MODEL,
    OF_SIDECAR,
    SIDECAR,
    Expected,
    Format,
    Record,
    Run,
    runs,
)

MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
NAMES = {"ttft": "ttft", "tbt": "tpot", "itl": "itl", "e2e": "e2el"}


def record(run: Run, date: str = "20260816-160853", peak: int = 100) -> Record:
    return {
        "date": date,
        "backend": "vllm",
        "model_id": MODEL,
        "num_prompts": run.completed + run.failed,
        "request_rate": "inf" if run.rate_rps is None else run.rate_rps,
        "max_concurrency": run.limit,
        "max_concurrent_requests": peak,
        "duration": run.duration_s,
        "completed": run.completed,
        "failed": run.failed,
        "total_input_tokens": run.input_tokens,
        "total_output_tokens": run.output_tokens,
        "output_throughput": run.output_tok_s,
        "total_token_throughput": run.output_tok_s + run.input_tok_s,
        **run.flat(NAMES, "_ms"),
    }


def of_2024(run: Run, date: str, peak: int) -> Record:
    """As before the peak, failures and the total rate were written."""
    newer = ("max_concurrent_requests", "failed", "total_token_throughput")
    old = {name: value for name, value in record(run, date).items() if name not in newer}
    return old | {"ttfts": [0.1], "itls": [[0.1]]}


def in_seconds(run: Run, date: str, peak: int) -> Record:
    """As InferenceX's client writes it: latencies in seconds."""
    other = {name: value for name, value in record(run, date, peak).items() if name[-3:] != "_ms"}
    return other | run.flat(NAMES, "", 1e-3)


def _with(
    write: Callable[[Run, str, int], Record], has_peak: bool = True
) -> st.SearchStrategy[tuple[Record, Expected]]:
    def pair(
        run: Run, moment: dt.datetime, peak: int, accepted: float | None
    ) -> tuple[Record, Expected]:
        written = write(run, f"{moment:%Y%m%d-%H%M%S}", peak)
        expected = {
            **OF_SIDECAR,
            **run.expected("ttft", "tbt", "itl", "e2e"),
            "max_concurrent_requests": run.limit,
            "request_rate_rps": run.rate_rps,
            "concurrency_peak": peak if has_peak else None,
            "run_at": moment.isoformat(),
        }
        if accepted is not None:
            written["spec_decode_acceptance_length"] = accepted
            expected |= {"acceptance_length": accepted, "speculation": True}
        return written, expected

    return st.builds(pair, runs(), MOMENTS, st.integers(1, 10**5), st.none() | st.floats(1, 8))


def appended(records: list[Record]) -> str:
    return "".join(json.dumps(one, indent=2) for one in records)


FORMATS = [
    Format("vllm-bench sweep", "summary.json", _with(record), json.dumps, SIDECAR),
    Format("vllm-bench appended", "run.json", _with(record), appended, SIDECAR),
    Format("vllm-bench 2024", "run.json", _with(of_2024, False), appended, SIDECAR),
    Format("vllm-bench seconds", "run.json", _with(in_seconds), json.dumps, SIDECAR),
]
