"""The charts over many claims: frontier, reported against implied, trust, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.publish.report.look import Key, Layered, categories, log, number, text
from pipelines.publish.report.tables import PARETO, Row

PARETO_AXES = ("interactivity_tok_s_user", "decode_tok_s_per_card")
#: A reported value within this factor of the implied one agrees (mart_reported_vs_implied).
AGREES = 2
QUANTITIES = {
    "memory_bandwidth": "Bandwidth",
    "compute": "Compute",
    "memory": "Memory",
    "concurrency": "Concurrency",
}
PARETO_KEYS = (
    Key(PARETO[0], "--accent"),
    Key(PARETO[1], "--unquestioned", "circle"),
    Key(PARETO[2], "--mute", "circle"),
    Key(PARETO[3], "--implausible", "diamond"),
    Key(PARETO[4], "--impossible", "cross"),
)
COMPARED_KEYS = (
    Key("agrees", "--unquestioned", "circle"),
    Key("reported too high", "--impossible", "triangle-up"),
    Key("reported too low", "--implausible", "triangle-down"),
)
TIER_KEYS = (
    Key("measured", "--unquestioned"),
    Key("official", "--accent"),
    Key("estimated", "--implausible"),
    Key("inconsistent", "--impossible"),
    Key("other", "--claimed"),
    Key("no evidence", "--mute"),
)
COVERAGE_KEYS = (
    Key("measured", "--measured"),
    Key("claimed", "--claimed"),
    Key("impossible claims only", "--impossible"),
    Key("none", "--empty"),
)
#: So many marks can be named without names over names.
_FEW = 3


def pareto(rows: Sequence[Row]) -> Layered:
    """Speed for one user against throughput per card, by standing."""
    titles = ("Speed for one user (tok/s)", "Throughput per card (tok/s)")
    x, y = (
        log(title, [row[name] for row in rows])
        for name, title in zip(PARETO_AXES, titles, strict=True)
    )
    base = alt.Chart(alt.NamedData("pareto")).encode(
        x=alt.X("interactivity_tok_s_user:Q", **x), y=alt.Y("decode_tok_s_per_card:Q", **y)
    )
    marks = base.mark_point(filled=True, size=90, opacity=1).encode(
        **categories("standing", PARETO_KEYS),
        tooltip=[
            text("title", "Case"),
            number("interactivity_tok_s_user", "tok/s for one user"),
            number("decode_tok_s_per_card", "tok/s per card"),
            text("class_id", "Class"),
            text("standing", "Standing"),
        ],
    )
    frontier = base.transform_filter(alt.datum.standing == PARETO[0])
    line = frontier.mark_line(color="var(--accent)", interpolate="step-before", strokeWidth=1.5)
    layers = [line, marks]
    if sum(row["standing"] == PARETO[0] for row in rows) <= _FEW:
        layers.append(
            frontier.mark_text(align="right", dx=-10, limit=240, color="var(--ink)").encode(
                text="title:N"
            )
        )
    return alt.layer(*layers).properties(width="container", height=400)


def reported(rows: Sequence[Row]) -> Layered:
    """Reported over implied, by quantity."""
    x = log("Reported ÷ implied (1 is the same)", [*(row["ratio"] for row in rows), 0.4, 2.5])
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
            yOffset=alt.YOffset("lane:O", scale=alt.Scale(paddingOuter=1)),
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
        band.mark_rect(color="var(--unquestioned)", opacity=0.12).encode(
            x=alt.X("low:Q", **x), x2="high:Q"
        ),
        band.mark_rule(color="var(--ink)").encode(x=alt.X("same:Q", **x)),
        marks,
    ).properties(width="container", height=400)


def trust(rows: Sequence[Row]) -> alt.Chart:
    """Cases by declared and by effective tier."""
    bars: alt.Chart = (
        alt.Chart(alt.NamedData("tiers"))
        .mark_bar(size=26)
        .encode(
            x=alt.X(
                "cases:Q", title="Cases", axis=alt.Axis(tickMinStep=1, tickCount=6, format=",d")
            ),
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
    """The best claim there is, by hardware and model."""
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
                    ("clean_case_count", "Without an error"),
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
        width="container",
        height=27 * len({row["hardware_id"] for row in rows}),
        # The last slanted label leans out to the right.
        padding={"left": 5, "top": 5, "right": 40, "bottom": 5},
    )
