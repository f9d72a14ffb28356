"""Small pictures for the Dagster UI: SVG inside Markdown. The report has the large ones."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

_COLOURS = {"error": "#c0392b", "warn": "#b9770e", "info": "#2471a3"}
_WITHIN, _ABOVE = "#1e8449", "#c0392b"
_STYLE = "font-family='sans-serif' font-size='11' fill='#57606a'"


def bars(rows: Sequence[tuple[str, str, int]]) -> str:
    """Horizontal bars of (name, severity, count), as Markdown."""
    most = max((count for _, _, count in rows), default=1)
    drawn = []
    for position, (severity, colour) in enumerate(_COLOURS.items()):
        x = 328 + 64 * position
        drawn.append(
            f"<rect x='{x}' y='5' width='11' height='11' fill='{colour}'/>"
            f"<text x='{x + 16}' y='15'>{severity}</text>"
        )
    for position, (name, severity, count) in enumerate(rows, start=1):
        y = 18 * position + 8
        length = 230 * count / most
        drawn.append(
            f"<text x='320' y='{y + 12}' text-anchor='end'>{escape(name)}</text>"
            f"<rect x='328' y='{y + 2}' width='{length:.1f}' height='13' "
            f"fill='{_COLOURS[severity]}'/>"
            f"<text x='{334 + length:.1f}' y='{y + 12}'>{count:,}</text>"
        )
    return _markdown("findings by rule", 620, 18 * len(rows) + 34, drawn)


def roofline(cases: Sequence[tuple[float, float]]) -> str:
    """Decode on one roofline for all hardware, log-log, as Markdown.

    A case is (MBU, MFU), both above 0. Its intensity as a multiple of the ridge point is
    MFU ÷ MBU, and the roof min(1, intensity): what lies above it needs more than there is.
    """
    width, height, left, above, below = 560, 350, 64, 44, 52
    first = _decade_below(min((mfu / mbu for mbu, mfu in cases), default=0.1))
    lowest = min(first, _decade_below(min((mfu for _, mfu in cases), default=0.1)))

    def across(intensity: float) -> float:
        return left + _share(math.log10(intensity), first, 1) * (width - left - 16)

    def up(share: float) -> float:
        return height - below - _share(math.log10(share), lowest, 1) * (height - below - above)

    roof = [(10.0**first, 10.0**first), (1.0, 1.0), (10.0, 1.0)]
    corners = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in roof)
    drawn = [f"<polyline points='{corners}' fill='none' stroke='#57606a' stroke-width='1.5'/>"]
    for exponent in range(first, 2):
        x = across(10.0**exponent)
        drawn.append(
            f"<text x='{x:.1f}' y='{height - below + 22}' text-anchor='middle'>"
            f"{_power(exponent)}</text>"
        )
    for exponent in range(lowest, 1):
        y = up(10.0**exponent)
        drawn.append(
            f"<path d='M{left},{y:.1f}H{width - 16}' stroke='#eaeef2'/>"
            f"<text x='{left - 6}' y='{y + 4:.1f}' text-anchor='end'>{_power(exponent)}</text>"
        )
    drawn += [_mark(across(mfu / mbu), up(mfu), max(mbu, mfu) > 1) for mbu, mfu in cases]
    drawn += [
        f"<text x='{width - 16}' y='{height - 8}' text-anchor='end'>"
        "operations per byte ÷ ridge point</text>",
        "<text x='6' y='18'>MFU of decode</text>",
        *(_mark(x, 14, is_above) for x, is_above in ((260, False), (400, True))),
        "<text x='270' y='18'>below the roof</text><text x='410' y='18'>above the roof</text>",
    ]
    return _markdown("roofline of decode", width, height, drawn)


def _mark(x: float, y: float, is_above: bool) -> str:
    """A case: a disc, and above the roof a triangle, for whom the colours are the same."""
    if not is_above:
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{_WITHIN}' fill-opacity='0.7'/>"
    return f"<path d='M{x:.1f},{y - 6:.1f}l5.5,10h-11z' fill='{_ABOVE}' fill-opacity='0.85'/>"


def _power(exponent: int) -> str:
    """A power of ten as a number: 0.001, 10."""
    return f"{10.0**exponent:.{max(0, -exponent)}f}"


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
