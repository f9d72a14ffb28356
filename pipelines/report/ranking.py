"""The charts with one row per case: efficiency with its interval, tokens per joule.

Plausible cases come first, so that no other case leads.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from pipelines.report.rows import Row
from pipelines.report.theme import Layered, haloed, linear, number, text, titled, verdict

#: Efficiencies beyond are drawn at the edge: one absurd claim must not flatten all others.
MAX_EFFICIENCY = 4
#: Height of a row with a case above its mark.
_ROW = 40
#: Length of the piece of the roof in a row.
_ROOF = 20


def _rows_of(name: str) -> alt.Chart:
    y = alt.Y("case_id:N", sort=None, axis=None, scale=alt.Scale(paddingOuter=0.2))
    return alt.Chart(alt.NamedData(name)).encode(y=y)


def _labels(base: alt.Chart) -> list[alt.Chart]:
    """Return labels above the marks, so that both have the whole width of a phone."""
    label = titled(base).encode(x=alt.value(0))
    return haloed(label, align="left", dy=-14, limit=alt.expr("width"))


def efficiency(rows: Sequence[Row]) -> Layered:
    """Roofline efficiency, the highest first; a line marks the roof."""
    highest = max(row["high"] or row["roofline_efficiency"] for row in rows)
    edge = f"; beyond {MAX_EFFICIENCY}: at the edge" if highest > MAX_EFFICIENCY else ""
    x = linear(
        f"Share of the roofline (1 is the roof{edge})",
        max(1.1, min(1.03 * highest, MAX_EFFICIENCY)),
    )
    base = _rows_of("efficiency").encode(
        tooltip=[
            text("title", "Case"),
            number("roofline_efficiency", "Efficiency"),
            number("low", "Low end"),
            number("high", "High end"),
            text("throughput", "Throughput"),
            text("verdict", "Verdict"),
        ]
    )
    # Beside each mark, not across the cases above them.
    roof = (
        _rows_of("efficiency")
        .mark_tick(color="var(--ink)", thickness=1.5, size=_ROOF, yOffset=3)
        .encode(x=alt.X("roof:Q", **x))
        .transform_calculate(roof="1")
    )
    interval = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round")
        .encode(x=alt.X("low:Q", **x), x2="high:Q", **verdict("color"))
    )
    mark = base.mark_point(filled=True, size=75, opacity=1).encode(
        x=alt.X("roofline_efficiency:Q", **x), **verdict()
    )
    return alt.layer(
        roof,
        *_labels(base),
        interval,
        mark,
    ).properties(width="container", height=_ROW * len(rows))


def tokens(rows: Sequence[Row]) -> Layered:
    """Tokens per joule, the highest first."""
    # Room to the right of the longest bar for its number.
    highest = max(row["output_tok_s_per_w"] for row in rows) or 1
    x = linear("Tokens per joule (tok/s per W of all cards)", 1.15 * highest)
    base = _rows_of("tokens").encode(
        tooltip=[
            text("title", "Case"),
            number("output_tok_s_per_w", "Tokens per joule"),
            number("output_tok_s_per_w_system", "By the system's measured power"),
            number("decode_tok_s_per_w_tdp", "Decode cards at TDP"),
            number("decode_tok_s_per_w_server", "Decode cards at the server's power"),
            text("throughput", "Throughput"),
            text("verdict", "Verdict"),
        ]
    )
    place = alt.X("output_tok_s_per_w:Q", **x)
    figure = base.mark_text(align="left", dx=6).encode(
        x=place, text=alt.Text("output_tok_s_per_w:Q", format=",.3~r")
    )
    return alt.layer(
        *_labels(base),
        base.mark_bar(size=9, cornerRadiusEnd=2).encode(x=place, **verdict("color")),
        figure,
    ).properties(width="container", height=_ROW * len(rows))
