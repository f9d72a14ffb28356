"""The charts, in Altair. Colours are CSS variables, so that one chart serves light and dark.

A specification names its data (`roofline`, `pareto`, …); the page brings each set once.
A chart that would be empty is not made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pipelines.report.details import QUANTITIES, SCOPES, tier_of
from pipelines.report.distributions import (
    COMPARED_KEYS,
    COVERAGE_KEYS,
    LANES,
    PARETO_KEYS,
    TIER_KEYS,
    coverage,
    pareto,
    reported,
    trust,
)
from pipelines.report.frontier import PARETO, PARETO_AXES
from pipelines.report.ranking import efficiency, tokens
from pipelines.report.roofline import by_hardware, one_scale, points
from pipelines.report.rows import Row
from pipelines.report.tables import Tables
from pipelines.report.theme import CONFIG, VERDICT_KEYS, Key

#: The longest title of a mark, of which a case has several; the page has it whole.
_MAX_TITLE = 120
#: Legends by chart: data set, field, and what the field may hold.
LEGENDS: dict[str, tuple[str, str, tuple[Key, ...]]] = {
    "one_scale": ("roofline", "verdict", VERDICT_KEYS),
    "by_hardware": ("roofline", "verdict", VERDICT_KEYS),
    "efficiency": ("efficiency", "verdict", VERDICT_KEYS),
    "tokens": ("tokens", "verdict", tuple(Key(key.name, key.colour) for key in VERDICT_KEYS)),
    "pareto": ("pareto", "standing", PARETO_KEYS),
    "compared": ("compared", "verdict", COMPARED_KEYS),
    "tiers": ("tiers", "tier", TIER_KEYS),
    "coverage": ("coverage", "coverage", COVERAGE_KEYS),
}


def legends(data: dict[str, list[Row]]) -> dict[str, list[Key]]:
    """Return the legend of each chart, with an entry for every mark in it."""
    found = {}
    for name, (source, field, keys) in LEGENDS.items():
        there = {row[field] for row in data.get(source, [])}
        found[name] = [key for key in keys if key.name in there]
    return found


def specs(tables: Tables) -> dict[str, Any]:
    """`charts`: Vega-Lite specifications by name; `data`: the named data sets they share."""
    data = {
        "roofline": points(tables),
        "efficiency": _efficiency(tables),
        "tokens": _of(
            tables.tokens,
            "output_tok_s_per_w",
            "output_tok_s_per_w_system",
            "decode_tok_s_per_w_tdp",
            "decode_tok_s_per_w_server",
        ),
        "pareto": _pareto(tables),
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
    short = {name: [_with_short_title(row) for row in rows] for name, rows in data.items() if rows}
    return {"charts": charts, "data": short}


def _with_short_title(row: Row) -> Row:
    title = row.get("title", "")
    return {**row, "title": f"{title[:_MAX_TITLE]}…"} if len(title) > _MAX_TITLE else row


def _of(rows: Sequence[Row], *metrics: str) -> list[Row]:
    wanted = ("case_id", "title", "verdict", *metrics)
    return [
        {**{name: row[name] for name in wanted}, "throughput": _throughput(row)} for row in rows
    ]


def _throughput(row: Row) -> str:
    """The scope of a throughput in words, with the division that does not compare."""
    scope = SCOPES[row["throughput_scope"]]
    is_open = (row["division"] or "").strip().lower() == "open"
    return f"{scope}, open division" if is_open else scope


def _efficiency(tables: Tables) -> list[Row]:
    """Return a row per case; only the efficiency of decode has an interval."""
    found = []
    for case in tables.efficiency:
        (row,) = _of([case], "roofline_efficiency")
        of_serving = (
            case["throughput_scope"] == "wall" and case["serving_roofline_efficiency"] is not None
        )
        for end in ("low", "high"):
            row[end] = None if of_serving else case[f"decode_roofline_efficiency_{end}"]
        found.append(row)
    return found


def _pareto(tables: Tables) -> list[Row]:
    """Drawn in this order: the frontier lies over what it beats."""
    found = [
        {**row, "throughput": SCOPES[row["throughput_scope"]]}
        for row in tables.pareto
        if all(row[axis] > 0 for axis in PARETO_AXES)
    ]
    return sorted(found, key=lambda row: PARETO.index(row["standing"]), reverse=True)


def _compared(tables: Tables) -> list[Row]:
    titles = {row["case_id"]: row["title"] for row in tables.cases}
    of_quantity = Counter[str]()
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
            "lane": _next_lane(of_quantity, row["quantity"]),
        }
        for row in tables.compared
    ]


def _next_lane(seen: Counter[str], quantity: str) -> int:
    """Return the next lane, by which the cases of a quantity spread over its row."""
    seen[quantity] += 1
    return LANES[(seen[quantity] - 1) % len(LANES)]


def _tiers(tables: Tables) -> list[Row]:
    tiers = [key.name for key in TIER_KEYS]
    counts: dict[tuple[str, int], int] = {}
    for row in tables.tiers:
        for stage in ("declared", "effective"):
            tier = tier_of(row[f"{stage}_tier"])
            order = tiers.index(tier if tier in tiers else "other")
            key = (stage.capitalize(), order)
            counts[key] = counts.get(key, 0) + row["len"]
    return [
        {"stage": stage, "tier": tiers[order], "order": order, "cases": cases}
        for (stage, order), cases in sorted(counts.items())
    ]
