"""The charts over many claims: frontier, reported against implied, trust, coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.contracts.marts.mart_coverage_matrix import COVERAGES
from pipelines.report.details import QUANTITIES, SCOPES
from pipelines.report.frontier import PARETO, PARETO_AXES
from pipelines.report.rows import Row
from pipelines.report.theme import Key, Layered, categories, haloed, log, number, text, titled

#: A reported value within this factor of the implied one agrees (mart_reported_vs_implied).
AGREES = 2
#: Places of the marks of a quantity across its row, the middle one first.
LANES = (3, 4, 2, 5, 1, 6, 0)
PARETO_KEYS = (
    Key(PARETO[0], "--accent"),
    Key(PARETO[1], "--plausible", "circle"),
    Key(PARETO[2], "--mute", "circle"),
    Key(PARETO[3], "--other", "triangle-down"),
    Key(PARETO[4], "--mute", "triangle-up"),
    Key(PARETO[5], "--implausible", "diamond"),
    Key(PARETO[6], "--impossible", "cross"),
    Key(PARETO[7], "--mute", "square"),
)
COMPARED_KEYS = (
    Key("agrees", "--plausible", "circle"),
    Key("reported too high", "--impossible", "triangle-up"),
    Key("reported too low", "--implausible", "triangle-down"),
)
TIER_KEYS = (
    Key("measured", "--plausible"),
    Key("official", "--accent"),
    Key("estimated", "--implausible"),
    Key("inconsistent", "--impossible"),
    Key("other", "--other"),
    Key("no result", "--line-strong"),
    Key("no evidence", "--mute"),
)
COVERAGE_KEYS = (
    Key(COVERAGES[0], "--measured"),
    Key(COVERAGES[1], "--claimed"),
    Key(COVERAGES[2], "--mute"),
    Key(COVERAGES[3], "--implausible"),
    Key(COVERAGES[4], "--impossible"),
    Key(COVERAGES[5], "--empty"),
)
#: Width and height of a cell of the coverage matrix.
_CELL = (60, 27)
#: So many marks can be named without names over names.
_FEW = 3
#: So many decades leave no room for ticks between them.
_MANY_DECADES = 7


def pareto(rows: Sequence[Row]) -> Layered:
    """Speed for one user against throughput per card, by standing."""
    titles = ("Speed for one user (tok/s)", "Throughput per card (tok/s)")
    x, y = (
        log(title, [row[name] for row in rows])
        for name, title in zip(PARETO_AXES, titles, strict=True)
    )
    base = alt.Chart(alt.NamedData("pareto")).encode(
        x=alt.X("interactivity_tok_s_user:Q", **x), y=alt.Y("output_tok_s_per_card:Q", **y)
    )
    marks = base.mark_point(filled=True, size=90, opacity=1).encode(
        **categories("standing", PARETO_KEYS),
        tooltip=[
            text("title", "Case"),
            number("interactivity_tok_s_user", "tok/s for one user"),
            number("output_tok_s_per_card", "tok/s per card"),
            text("throughput", "Throughput"),
            text("class_id", "Class"),
            text("standing", "Standing"),
        ],
    )
    frontier = base.transform_filter(alt.datum.standing == PARETO[0])
    # A whole run and its decoding do not compare: each has a frontier of its own.
    line = frontier.mark_line(
        color="var(--accent)", interpolate="step-before", strokeWidth=1.5
    ).encode(
        detail="throughput:N",
        strokeDash=alt.condition(
            alt.datum.throughput == SCOPES["wall"], alt.value([5, 4]), alt.value([1, 0])
        ),
    )
    layers = [line, marks]
    if sum(row["standing"] == PARETO[0] for row in rows) <= _FEW:
        # On the side with more room, and no longer than that is.
        place = "scale('x', datum.interactivity_tok_s_user)"
        layers += haloed(
            titled(frontier),
            align=alt.expr(f"{place} > width / 2 ? 'right' : 'left'"),
            dx=alt.expr(f"{place} > width / 2 ? -10 : 10"),
            limit=alt.expr(f"max({place}, width - {place}) - 14"),
        )
    return alt.layer(*layers).properties(width="container", height=400)


def reported(rows: Sequence[Row]) -> Layered:
    """Reported over implied, by quantity."""
    x = log("Reported ÷ implied (1 is the same)", [*(row["ratio"] for row in rows), 0.4, 2.5])
    low, high = x["scale"].to_dict()["domain"]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    # The edges of the band, and powers of ten beyond.
    x["axis"] = alt.Axis(
        values=[
            *(10.0**power for power in powers if power and 10.0**power >= low),
            *((1 / AGREES, 1, AGREES) if len(powers) < _MANY_DECADES else (1,)),
        ],
        format=",~r",
    )
    y = alt.Y(
        "quantity:N",
        title=None,
        sort=list(QUANTITIES.values()),
        axis=alt.Axis(ticks=False, domain=False),
    )
    marks = (
        alt.Chart(alt.NamedData("compared"))
        .mark_point(filled=True, size=65, opacity=0.85)
        .encode(
            x=alt.X("ratio:Q", **x),
            y=y,
            yOffset=alt.YOffset("lane:O", scale=alt.Scale(domain=sorted(LANES), paddingOuter=1)),
            **categories("verdict", COMPARED_KEYS),
            tooltip=[
                text("title", "Case"),
                text("quantity", "Quantity"),
                number("reported", "Reported"),
                number("implied", "Implied"),
                text("unit", "Unit"),
                text("verdict", "Verdict"),
            ],
        )
    )
    band = alt.Chart(alt.InlineData(values=[{"low": 1 / AGREES, "high": AGREES, "same": 1}]))
    return alt.layer(
        band.mark_rect(color="var(--plausible)", opacity=0.12).encode(
            x=alt.X("low:Q", **x), x2="high:Q"
        ),
        band.mark_rule(color="var(--ink)").encode(x=alt.X("same:Q", **x)),
        marks,
    ).properties(width="container", height=400)


def trust(rows: Sequence[Row]) -> alt.Chart:
    """Cases by declared and by effective tier."""
    total = sum(row["cases"] for row in rows) // 2
    ticks: dict[str, Any] = {"values": list(range(total + 1))} if total < 6 else {"tickCount": 6}
    bars: alt.Chart = (
        alt.Chart(alt.NamedData("tiers"))
        .mark_bar(size=26)
        .encode(
            x=alt.X("cases:Q", title="Cases", axis=alt.Axis(**ticks, format=",d")),
            y=alt.Y("stage:N", title=None, axis=alt.Axis(ticks=False, domain=False)),
            order="order:O",
            tooltip=[
                text("stage", "Stage"),
                text("tier", "Tier"),
                alt.Tooltip("cases:Q", title="Cases", format=",d"),
            ],
            **categories("tier", TIER_KEYS, "color"),
        )
        .properties(width="container", height=92)
    )
    return bars


def coverage(rows: Sequence[Row]) -> Layered:
    """Return the best claim for each hardware and model."""
    bare: dict[str, Any] = {"ticks": False, "domain": False, "labelLimit": 190}
    base = alt.Chart(alt.NamedData("coverage")).encode(
        x=alt.X(
            "model_name:N",
            title=None,
            sort=None,
            axis=alt.Axis(orient="top", labelAngle=-38, **bare),
        ),
        y=alt.Y("hardware_name:N", title=None, sort=None, axis=alt.Axis(**bare)),
    )
    cells = base.mark_rect(stroke="var(--surface)", strokeWidth=2, cornerRadius=3).encode(
        **categories("coverage", COVERAGE_KEYS, "color"),
        tooltip=[
            text("hardware_name", "Hardware"),
            text("model_name", "Model"),
            text("coverage", "Best there is"),
            *(
                alt.Tooltip(f"{field}:Q", title=title, format=",d")
                for field, title in (
                    ("case_count", "Claims"),
                    ("plausible_case_count", "Plausible"),
                    ("measured_case_count", "Measured"),
                )
            ),
        ],
    )
    numbers = (
        base.transform_filter(alt.datum.case_count > 0)
        .mark_text(color="var(--on-colour)")
        .encode(text=alt.Text("case_count:Q", format=",d"))
    )
    return alt.layer(cells, numbers).properties(
        width=alt.Step(_CELL[0]), height=alt.Step(_CELL[1]), autosize="pad"
    )
