"""The charts with one row per case: efficiency with its interval, tokens per joule."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from pipelines.report.rows import Row
from pipelines.report.theme import Layered, haloed, linear, number, text, verdict

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
    """The case above its mark, so that a phone has the whole width for both."""
    label = base.encode(x=alt.value(0), text="title:N")
    return haloed(label, align="left", dy=-14, limit=alt.expr("width"))


def efficiency(rows: Sequence[Row]) -> Layered:
    """Decode efficiency, the highest first; a line marks the roof."""
    highest = max(row["decode_roofline_efficiency_high"] for row in rows)
    edge = f"; beyond {MAX_EFFICIENCY}: at the edge" if highest > MAX_EFFICIENCY else ""
    x = linear(
        f"Share of the decode roofline (1 is the roof{edge})",
        max(1.1, min(1.03 * highest, MAX_EFFICIENCY)),
    )
    base = _rows_of("efficiency").encode(
        tooltip=[
            text("title", "Case"),
            number("decode_roofline_efficiency", "Efficiency"),
            number("decode_roofline_efficiency_low", "Low end"),
            number("decode_roofline_efficiency_high", "High end"),
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
    interval = base.mark_rule(strokeWidth=5, opacity=0.35, strokeCap="round").encode(
        x=alt.X("decode_roofline_efficiency_low:Q", **x),
        x2="decode_roofline_efficiency_high:Q",
        **verdict("color"),
    )
    mark = base.mark_point(filled=True, size=75, opacity=1).encode(
        x=alt.X("decode_roofline_efficiency:Q", **x), **verdict()
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
    highest = max(row["decode_tok_s_per_w"] for row in rows) or 1
    x = linear("Tokens per joule (tok/s per W of the cards)", 1.15 * highest)
    base = _rows_of("tokens").encode(
        tooltip=[
            text("title", "Case"),
            number("decode_tok_s_per_w", "Tokens per joule"),
            number("decode_tok_s_per_w_tdp", "At TDP"),
            number("decode_tok_s_per_w_server", "At the server's power"),
            text("verdict", "Verdict"),
        ]
    )
    place = alt.X("decode_tok_s_per_w:Q", **x)
    figure = base.mark_text(align="left", dx=6).encode(
        x=place, text=alt.Text("decode_tok_s_per_w:Q", format=",.3~r")
    )
    return alt.layer(
        *_labels(base),
        base.mark_bar(size=9, cornerRadiusEnd=2).encode(x=place, **verdict("color")),
        figure,
    ).properties(width="container", height=_ROW * len(rows))
