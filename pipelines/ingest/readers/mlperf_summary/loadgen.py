"""The log of a run, `mlperf_log_summary.txt`, where it lies below its results table.

Source: mlcommons/inference, loadgen/results.cc. Times are nanoseconds. A sample is a request;
its time to output token is (latency - first token)/(tokens - 1). Latencies of the Offline
scenario contain the wait for all requests that were sent at once.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from pipelines.ingest.readers.frame import Run, finite

NAME = "mlperf_log_summary.txt"

#: Where the log may lie below the `Location` of a row: v5.1 names the scenario's folder.
_BELOW = ("", "performance/run_1")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", re.IGNORECASE)
_LATENCIES = {
    "mean first token latency (ns)": "ttft_mean_ms",
    "50.00 percentile first token latency (ns)": "ttft_p50_ms",
    "99.00 percentile first token latency (ns)": "ttft_p99_ms",
    "mean time to output token (ns)": "tbt_mean_ms",
    "50.00 percentile time to output token (ns)": "tbt_p50_ms",
    "99.00 percentile time to output token (ns)": "tbt_p99_ms",
    "mean latency (ns)": "e2e_mean_ms",
}
#: A table rounds what a log says; one that differs by more is that of another run.
_ROUNDING = 1e-3


def find(companions: Mapping[str, bytes], table: str, location: str | None) -> str | None:
    """Return the log at a location relative to the table's folder, None if there is none."""
    for below in _BELOW:
        path = posixpath.join(posixpath.dirname(table), location or "", below, NAME)
        content = companions.get(posixpath.normpath(path))
        if content is not None and location:
            return content.decode(errors="replace")
    return None


def add(run: Run, log: str) -> None:
    """Add latencies, the offered rate and, if not known yet, the mean output length of a run.

    The log of another run, told by its tokens per second, adds nothing.
    """
    values = _values(log)
    tokens = values.get("completed tokens per second") or values.get("tokens per second")
    samples = values.get("completed samples per second") or values.get("samples per second")
    if not tokens or not run.decode_tok_s or abs(tokens / run.decode_tok_s - 1) > _ROUNDING:
        return
    for name, attribute in _LATENCIES.items():
        if nanoseconds := values.get(name):
            setattr(run, attribute, nanoseconds / 1e6)
    run.request_rate_rps = values.get("scheduled samples per second")
    if samples and run.decode_seq_len is None:
        run.decode_seq_len = run.decode_tok_s / samples


def _values(log: str) -> dict[str, float]:
    """Return the numbers above 0 of a log by name, the first of each."""
    found: dict[str, float] = {}
    for line in log.splitlines():
        name, _, digits = line.partition(":")
        if _NUMBER.fullmatch(digits.strip()) and (value := finite(float(digits))):
            found.setdefault(" ".join(name.lower().split()), value)
    return found
