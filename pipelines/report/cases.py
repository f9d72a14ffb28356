"""The cases that the page embeds: those of the table and the charts, and the details of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from pipelines.report import block, details, frontier
from pipelines.report.rows import MAX_TEXT, collect, common_name, cut, labelled, one_name

Scan = Callable[[str], pl.LazyFrame]

#: Verdicts on a case: its plausibility in mart_case_metrics, in words.
VERDICTS = ("impossible", "implausible", "plausible", "not judged")
#: The evidence of a case, whatever its numbers say.
EVIDENCE = (
    "traceable",
    "measured, not traceable",
    "official",
    "estimated",
    "other",
    "no evidence",
)

VERDICT = pl.col("plausibility").str.replace("_", " ", literal=True).alias("verdict")
_TIER = (
    pl.when(pl.col("effective_tier").is_in(["inconsistent", "none"]))
    .then("declared_tier")
    .otherwise("effective_tier")
)
_RESTS_ON = (
    pl.when("is_traceable")
    .then(pl.lit(EVIDENCE[0]))
    .when(_TIER == "measured")
    .then(pl.lit(EVIDENCE[1]))
    .when(_TIER.is_null() | (_TIER == "none"))
    .then(pl.lit(EVIDENCE[5]))
    .when(_TIER.is_in(EVIDENCE[2:4]))
    .then(_TIER)
    .otherwise(pl.lit(EVIDENCE[4]))
    .alias("evidence")
)
_IS_OPEN = pl.col("division").str.strip_chars().str.to_lowercase().eq_missing(pl.lit("open"))

#: Numbers of the table and the charts.
NUMBERS = (
    "card_count",
    "decode_tok_s",
    "decode_roofline_tok_s",
    "roofline_efficiency",
    "decode_mfu",
    "arithmetic_intensity",
    "ridge_point",
    "output_tok_s_per_card",
    "interactivity_tok_s_user",
    "output_tok_s_per_w",
    "prefill_seq_len",
    "decode_seq_len",
    "error_count",
    "warn_count",
    "info_count",
)
_TEXTS = ("quant_id", "engine_name", "engine_version", "source_id", "verdict", "evidence")


#: Columns of mart_case_provenance, some of which are lists.
_LISTS = ("evidence_urls", "raw_data_urls", "evidence_citations")
_PROVENANCE = ("submitter_affiliation", "submitter_github", "source_file", *_LISTS)
_OF_DETAILS = (
    "server_name",
    "declared_tier",
    "effective_tier",
    "tier_reason",
    "compute_precision",
    *_PROVENANCE,
)


def judged(metrics: pl.LazyFrame) -> pl.LazyFrame:
    """mart_case_metrics with verdict and evidence in words."""
    return metrics.with_columns(VERDICT, _RESTS_ON)


def newest(scan: Scan, limit: int) -> pl.DataFrame:
    """Return at most `limit` cases, the newest; the worst come first."""
    metrics, provenance = scan("mart_case_metrics"), scan("mart_case_provenance")
    seen_on = pl.col("first_seen_at").dt.date()
    days = (pl.col(one).cast(pl.String) for one in ("submitted_on", "first_seen_on"))
    kept = collect(
        metrics.select("case_id", "run_at", "submitted_on")
        .join(
            provenance.select("case_id", seen_on.alias("first_seen_on")), on="case_id", how="left"
        )
        .select("case_id", pl.coalesce(pl.col("run_at").str.slice(0, 10), *days).alias("day"))
        .sort("day", "case_id", descending=[True, False], nulls_last=True)
        .head(limit)
    ).lazy()
    from_ = provenance.select("case_id", "catalog_hardware_name", *_PROVENANCE)
    found = (
        judged(metrics)
        .join(kept, on="case_id")
        .join(from_.join(kept, on="case_id", how="semi"), on="case_id", how="left")
        .with_columns(
            pl.col("display_title").alias("title"),
            _IS_OPEN.alias("is_open"),
            labelled("hardware_name", pl.col("catalog_hardware_name")).alias("hardware_name"),
        )
    )
    names = dict.fromkeys(
        ("case_id", "title", "hardware_id", "hardware_name", "model_id", "model_name", "is_open",
         "throughput_scope", "is_traceable", "day", *NUMBERS, *_TEXTS, *details.COLUMNS,
         *_OF_DETAILS)
    )  # fmt: skip
    named = collect(cut(found.select(*names)))
    for name in (common_name, one_name):
        named = named.with_columns(name("hardware"), name("model"))
    return named.sort(
        "error_count",
        "warn_count",
        "roofline_efficiency",
        "case_id",
        descending=[True, True, True, False],
        nulls_last=True,
    )


def first_block(cases: pl.DataFrame) -> dict[str, Any]:
    """Return the columns of every case for the table, the search and the charts."""
    return block.columns(
        cases.select(
            "case_id", "title", "hardware_id", "hardware_name", "model_id", "model_name", "day",
            pl.col("throughput_scope").replace(details.SCOPES).alias("scope"),
            pl.col("is_traceable").cast(pl.Int8),
            pl.col("is_open").cast(pl.Int8),
            *_TEXTS,
            *(pl.col(one).cast(pl.Float64) for one in NUMBERS),
        )
    )  # fmt: skip


def second_block(cases: pl.DataFrame, scan: Scan) -> dict[str, Any]:
    """Return the columns for the panel of a case that the first block lacks."""
    ids = cases.select("case_id")
    facts = details.told(cases, scan("mart_stack_option"))
    standing = frontier.standings(scan("mart_pareto_frontier"), ids)
    facts = facts.join(standing, on="case_id", how="left", maintain_order="left")
    facts = facts.select(one for one in facts.columns if one not in {"case_id", *NUMBERS})
    lists = {name: _lists(cases[name]) for name in _LISTS}
    addresses = sorted({text for texts in lists.values() for one in texts for text in one})
    place = {text: at for at, text in enumerate(addresses)}
    return {
        "facts": block.columns(facts),
        "addresses": addresses,
        "evidence": {
            name: [[place[text] for text in one] for one in texts] for name, texts in lists.items()
        },
        **_findings(scan("mart_case_findings"), ids),
        "compared": _compared(scan("mart_reported_vs_implied"), ids),
    }


def _lists(values: pl.Series) -> list[list[str]]:
    return [[text[:MAX_TEXT] for text in one or [] if text] for one in values.to_list()]


def _numbered(ids: pl.DataFrame) -> pl.LazyFrame:
    return ids.lazy().with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))


def _findings(findings: pl.LazyFrame, ids: pl.DataFrame) -> dict[str, Any]:
    """The findings, each with the position of its case and of its rule."""
    severity = pl.col("severity").replace_strict({"error": 0, "warn": 1, "info": 2}, default=3)
    found = collect(
        cut(
            findings.join(_numbered(ids), on="case_id").select(
                "at",
                "rule_id",
                "severity",
                "rule_title",
                "rule_why",
                "message",
                severity.alias("n"),
            )
        ).sort("at", "n", "rule_id")
    )
    of_rule = ("rule_id", "severity", "rule_title", "rule_why")
    rules = found.select(of_rule).unique().sort(of_rule)
    joined = found.join(rules.with_row_index("rule"), on=of_rule, maintain_order="left")
    return {
        "rules": [list(row[1:]) for row in rules.iter_rows()],
        "findings": block.columns(joined.select("at", pl.col("rule").cast(pl.Int64), "message")),
    }


def _compared(compared: pl.LazyFrame, ids: pl.DataFrame) -> dict[str, Any]:
    """The numbers that cases report, beside those that their other numbers imply."""
    order = list(details.QUANTITIES)
    found = collect(
        compared.filter(pl.col("reported_to_implied") > 0)
        .join(_numbered(ids), on="case_id")
        .select(
            "at",
            pl.col("quantity").replace_strict({one: n for n, one in enumerate(order)}, default=0),
            "unit",
            "reported",
            "implied",
            pl.col("reported_to_implied").alias("ratio"),
            pl.col("verdict").alias("agreement"),
        )
        .sort("at", "quantity")
    )
    return block.columns(found)
