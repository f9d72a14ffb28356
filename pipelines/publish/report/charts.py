"""The charts, in Altair. Colours are CSS variables, so that one chart serves light and dark.

A specification names its data (`roofline`, `pareto`, …); the page brings each set once.
A chart that would be empty is not made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.publish.report.look import CONFIG, VERDICT_KEYS, Key
from pipelines.publish.report.ranking import efficiency, tokens
from pipelines.publish.report.roofline import by_hardware, one_scale, points
from pipelines.publish.report.survey import (
    COMPARED_KEYS,
    COVERAGE_KEYS,
    PARETO_AXES,
    PARETO_KEYS,
    QUANTITIES,
    TIER_KEYS,
    coverage,
    pareto,
    reported,
    trust,
)
from pipelines.publish.report.tables import Row, Tables

LEGENDS: dict[str, tuple[Key, ...]] = {
    "one_scale": VERDICT_KEYS,
    "by_hardware": VERDICT_KEYS,
    "efficiency": VERDICT_KEYS,
    "tokens": tuple(Key(key.name, key.colour) for key in VERDICT_KEYS),
    "pareto": PARETO_KEYS,
    "compared": COMPARED_KEYS,
    "tiers": TIER_KEYS,
    "coverage": COVERAGE_KEYS,
}


def specs(tables: Tables) -> dict[str, Any]:
    """`charts`: Vega-Lite specifications by name; `data`: the named data sets they share."""
    data = {
        "roofline": points(tables),
        "efficiency": _of(tables.efficiency, "decode_roofline_efficiency"),
        "tokens": _of(tables.tokens, "decode_tok_s_per_w"),
        "pareto": [row for row in tables.pareto if all(row[axis] > 0 for axis in PARETO_AXES)],
        "compared": _compared(tables),
        "tiers": _tiers(tables),
        "coverage": tables.coverage,
    }
    makers: dict[str, tuple[str, Callable[[list[Row]], Any]]] = {
        "one_scale": ("roofline", one_scale),
        "by_hardware": ("roofline", lambda rows: by_hardware(rows, tables.roofs)),
        "efficiency": ("efficiency", efficiency),
        "tokens": ("tokens", tokens),
        "pareto": ("pareto", pareto),
        "compared": ("compared", reported),
        "tiers": ("tiers", trust),
        "coverage": ("coverage", coverage),
    }
    charts = {}
    for name, (source, make) in makers.items():
        if data[source]:
            # The browser's tests see whether Vega takes it; the check takes as long as all else.
            spec = make(data[source]).to_dict(validate=False)
            del spec["$schema"]
            charts[name] = {**spec, "config": CONFIG}
    return {"charts": charts, "data": {name: rows for name, rows in data.items() if rows}}


def _of(rows: Sequence[Row], metric: str) -> list[Row]:
    wanted = ("case_id", "title", "verdict")
    return [
        {name: row[name] for name in row if name in wanted or name.startswith(metric)}
        for row in rows
    ]


def _compared(tables: Tables) -> list[Row]:
    titles = {row["case_id"]: row["title"] for row in tables.cases}
    return [
        {
            "case_id": row["case_id"],
            "title": titles[row["case_id"]],
            "quantity": QUANTITIES[row["quantity"]],
            "unit": row["unit"],
            "reported": row["reported"],
            "implied": row["implied"],
            "ratio": row["reported_to_implied"],
            "verdict": row["verdict"],
            # Spreads the cases of a quantity over its row, the same way every time.
            "lane": position % 7,
        }
        for position, row in enumerate(tables.compared)
    ]


def _tiers(tables: Tables) -> list[Row]:
    tiers = [key.name for key in TIER_KEYS]
    counts: dict[tuple[str, int], int] = {}
    for row in tables.tiers:
        for stage in ("declared", "effective"):
            tier = row[f"{stage}_tier"] or "no evidence"
            order = tiers.index(tier if tier in tiers else "other")
            key = (stage.capitalize(), order)
            counts[key] = counts.get(key, 0) + row["len"]
    return [
        {"stage": stage, "tier": tiers[order], "order": order, "cases": cases}
        for (stage, order), cases in sorted(counts.items())
    ]
