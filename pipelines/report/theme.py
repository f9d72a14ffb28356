"""The common theme of the charts: colours, axes, legends, type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from pipelines.report.details import SCOPES
from pipelines.report.tables import VERDICTS

Layered = alt.LayerChart | alt.FacetChart

FONT = (
    "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'PingFang SC', "
    "'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
)
FONT_SIZE = 12
_TEXT = {"labelFontSize": FONT_SIZE, "titleFontSize": FONT_SIZE}
CONFIG: dict[str, Any] = {
    # The figure around a chart says what it shows; hundreds of labelled marks say less.
    "mark": {"aria": False},
    "autosize": {"type": "fit-x", "contains": "padding"},
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "text": {"color": "var(--ink-soft)", "fontSize": FONT_SIZE},
    "axis": {
        "aria": False,
        **_TEXT,
        "labelColor": "var(--ink-soft)",
        "titleColor": "var(--ink-soft)",
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "labelPadding": 6,
        "gridColor": "var(--line)",
        "domainColor": "var(--line-strong)",
        "tickColor": "var(--line-strong)",
    },
}


@dataclass(frozen=True)
class Key:
    """An entry of a legend; the page draws legends, since Vega's own clip long labels."""

    name: str
    colour: str
    shape: str = "square"


VERDICT_KEYS = (
    Key(VERDICTS[0], "--impossible", "cross"),
    Key(VERDICTS[1], "--implausible", "diamond"),
    Key(VERDICTS[2], "--plausible", "circle"),
    Key(VERDICTS[3], "--mute", "square"),
)
#: A log axis that spans more has ticks at powers of ten only.
_DECADES = 300


def categories(field: str, keys: Sequence[Key], *channels: str) -> dict[str, Any]:
    """Colour and shape (or those of them that are named) of a category."""
    names = [key.name for key in keys]
    colours = alt.Scale(domain=names, range=[f"var({key.colour})" for key in keys])
    shapes = alt.Scale(domain=names, range=[key.shape for key in keys])
    found = {
        "color": alt.Color(f"{field}:N", scale=colours, legend=None),
        "shape": alt.Shape(f"{field}:N", scale=shapes, legend=None),
    }
    return {name: found[name] for name in channels or found}


def verdict(*channels: str) -> dict[str, Any]:
    """Colour and shape (or those of them that are named) by verdict."""
    return categories("verdict", VERDICT_KEYS, *channels)


def linear(title: str, highest: float) -> dict[str, Any]:
    """A linear position from 0 on; values beyond are drawn at the edge."""
    return {
        "title": title,
        "scale": alt.Scale(domain=[0, highest], clamp=True, nice=False),
        "axis": alt.Axis(tickCount=6, format=",~r"),
    }


def log(title: str, values: Iterable[float]) -> dict[str, Any]:
    """A logarithmic position with some room around the values, all above 0."""
    found = list(values)
    low, high = min(found) / 1.6, max(found) * 1.6
    if high < 10 * low:  # one tick says nothing: a decade has three
        middle = math.sqrt(low) * math.sqrt(high)
        low, high = middle / math.sqrt(10), middle * math.sqrt(10)
    steps = (1,) if high / low > _DECADES else (1, 2, 5)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    ticks = [step * 10.0**power for power in powers for step in steps]
    return {
        "title": title,
        "scale": alt.Scale(type="log", domain=[low, high], nice=False),
        "axis": alt.Axis(values=[tick for tick in ticks if low <= tick <= high], format=",~r"),
    }


def number(field: str, title: str) -> alt.Tooltip:
    """A number in a tooltip."""
    return alt.Tooltip(f"{field}:Q", title=title, format=",.3~r")


def text(field: str, title: str) -> alt.Tooltip:
    """A text in a tooltip."""
    return alt.Tooltip(f"{field}:N", title=title)


def titled(base: alt.Chart) -> alt.Chart:
    """The title of a case as text, after what its throughput is if that is not of decoding."""
    scope = f"datum.throughput === '{SCOPES['phase']}' ? '' : datum.throughput + ': '"
    label: alt.Chart = base.transform_calculate(label=f"({scope}) + datum.title")
    return label.encode(text="label:N")


def haloed(base: alt.Chart, **style: Any) -> list[alt.Chart]:
    """A text with a halo, readable on top of lines."""
    halo: dict[str, Any] = {"stroke": "var(--surface)", "strokeWidth": 4, "strokeJoin": "round"}
    return [base.mark_text(**style, **halo), base.mark_text(**style, color="var(--ink)")]
