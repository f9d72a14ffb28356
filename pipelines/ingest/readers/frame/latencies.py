"""Latencies: one key for each statistic, as `median_ttft_ms`, or an object of statistics.

A mean ITL has no canonical name and is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.ingest.readers.frame.fields import Fields
from pipelines.ingest.readers.frame.run import Run

_STATISTICS = {"mean": "mean", "median": "p50", "p99": "p99"}


def set_latencies(
    run: Run, fields: Fields, names: Mapping[str, str], *, suffix: str, to_ms: float = 1.0
) -> None:
    """Set the latencies of a run that are not known yet from the keys `<statistic>_<name><suffix>`.

    `names` maps the tool's names to ttft, tbt, itl and e2e; `to_ms` is the factor from the
    tool's unit to milliseconds.
    """
    for name, canonical in names.items():
        set_statistics(
            run,
            canonical,
            {
                statistic: fields.number(f"{written}_{name}{suffix}")
                for written, statistic in _STATISTICS.items()
            },
            to_ms=to_ms,
        )


def set_statistics(
    run: Run, latency: str, statistics: Mapping[str, float | None], *, to_ms: float = 1.0
) -> None:
    """Set what is not known yet of one latency of a run: ttft, tbt, itl or e2e.

    `statistics` are its `mean`, `p50` and `p99`; `to_ms` is the factor to milliseconds.
    """
    for statistic, value in statistics.items():
        attribute = f"{latency}_{statistic}_ms"
        if value is None or (latency, statistic) == ("itl", "mean"):
            continue
        if getattr(run, attribute) is None:
            setattr(run, attribute, value * to_ms)


def derive_tbt(run: Run, output_lengths: Mapping[str, float | None]) -> None:
    """Set TPOT as (e2e - ttft)/(output length - 1), of means and of medians.

    `output_lengths` are the `mean` and `p50` of the output tokens of a request. Nothing is
    set where one of the three is not known, or where the difference is none.
    """
    for statistic, length in output_lengths.items():
        e2e, ttft = (getattr(run, f"{one}_{statistic}_ms") for one in ("e2e", "ttft"))
        if e2e is None or ttft is None or length is None or length <= 1 or e2e <= ttft:
            continue
        setattr(run, f"tbt_{statistic}_ms", (e2e - ttft) / (length - 1))
        run.tbt_definition = "derived"
