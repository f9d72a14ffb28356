"""The place of each case on the Pareto frontier of all claims and on that of its class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.report.rows import TITLE, Row, among, collect, rows

#: Standings of the cases that take part, then reasons why others do not.
PARETO = (
    "frontier of all",
    "frontier of its class",
    "alone in its class",
    "beaten in its class",
    "in no class",
    "implausible",
    "impossible",
    "not judged",
)
PARETO_AXES = ("interactivity_tok_s_user", "output_tok_s_per_card")


def read(pareto: pl.LazyFrame, ids: Sequence[str]) -> tuple[list[Row], dict[str, Any]]:
    """Return these cases and others on the overall frontier, with their standing; count all.

    Cases that lack one of the two figures have no place and no standing.
    """
    overall = pareto.filter(
        pl.col("scope") == "overall",
        pl.col("is_on_frontier") | among(ids),
        *(pl.col(axis).is_not_null() for axis in PARETO_AXES),
    )
    order = [among(ids), pl.col("is_on_frontier"), pl.col("case_id")]
    chosen = collect(overall.sort(order, descending=[True, True, False]).head(2 * len(ids)))
    of_class = collect(
        pareto.filter(pl.col("scope") == "class", among(chosen["case_id"].to_list())).select(
            "case_id",
            pl.col("contender_count").alias("rivals"),
            pl.col("is_on_frontier").alias("leads"),
            pl.col("left_out_reason").is_null().alias("has_class"),
        )
    )
    joined = chosen.join(of_class, on="case_id", how="left")
    found = joined.lazy().select(
        "case_id", TITLE, "class_id", "throughput_scope", *PARETO_AXES, _standing()
    )
    return rows(found.sort("interactivity_tok_s_user", "case_id")), _counts(pareto)


def _standing() -> pl.Expr:
    return (
        pl.when(pl.col("left_out_reason").is_not_null())
        .then("left_out_reason")
        .when("is_on_frontier")
        .then(pl.lit(PARETO[0]))
        .when(~pl.col("has_class"))
        .then(pl.lit(PARETO[4]))
        .when(pl.col("rivals") == 1)
        .then(pl.lit(PARETO[2]))
        .when("leads")
        .then(pl.lit(PARETO[1]))
        .otherwise(pl.lit(PARETO[3]))
        .alias("standing")
    )


def _counts(pareto: pl.LazyFrame) -> dict[str, Any]:
    takes_part = pl.col("left_out_reason").is_null()
    in_class = pl.col("scope") == "class"
    (found,) = rows(
        pareto.select(
            (~in_class & takes_part).sum().alias("contenders"),
            (~in_class & pl.col("is_on_frontier")).sum().alias("frontier"),
            pl.col("scope_id").filter(~in_class & takes_part).n_unique().alias("scopes"),
            pl.col("scope_id").filter(in_class & takes_part).n_unique().alias("classes"),
            pl.col("scope_id")
            .filter(in_class & takes_part & (pl.col("contender_count") > 1))
            .n_unique()
            .alias("contested"),
        )
    )
    left_out = collect(
        pareto.filter(~in_class, ~takes_part).group_by("left_out_reason").len()
    ).sort("len", "left_out_reason", descending=[True, False])
    return {**found, "left_out": dict(left_out.iter_rows())}
