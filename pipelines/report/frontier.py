"""The place of each case on the Pareto frontiers of all claims and of its class."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report.rows import collect, rows

#: Standings of the cases that take part, then the reasons why others do not.
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


def standings(pareto: pl.LazyFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the class and the standing of these cases: columns case_id, standing, class_id.

    Cases that lack one of the two figures have no standing.
    """
    chosen = pareto.join(ids.lazy(), on="case_id", how="semi")
    of_class = chosen.filter(pl.col("scope") == "class").select(
        "case_id",
        pl.col("contender_count").alias("rivals"),
        pl.col("is_on_frontier").alias("leads"),
        pl.col("left_out_reason").is_null().alias("has_class"),
    )
    overall = chosen.filter(
        pl.col("scope") == "overall", *(pl.col(axis) > 0 for axis in PARETO_AXES)
    )
    return collect(
        overall.join(of_class, on="case_id", how="left").select("case_id", _standing(), "class_id")
    )


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


def counts(pareto: pl.LazyFrame) -> dict[str, Any]:
    """Count the claims that take part, the classes, and the claims that are left out."""
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
