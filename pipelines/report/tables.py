"""The tables behind the report, read from the published marts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.marts.mart_coverage_matrix import COVERAGES
from pipelines.report import changes, frontier
from pipelines.report.rows import TITLE, Row, among, collect, count, rows

#: Verdicts on a case: its plausibility in mart_case_metrics, in words.
VERDICTS = ("impossible", "implausible", "plausible", "not judged")
#: Rows of a chart with one row per case, of a side of the coverage matrix, of a list.
MAX_ROWS = 40
MAX_SIDE = 40
MAX_CHANGES = 100

_VERDICT = pl.col("plausibility").str.replace("_", " ", literal=True).alias("verdict")
_IS_OPEN = pl.col("division").str.strip_chars().str.to_lowercase().eq_missing(pl.lit("open"))
#: Plausible cases first: an impossible one holds no record, and neither does one of MLPerf's
#: open division, whose results do not compare.
_RANKED = ((pl.col("plausibility") == "plausible") & ~_IS_OPEN).alias("is_ranked")
#: Which cases are shown, the highest first: page.SELECTION says it in words.
_SELECTION = ("error_count", "warn_count", "roofline_efficiency")
_SEVERITY = pl.col("severity").replace_strict({"error": 0, "warn": 1, "info": 2}, default=3)


@dataclass(frozen=True)
class Tables:
    """Everything on the page but the manifest. `cases` are the cases shown, in their order."""

    case_count: int
    verdicts: dict[str, int]
    traceable_count: int
    cases: list[Row]
    findings: dict[str, list[Row]]
    roofs: list[Row]
    efficiency: list[Row]
    efficiency_count: int
    tokens: list[Row]
    tokens_count: int
    pareto: list[Row]
    pareto_count: dict[str, Any]
    compared: list[Row]
    compared_count: list[Row]
    coverage: list[Row]
    coverage_count: dict[str, int]
    tiers: list[Row]
    changes: list[Row]
    change_count: int


def read(marts: Path, limit: int) -> Tables:
    """Read the marts; at most `limit` cases are shown one by one."""

    def scan(mart: str) -> pl.LazyFrame:
        return pl.scan_parquet(marts / f"{mart}.parquet", glob=False)

    metrics = scan("mart_case_metrics").with_columns(TITLE, _VERDICT, _RANKED)
    verdicts = dict(collect(metrics.group_by("verdict").len()).iter_rows())
    cases = _first(metrics, _SELECTION, limit)
    ids = [row["case_id"] for row in cases]
    efficiency, efficiency_count = _highest(metrics, "roofline_efficiency")
    tokens, tokens_count = _highest(metrics, "output_tok_s_per_w")
    pareto, pareto_count = frontier.read(scan("mart_pareto_frontier"), ids)
    implied = scan("mart_reported_vs_implied")
    coverage, coverage_count = _coverage(scan("mart_coverage_matrix"))
    spec_changes = scan("mart_spec_change")
    order = ("changed_at", "dimension", "entity_id", "attribute", "version_key")
    return Tables(
        case_count=sum(verdicts.values()),
        verdicts={verdict: verdicts.get(verdict, 0) for verdict in VERDICTS},
        traceable_count=count(metrics.filter("is_traceable")),
        cases=cases,
        findings=_findings(scan("mart_case_findings"), ids),
        roofs=_roofs(scan("mart_stack_option"), cases),
        efficiency=efficiency,
        efficiency_count=efficiency_count,
        tokens=tokens,
        tokens_count=tokens_count,
        pareto=pareto,
        pareto_count=pareto_count,
        compared=rows(
            implied.filter(among(ids), pl.col("reported_to_implied") > 0).sort(
                "quantity", "case_id"
            )
        ),
        compared_count=rows(
            implied.group_by("quantity", "verdict").len().sort("quantity", "verdict")
        ),
        coverage=coverage,
        coverage_count=coverage_count,
        tiers=rows(
            metrics.group_by("declared_tier", "effective_tier")
            .agg(pl.len(), pl.col("tier_reason").is_not_null().sum().alias("explained"))
            .sort("len", "declared_tier", "effective_tier", descending=[True, False, False])
        ),
        changes=[
            changes.told(change)
            for change in rows(
                spec_changes.sort(order, descending=[True, *[False] * (len(order) - 1)]).head(
                    MAX_CHANGES
                )
            )
        ],
        change_count=count(spec_changes),
    )


def _first(metrics: pl.LazyFrame, keys: Sequence[str], limit: int) -> list[Row]:
    """Return the first cases: the highest by each key in turn, then by id.

    They are chosen by these columns alone and then read in full.
    """
    order = metrics.select(*keys, "case_id").sort(
        *keys, "case_id", descending=[*[True] * len(keys), False], nulls_last=True
    )
    ids = collect(order.head(limit))["case_id"].to_list()
    found = {row["case_id"]: row for row in rows(metrics.filter(among(ids)))}
    return [found[case_id] for case_id in ids]


def _highest(metrics: pl.LazyFrame, metric: str) -> tuple[list[Row], int]:
    given = metrics.filter(pl.col(metric).is_not_null())
    return _first(given, ["is_ranked", metric], MAX_ROWS), count(given)


def _findings(findings: pl.LazyFrame, ids: Sequence[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {case_id: [] for case_id in ids}
    chosen = findings.filter(among(ids)).sort("case_id", _SEVERITY, "rule_id")
    for row in rows(chosen.select("case_id", "severity", "rule_title", "message", "rule_why")):
        found[row["case_id"]].append(row)
    return found


def _roofs(options: pl.LazyFrame, cases: Sequence[Row]) -> list[Row]:
    """Peak and bandwidth of the hardware and precisions of these cases."""
    keys = ["hardware_id", "compute_precision"]
    wanted = pl.LazyFrame(
        sorted({(row[keys[0]], row[keys[1]]) for row in cases if row[keys[1]] is not None}),
        schema=dict.fromkeys(keys, pl.String),
        orient="row",
    )
    figures = ["hardware_name", "peak_tflops", "memory_bandwidth_gb_s"]
    return rows(
        options.join(wanted, on=keys, how="semi")
        .filter(pl.col("peak_tflops") > 0, pl.col("memory_bandwidth_gb_s") > 0)
        .group_by(keys)
        .agg(pl.col(figures).max())
        .sort(keys)
    )


def _one_name(side: str) -> pl.Expr:
    """The name of an accelerator or model, with its id where several share it."""
    name, id_ = pl.col(f"{side}_name"), pl.col(f"{side}_id")
    return (
        pl.when(id_.n_unique().over(name) > 1)
        .then(pl.format("{} ({})", name, id_))
        .otherwise(name)
        .alias(f"{side}_name")
    )


def _coverage(matrix: pl.LazyFrame) -> tuple[list[Row], dict[str, int]]:
    """Hardware and models with a claim, the most claimed first; every cell between them."""
    counted = {one: f"{one.replace(' ', '_')}_case_count" for one in COVERAGES[:-1]}
    cells = collect(
        matrix.group_by("hardware_id", "hardware_name", "model_id", "model_name").agg(
            pl.col("case_count", *counted.values()).sum()
        )
    ).with_columns(
        pl.coalesce(
            *(
                pl.when(pl.col(name) > 0).then(pl.lit(coverage))
                for coverage, name in counted.items()
            ),
            pl.lit(COVERAGES[-1]),
        ).alias("coverage")
    )
    cells = cells.with_columns(_one_name("hardware"), _one_name("model"))
    claimed = cells.filter(pl.col("case_count") > 0)
    shown = cells
    for side in ("hardware", "model"):
        key = f"{side}_id"
        most = (
            claimed.group_by(key)
            .agg(pl.col("case_count").sum().alias(f"{side}_claims"))
            .sort(f"{side}_claims", key, descending=[True, False])
            .head(MAX_SIDE)
        )
        shown = shown.join(most, on=key, how="inner")
    order = ["hardware_claims", "hardware_id", "model_claims", "model_id"]
    counts = {
        "cells": cells.height,
        "claimed": claimed.height,
        "plausible": cells.filter(pl.col("plausible_case_count") > 0).height,
        "measured": cells.filter(pl.col("measured_case_count") > 0).height,
        "hardware": claimed["hardware_id"].n_unique(),
        "models": claimed["model_id"].n_unique(),
        "all_hardware": cells["hardware_id"].n_unique(),
        "all_models": cells["model_id"].n_unique(),
    }
    return rows(shown.lazy().sort(order, descending=[True, False, True, False])), counts
