"""Small pictures for the Dagster UI: SVG inside Markdown. The report has the large ones."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

_COLOURS = {"error": "#c0392b", "warn": "#b9770e", "info": "#2471a3", "clean": "#1e8449"}
_STYLE = "font-family='sans-serif' font-size='11' fill='#57606a'"


def bars(rows: Sequence[tuple[str, str, int]]) -> str:
    """Horizontal bars of (name, severity, count), as Markdown."""
    most = max((count for _, _, count in rows), default=1)
    drawn = []
    for position, (name, severity, count) in enumerate(rows):
        y = 18 * position
        drawn.append(
            f"<text x='250' y='{y + 12}' text-anchor='end'>{escape(name)}</text>"
            f"<rect x='258' y='{y + 2}' width='{300 * count / most:.1f}' height='13' "
            f"fill='{_COLOURS[severity]}'/>"
            f"<text x='{264 + 300 * count / most:.1f}' y='{y + 12}'>{count:,}</text>"
        )
    return _markdown("findings by rule", 620, 18 * len(rows) + 4, drawn)


def roofline(cases: Sequence[tuple[float, float]]) -> str:
    """Decode on one roofline for all hardware, log-log, as Markdown.

    A case is (MBU, MFU), both above 0. Its intensity as a multiple of the ridge point is
    MFU ÷ MBU, and the roof min(1, intensity): what lies above it needs more than there is.
    """
    width, height, left, below = 560, 330, 64, 40
    first = _decade_below(min((mfu / mbu for mbu, mfu in cases), default=0.1))
    lowest = min(first, _decade_below(min((mfu for _, mfu in cases), default=0.1)))

    def across(intensity: float) -> float:
        return left + _share(math.log10(intensity), first, 1) * (width - left - 16)

    def up(share: float) -> float:
        return height - below - _share(math.log10(share), lowest, 1) * (height - below - 24)

    roof = [(10.0**first, 10.0**first), (1.0, 1.0), (10.0, 1.0)]
    corners = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in roof)
    drawn = [f"<polyline points='{corners}' fill='none' stroke='#57606a' stroke-width='1.5'/>"]
    for exponent in range(first, 2):
        x = across(10.0**exponent)
        drawn.append(
            f"<text x='{x:.1f}' y='{height - 24}' text-anchor='middle'>1e{exponent}</text>"
        )
    for exponent in range(lowest, 1):
        y = up(10.0**exponent)
        drawn.append(
            f"<path d='M{left},{y:.1f}H{width - 16}' stroke='#eaeef2'/>"
            f"<text x='{left - 6}' y='{y + 4:.1f}' text-anchor='end'>1e{exponent}</text>"
        )
    for mbu, mfu in cases:
        colour = _COLOURS["error" if max(mbu, mfu) > 1 else "clean"]
        drawn.append(
            f"<circle cx='{across(mfu / mbu):.1f}' cy='{up(mfu):.1f}' r='4' fill='{colour}' "
            "fill-opacity='0.7'/>"
        )
    drawn.append(
        f"<text x='{width - 16}' y='{height - 6}' text-anchor='end'>"
        "operations per byte ÷ ridge point</text>"
        "<text x='6' y='14'>MFU of decode; red: above the roof</text>"
    )
    return _markdown("roofline of decode", width, height, drawn)


def _decade_below(value: float) -> int:
    return min(-1, math.floor(math.log10(value)))


def _share(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _markdown(name: str, width: int, height: int, drawn: Sequence[str]) -> str:
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
        f"viewBox='0 0 {width} {height}'><rect width='100%' height='100%' fill='#fff'/>"
        f"<g {_STYLE}>{''.join(drawn)}</g></svg>"
    )
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
