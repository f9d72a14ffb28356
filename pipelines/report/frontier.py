"""Where each case stands on the Pareto frontier of all claims and on that of its class."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.report.rows import TITLE, Row, among, collect, rows

PARETO = (
    "frontier of all",
    "frontier of its class",
    "alone in its class",
    "beaten in its class",
    "impossible",
)
PARETO_AXES = ("interactivity_tok_s_user", "decode_tok_s_per_card")


def read(pareto: pl.LazyFrame, ids: Sequence[str]) -> tuple[list[Row], dict[str, int]]:
    """These cases, and others on the frontier of all, with their standing; counts over all."""
    overall = pareto.filter(pl.col("scope") == "overall").filter(
        pl.col("is_on_frontier") | among(ids)
    )
    order = [among(ids), pl.col("is_on_frontier"), pl.col("case_id")]
    chosen = collect(overall.sort(order, descending=[True, True, False]).head(2 * len(ids)))
    of_class = collect(
        pareto.filter(pl.col("scope") == "class", among(chosen["case_id"].to_list())).select(
            "case_id",
            pl.col("contender_count").alias("rivals"),
            pl.col("is_on_frontier").alias("leads"),
        )
    )
    joined = chosen.join(of_class, on="case_id", how="left")
    found = joined.lazy().select("case_id", TITLE, "class_id", *PARETO_AXES, _standing())
    return rows(found.sort("interactivity_tok_s_user", "case_id")), _counts(pareto)


def _standing() -> pl.Expr:
    return (
        pl.when("is_impossible")
        .then(pl.lit(PARETO[4]))
        .when("is_on_frontier")
        .then(pl.lit(PARETO[0]))
        .when(pl.col("rivals") == 1)
        .then(pl.lit(PARETO[2]))
        .when("leads")
        .then(pl.lit(PARETO[1]))
        .otherwise(pl.lit(PARETO[3]))
        .alias("standing")
    )


def _counts(pareto: pl.LazyFrame) -> dict[str, int]:
    takes_part = ~pl.col("is_impossible")
    in_class = pl.col("scope") == "class"
    return rows(
        pareto.select(
            (~in_class & takes_part).sum().alias("contenders"),
            (~in_class & pl.col("is_on_frontier")).sum().alias("frontier"),
            pl.col("scope_id").filter(in_class & takes_part).n_unique().alias("classes"),
            pl.col("scope_id")
            .filter(in_class & takes_part & (pl.col("contender_count") > 1))
            .n_unique()
            .alias("contested"),
        )
    )[0]
