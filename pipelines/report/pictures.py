"""Small pictures for the Dagster UI, as SVG: the findings by rule, and decode under one roof.

They have a white background, so that they look the same in a light and in a dark UI. Colours also
differ in lightness, and shapes or words repeat their meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

#: The severities of findings, the worst first, with the colour of their bars.
SEVERITIES = {"error": "#a3160c", "warn": "#e8a200", "info": "#6f9ed1"}
_BELOW, _ABOVE = "#2c6fb0", "#a3160c"
_INK, _SOFT, _LINE = "#1f2328", "#59636e", "#d9dee3"

_CONFIG: dict[str, Any] = {
    "background": "white",
    "padding": 12,
    "font": "sans-serif",
    "view": {"stroke": None},
    "mark": {"aria": False},
    "axis": {
        "aria": False,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": _SOFT,
        "titleColor": _SOFT,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelPadding": 6,
        "labelFlush": False,
        "gridColor": _LINE,
        "domainColor": _LINE,
        "tickColor": _LINE,
    },
    "title": {"fontSize": 13, "color": _INK, "anchor": "start", "offset": 10, "aria": False},
}

#: The roofline shows this range; values beyond it are drawn at its edge.
_LOWEST, _HIGHEST = 1e-6, 1e2
#: From this many cases on, marks are small and may overlap.
_MANY = 200

#: Shares of the roof that have a line; the first is the roof itself.
_SHARES = (1, 0.1, 0.01)

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart
Domain = tuple[float, float]
#: The channels x and y.
Place = dict[str, Any]
Point = dict[str, Any]


def bars(rows: Sequence[tuple[str, str, int]]) -> str:
    """Horizontal bars of (name, severity, count), in a block for each severity with findings."""
    bars_: list[Point] = []
    headings: list[Point] = []
    for severity in SEVERITIES:
        block = [row for row in rows if row[1] == severity]
        if block:
            total = sum(count for *_, count in block)
            place = len(bars_) + len(headings)
            headings.append({"place": place, "text": f"{severity} ({total:,})"})
            bars_ += [
                {"place": place + line, "name": name, "severity": severity, "count": count}
                for line, (name, _, count) in enumerate(block, start=1)
            ]
    if not bars_:
        return _svg(_words("no findings"))
    return _svg(_blocks(bars_, headings).properties(width=240, height={"step": 21}))


def _blocks(bars_: list[Point], headings: list[Point]) -> Drawing:
    """One line for each heading and each bar; the name is to the left of the bar."""
    longest = max(bar["count"] for bar in bars_)
    severity = alt.Scale(domain=list(SEVERITIES), range=list(SEVERITIES.values()))
    line = alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0.28, paddingOuter=0))
    length = alt.X("count:Q", axis=None, scale=alt.Scale(domain=[0, longest], nice=False))
    base = alt.Chart(alt.InlineData(values=bars_)).encode(y=line)
    bar = base.encode(x=length)
    heading = alt.Chart(alt.InlineData(values=headings)).encode(y=line, text="text:N")
    text: dict[str, Any] = {"fontSize": 12, "color": _INK}
    return alt.layer(
        bar.mark_bar().encode(color=alt.Color("severity:N", scale=severity, legend=None)),
        bar.mark_text(align="left", dx=6, **text).encode(text=alt.Text("count:Q", format=",")),
        base.mark_text(align="right", x=-8, limit=300, **text).encode(text="name:N"),
        heading.mark_text(align="left", x=-300, dy=2, fontWeight="bold", **text),
    )


def roofline(cases: Sequence[tuple[float, float]]) -> str:
    """Decode on one roofline for all hardware, log-log.

    A case is (MBU, MFU), both above 0. Its intensity as a multiple of the ridge point is
    MFU ÷ MBU. The roof is min(1, intensity); a case above it needs more than the hardware has.
    """
    points = [
        {"x": _within(mfu / mbu), "y": _within(mfu), "is_above": max(mbu, mfu) > 1}
        for mbu, mfu in cases
    ]
    x = _domain([point["x"] for point in points], 0.1, 10)
    y = _domain([point["y"] for point in points], 0.001, 3)
    place = {
        "x": _log("x", "operations per byte ÷ ridge point", x, ",~r"),
        "y": _log("y", "MFU of decode", y, ",~%"),
    }
    layers = [
        _impossible(x, y, place),
        _roofs(x, y, place),
        *_words_on(x, y, place),
        _marks(points, place),
    ]
    return _svg(alt.layer(*layers).properties(width=480, height=320))


def _domain(values: Sequence[float], low: float, high: float) -> Domain:
    """Return a range of whole decades that contains the values, `low` and `high`."""
    most = max([high, *(1.5 * value for value in values)])
    return 10.0 ** math.floor(math.log10(min([low, *values]))), most


def _within(value: float) -> float:
    return min(max(value, _LOWEST), _HIGHEST)


def _log(field: str, title: str, domain: Domain, number: str) -> Any:
    channel = alt.X if field == "x" else alt.Y
    first, last = math.floor(math.log10(domain[0])), math.floor(math.log10(domain[1]))
    return channel(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(type="log", domain=list(domain), nice=False),
        axis=alt.Axis(values=[10.0**power for power in range(first, last + 1)], format=number),
    )


def _roof(share: float, x: Domain, y: Domain) -> list[Point]:
    """The line of a share of the roof, within the picture."""
    first = max(x[0], y[0] / share)
    return [{"x": at, "y": share * min(1, at)} for at in (first, 1, x[1]) if at >= first]


def _impossible(x: Domain, y: Domain, place: Place) -> alt.Chart:
    """The part above the roof."""
    roof = _roof(1, x, y)
    foot = [{"x": x[0], "y": roof[0]["y"]}, *roof]
    chart = alt.Chart(alt.InlineData(values=foot)).encode(y2=alt.datum(y[1]), **place)
    drawn: alt.Chart = chart.mark_area(color=_ABOVE, opacity=0.07)
    return drawn


def _roofs(x: Domain, y: Domain, place: Place) -> alt.Chart:
    """The roof, and two shares of it."""
    values = [{**point, "share": share} for share in _SHARES for point in _roof(share, x, y)]
    is_roof = alt.datum.share == 1
    chart = alt.Chart(alt.InlineData(values=values)).encode(
        detail="share:N",
        color=alt.condition(is_roof, alt.value(_INK), alt.value(_SOFT)),
        strokeWidth=alt.condition(is_roof, alt.value(2), alt.value(1)),
        strokeDash=alt.condition(is_roof, alt.value([1, 0]), alt.value([4, 4])),
        **place,
    )
    drawn: alt.Chart = chart.mark_line()
    return drawn


def _words_on(x: Domain, y: Domain, place: Place) -> list[alt.Chart]:
    """Describe the parts of the picture."""
    top, foot = y[1] / 1.9, y[0] * 1.3
    to_the_left: list[Point] = [
        {"x": 0.9, "y": foot, "text": "← memory-bound"},
        *(
            {"x": x[1], "y": share * 1.1, "text": f"{share:.0%} of the roof"}
            for share in _SHARES[1:]
        ),
    ]
    to_the_right: list[Point] = [
        {"x": 1.1, "y": foot, "text": "compute-bound →"},
        {"x": x[0] * 1.25, "y": top, "text": "more than the hardware can do"},
    ]
    style: dict[str, Any] = {"fontSize": 11, "baseline": "bottom", "color": _SOFT}
    left, right = (
        alt.Chart(alt.InlineData(values=values)).encode(text="text:N", **place)
        for values in (to_the_left, to_the_right)
    )
    return [left.mark_text(align="right", **style), right.mark_text(align="left", **style)]


def _marks(points: list[Point], place: Place) -> alt.Chart:
    """The cases; the legend counts them."""
    count = sum(point["is_above"] for point in points)
    names = [f"under the roof ({len(points) - count:,})", f"above the roof ({count:,})"]
    values = [{**point, "where": names[point["is_above"]]} for point in points]
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", labelFontSize=12, symbolSize=90
    )
    apart: dict[str, Any] = {"opacity": 0.85, "stroke": "white", "strokeWidth": 0.8}
    style, sizes = (apart, [70, 110]) if len(points) < _MANY else ({"opacity": 0.6}, [24, 38])
    chart = alt.Chart(alt.InlineData(values=values)).encode(
        color=alt.Color(
            "where:N", scale=alt.Scale(domain=names, range=[_BELOW, _ABOVE]), legend=legend
        ),
        shape=alt.Shape("where:N", scale=alt.Scale(domain=names, range=["circle", "triangle-up"])),
        size=alt.Size("where:N", scale=alt.Scale(domain=names, range=sizes), legend=None),
        **place,
    )
    drawn: alt.Chart = chart.mark_point(filled=True, **style)
    return drawn


def _words(text: str) -> alt.Chart:
    chart = alt.Chart(alt.InlineData(values=[{"text": text}])).encode(text="text:N")
    drawn: alt.Chart = chart.mark_text(fontSize=12, color=_SOFT).properties(width=200, height=40)
    return drawn


def _svg(chart: Drawing) -> str:
    spec = chart.to_dict(validate=False)  # a test draws all of them
    svg = vl_convert.vegalite_to_svg({**spec, "config": _CONFIG})
    return _PLACE.sub(_rounded, svg)


#: Where Vega puts a mark.
_PLACE = re.compile(r"translate\((-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)\)")


def _rounded(place: re.Match[str]) -> str:
    """Round a position to a hundredth of a pixel, which keeps a picture of many marks small."""
    x, y = (round(float(number), 2) for number in place.groups())
    return f"translate({x:g},{y:g})"
