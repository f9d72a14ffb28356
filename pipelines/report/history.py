"""Configurations with more than one run, and their runs."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report import block
from pipelines.report.rows import collect, cut

#: Configurations on the page: those with the newest runs.
MAX_CONFIGURATIONS = 200
#: Runs of one configuration on the page: the newest.
MAX_RUNS = 200


def read(history: pl.LazyFrame, cases: pl.DataFrame) -> dict[str, Any]:
    """Return the runs by column, and the label of each configuration.

    Runs of a configuration share the source, the scope of the throughput and the division. `case`
    is the position of the run among the cases.
    """
    keys = ["source_id", "configuration_key", "throughput_scope", "division"]
    place = cases.select(
        "case_id",
        pl.int_range(pl.len()).alias("case"),
        pl.format("{} on {} × {}", "model_name", "card_count", "hardware_name").alias("what"),
    )
    runs = history.join(place.lazy(), on="case_id").with_columns(
        pl.len().over(keys).alias("runs"), pl.col("ordered_at").max().over(keys).alias("newest")
    )
    repeated = collect(
        cut(
            runs.filter(pl.col("runs") > 1, pl.col("ordered_at").is_not_null()).select(
                *keys, "case", "what", "newest", "ordered_at", "run_number", "quant_id",
                "engine_id", "engine_version", "tool_version", "source_format", "prefill_seq_len",
                "decode_seq_len", "max_concurrent_requests", "decode_tok_s", "ttft_p50_ms",
                "tbt_p50_ms", "decode_tok_s_change", "ttft_change", "tbt_change", "is_regression",
            )
        ).sort("ordered_at", "run_number", *keys, descending=[True, True, *[False] * len(keys)])
    )  # fmt: skip
    configurations = (
        repeated.group_by(keys)
        .agg(pl.col("newest", "what", "quant_id", "engine_id", "prefill_seq_len",
                    "decode_seq_len", "max_concurrent_requests").first(), pl.len())
        .filter(pl.col("len") > 1)
        .sort("newest", *keys, descending=[True, *[False] * len(keys)], nulls_last=True)
    )  # fmt: skip
    total = configurations.height
    configurations = configurations.head(MAX_CONFIGURATIONS).with_row_index("configuration")
    kept = (
        repeated.join(configurations.select("configuration", *keys), on=keys, nulls_equal=True)
        .sort("configuration", "ordered_at", "run_number", descending=[False, True, True])
        .group_by("configuration", maintain_order=True)
        .head(MAX_RUNS)
        .sort("configuration", "ordered_at", "run_number")
    )
    return {
        "total": total,
        "labels": [_label(row) for row in configurations.iter_rows(named=True)],
        "runs": block.columns(
            kept.select(
                pl.col("configuration", "case").cast(pl.Int64), pl.col("ordered_at").str.head(19),
                pl.format("{} {}", pl.col("source_format").fill_null("feed"),
                          pl.col("tool_version").fill_null("(no version)")).alias("tool"),
                pl.format("{} {}", "engine_id", pl.col("engine_version").fill_null("(no version)"))
                .alias("engine"),
                pl.col("is_regression").cast(pl.Int8), "decode_tok_s", "ttft_p50_ms", "tbt_p50_ms",
                "decode_tok_s_change", "ttft_change", "tbt_change",
            )
        ),
    }  # fmt: skip


def _label(row: dict[str, Any]) -> str:
    lengths = [row["prefill_seq_len"], row["decode_seq_len"]]
    parts = [row["what"], row["engine_id"], row["quant_id"]]
    if None not in lengths:
        parts.append(f"{lengths[0]:,.0f} → {lengths[1]:,.0f} tokens")
    if row["max_concurrent_requests"] is not None:
        parts.append(f"{row['max_concurrent_requests']:,} at once")
    if row["division"]:
        parts.append(row["division"])
    return ", ".join(str(part) for part in parts if part)
