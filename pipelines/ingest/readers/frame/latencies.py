"""Latencies of tools that write one key for each statistic, as `median_ttft_ms`."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.ingest.readers.frame.fields import Fields
from pipelines.ingest.readers.frame.run import Run

_STATISTICS = {"mean": "mean", "median": "p50", "p99": "p99"}


def set_latencies(
    run: Run, fields: Fields, names: Mapping[str, str], *, suffix: str, to_ms: float = 1
) -> None:
    """Set the latencies of a run that are not known yet from the keys `<statistic>_<name><suffix>`.

    `names` maps the tool's names to ttft, tbt, itl and e2e; `to_ms` is the factor from the
    tool's unit to milliseconds. A mean ITL has no canonical name and is passed over.
    """
    for name, canonical in names.items():
        for written, statistic in _STATISTICS.items():
            value = fields.number(f"{written}_{name}{suffix}")
            attribute = f"{canonical}_{statistic}_ms"
            if value is None or (canonical, statistic) == ("itl", "mean"):
                continue
            if getattr(run, attribute) is None:
                setattr(run, attribute, value * to_ms)
