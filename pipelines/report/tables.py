"""The tables behind the report, read from the published marts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.marts.mart_coverage_matrix import COVERAGES
from pipelines.report import block, cases, changes, frontier, history
from pipelines.report.cases import EVIDENCE, VERDICTS
from pipelines.report.rows import Row, collect, count, one_name, rows

#: Rows of a side of the coverage matrix, and of a list of changes.
MAX_SIDE = 40
MAX_CHANGES = 100
#: Cases in the table of a page without its script, and errors at the top of the page.
FIRST_CASES = 40
MAX_ERRORS = 5


@dataclass(frozen=True)
class Tables:
    """Everything on the page except the manifest. The blocks have the cases shown, in order."""

    case_count: int
    shown_count: int
    ids: frozenset[str]
    verdicts: dict[str, int]
    traceable_count: int
    sources: list[Row]
    first: list[Row]
    errors: list[Row]
    hardware: list[tuple[str, str]]
    prices: dict[str, float]
    blocks: dict[str, str]
    counts: dict[str, int]
    pareto_count: dict[str, Any]
    scopes: list[str]
    compared_count: list[Row]
    coverage: list[Row]
    coverage_count: dict[str, int]
    tiers: list[Row]
    claims: list[Row]
    claim_counts: dict[str, int]
    changes: list[Row]
    change_count: int


def read(marts: Path, limit: int) -> Tables:
    """Read the marts; at most `limit` cases are embedded."""

    def scan(mart: str) -> pl.LazyFrame:
        return pl.scan_parquet(marts / f"{mart}.parquet", glob=False)

    metrics = cases.judged(scan("mart_case_metrics"))
    sources = _sources(metrics)
    verdicts = {one: sum(row[one] for row in sources) for one in VERDICTS}
    shown = cases.newest(scan, limit)
    runs = history.read(scan("mart_run_history"), shown)
    implied = scan("mart_reported_vs_implied")
    coverage, coverage_count = _coverage(scan("mart_coverage_matrix"), shown)
    spec_changes, change_count = _spec_changes(scan("mart_spec_change"))
    claims, claim_counts = changes.of_claims(
        scan("mart_case_provenance"),
        scan("mart_case_metrics"),
        scan("mart_case_change"),
        MAX_CHANGES,
    )
    return Tables(
        case_count=sum(verdicts.values()),
        shown_count=shown.height,
        ids=frozenset(shown["case_id"]),
        verdicts=verdicts,
        traceable_count=sum(row[EVIDENCE[0]] for row in sources),
        sources=sources,
        first=shown.head(FIRST_CASES).to_dicts(),
        errors=_errors(shown, scan("mart_case_findings")),
        hardware=sorted(
            shown.select("hardware_id", "hardware_name").unique().iter_rows(),
            key=lambda pair: (pair[1], pair[0]),
        ),
        prices=_prices(scan("mart_best_option")),
        blocks={
            "cases": block.packed(cases.first_block(shown)),
            "details": block.packed(cases.second_block(shown, scan)),
            "history": block.packed(runs),
        },
        counts={**_counts(shown, implied), "configurations": runs["total"]},
        pareto_count=frontier.counts(scan("mart_pareto_frontier")),
        scopes=shown["throughput_scope"].drop_nulls().unique().sort().to_list(),
        compared_count=rows(
            implied.group_by("quantity", "verdict").len().sort("quantity", "verdict")
        ),
        coverage=coverage,
        coverage_count=coverage_count,
        tiers=rows(
            metrics.group_by("declared_tier", "effective_tier")
            .agg(pl.len())
            .sort("len", "declared_tier", "effective_tier", descending=[True, False, False])
        ),
        claims=claims,
        claim_counts=claim_counts,
        changes=spec_changes,
        change_count=change_count,
    )


def _sources(metrics: pl.LazyFrame) -> list[Row]:
    """The number of cases of each source by verdict and, separately, by evidence."""
    return rows(
        metrics.group_by("source_id")
        .agg(
            pl.len(),
            *((pl.col("verdict") == one).sum().alias(one) for one in VERDICTS),
            *((pl.col("evidence") == one).sum().alias(one) for one in EVIDENCE),
        )
        .sort("source_id")
    )


def _counts(shown: pl.DataFrame, implied: pl.LazyFrame) -> dict[str, int]:
    """The number of cases that each chart draws."""
    drawn = {
        "both": [pl.col(axis) > 0 for axis in frontier.PARETO_AXES],
        "efficiency": [pl.col("roofline_efficiency") > 0],
        "energy": [pl.col("output_tok_s_per_w") > 0],
        "roofline": [
            pl.col(one) > 0 for one in ("arithmetic_intensity", "ridge_point", "decode_mfu")
        ],
    }
    found = {name: shown.filter(*needs).height for name, needs in drawn.items()}
    pairs = implied.filter(pl.col("reported_to_implied") > 0)
    of_shown = pairs.join(shown.lazy().select("case_id"), on="case_id", how="semi")
    return found | {"compared": count(of_shown)}


def _prices(options: pl.LazyFrame) -> dict[str, float]:
    """The configured price of a card hour in USD, by hardware that could be ranked."""
    price = options.select("hardware_id", "usd_per_card_hour").drop_nulls().unique()
    return dict(collect(price).sort("hardware_id").iter_rows())


def _errors(shown: pl.DataFrame, findings: pl.LazyFrame) -> list[Row]:
    """The first error of each of the first impossible cases."""
    impossible = shown.filter(pl.col("verdict") == VERDICTS[0]).select("case_id", "title")
    messages = (
        findings.filter(pl.col("severity") == "error")
        .sort("case_id", "rule_id")
        .group_by("case_id", maintain_order=True)
        .agg(pl.col("message").first())
    )
    return rows(
        impossible.lazy().join(messages, on="case_id", maintain_order="left").head(MAX_ERRORS)
    )


def _spec_changes(spec_changes: pl.LazyFrame) -> tuple[list[Row], int]:
    order = ("changed_at", "dimension", "entity_id", "attribute", "version_key")
    newest = spec_changes.sort(order, descending=[True, *[False] * (len(order) - 1)])
    found = [changes.told(change) for change in rows(newest.head(MAX_CHANGES))]
    return found, count(spec_changes)


def _coverage(matrix: pl.LazyFrame, cases_: pl.DataFrame) -> tuple[list[Row], dict[str, int]]:
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
    labels = dict(cases_.select("hardware_id", "hardware_name").unique().iter_rows())
    cells = cells.with_columns(one_name("hardware"), one_name("model")).with_columns(
        pl.col("hardware_id")
        .replace_strict(labels, default=pl.col("hardware_name"), return_dtype=pl.String)
        .alias("hardware_name")
    )
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
