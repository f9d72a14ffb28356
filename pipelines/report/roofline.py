"""The roofline charts: every case under one roof, and the roofs of each hardware.

The intensity and the utilization are those of the marts, so that the distance to the
roof is the efficiency: mfu / min(1, intensity / ridge) = decode_roofline_efficiency.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.report.details import SCOPES
from pipelines.report.rows import Row
from pipelines.report.tables import Tables
from pipelines.report.theme import Layered, haloed, log, number, text, verdict

#: Guides parallel to the roof, as a share of it.
SHARES = {1: "the roof", 0.1: "10 % of it", 0.01: "1 %"}
_CHOSEN = "hardware === '' || datum.hardware_id === hardware"
_HEIGHT = 420
#: From so many on, the roofs are ground and not figure.
_MANY_ROOFS = 5


def points(tables: Tables) -> list[Row]:
    """Return the cases that have a place under a roof."""
    roofs = {(roof["hardware_id"], roof["compute_precision"]): roof for roof in tables.roofs}
    found = []
    for row in tables.cases:
        roof = roofs.get((row["hardware_id"], row["compute_precision"]))
        intensity, ridge, mfu = row["arithmetic_intensity"], row["ridge_point"], row["decode_mfu"]
        if roof and intensity and ridge and mfu:
            peak = roof["peak_tflops"]
            found.append(
                {
                    "case_id": row["case_id"],
                    "title": row["title"],
                    "verdict": row["verdict"],
                    "throughput": SCOPES[row["throughput_scope"]],
                    "hardware_id": row["hardware_id"],
                    "hardware_name": row["hardware_name"],
                    "precision": row["compute_precision"],
                    "intensity": intensity,
                    "to_ridge": intensity / ridge,
                    "mfu": mfu,
                    "achieved": mfu * peak,
                    "attainable": peak * min(1, intensity / ridge),
                    "efficiency": row["decode_roofline_efficiency"],
                }
            )
    return found


def one_scale(rows: Sequence[Row]) -> Layered:
    """All cases under one roof: intensity over the ridge point, rate over the peak."""
    x = log("Intensity ÷ ridge point of the hardware", [*(row["to_ridge"] for row in rows), 1, 5])
    y = log("Achieved ÷ peak of the cards", [*(row["mfu"] for row in rows), *SHARES])
    low, high = x["scale"].to_dict()["domain"]
    guides = [
        {"share": share, "name": name, "x": at, "y": share * min(1, at), "last": at == high}
        for share, name in SHARES.items()
        for at in (low, 1, high)
        if low < 1
    ]
    guide = alt.Chart(alt.InlineData(values=guides)).encode(
        x=alt.X("x:Q", **x), y=alt.Y("y:Q", **y), detail="share:N"
    )
    is_roof = alt.datum.share == 1
    return alt.layer(
        guide.transform_filter(is_roof).mark_line(color="var(--ink)", strokeWidth=2, clip=True),
        guide.transform_filter(~is_roof).mark_line(
            color="var(--line-strong)", strokeDash=[4, 4], strokeWidth=1.2, clip=True
        ),
        guide.transform_filter(alt.datum.last)
        .mark_text(align="right", dy=-8)
        .encode(text="name:N"),
        _marks(x=alt.X("to_ridge:Q", **x), y=alt.Y("mfu:Q", **y)),
    ).properties(width="container", height=_HEIGHT)


def by_hardware(rows: Sequence[Row], roofs: Sequence[Row]) -> Layered:
    """Every case below the roof of its own hardware, to which a line leads up."""
    ridges = [1e3 * roof["peak_tflops"] / roof["memory_bandwidth_gb_s"] for roof in roofs]
    x = log(
        "Arithmetic intensity (operations per byte)",
        [*(row["intensity"] for row in rows), *ridges],
    )
    y = log(
        "Rate per card (10¹² operations per second)",
        [
            *(row[name] for row in rows for name in ("achieved", "attainable")),
            *(roof["peak_tflops"] for roof in roofs),
        ],
    )
    low, high = x["scale"].to_dict()["domain"]
    lines = [
        {
            "hardware_id": roof["hardware_id"],
            "roof": f"{roof['hardware_id']} {roof['compute_precision']}",
            "name": f"{roof['compute_precision']}: {roof['peak_tflops']:,.4g}",
            "x": at,
            "y": roof["peak_tflops"] * min(1, at / ridge),
            "last": at == high,
        }
        for roof, ridge in zip(roofs, ridges, strict=True)
        for at in (low, ridge, high)
    ]
    roof_line = alt.Chart(alt.InlineData(values=lines)).encode(
        x=alt.X("x:Q", **x), y=alt.Y("y:Q", **y), detail="roof:N"
    )
    place = {"x": alt.X("intensity:Q", **x), "y": alt.Y("achieved:Q", **y)}
    stem = (
        alt.Chart(alt.NamedData("roofline"))
        .mark_rule(strokeWidth=1.2)
        .encode(y2="attainable:Q", opacity=_faded(0.55), **place, **verdict("color"))
    )
    under = alt.selection_point(
        name="near", fields=["hardware_id"], on="pointerover", clear="pointerout", empty=False
    )
    lit = [roof_line.transform_filter(near) for near in (under, "datum.hardware_id === hardware")]
    return alt.layer(
        roof_line.mark_line(
            color="var(--line-strong)",
            strokeWidth=1,
            opacity=1 if len(roofs) < _MANY_ROOFS else 0.55,
            clip=True,
        ),
        *(line.mark_line(color="var(--ink)", strokeWidth=2.2, clip=True) for line in lit),
        *(
            layer
            for line in lit
            for layer in haloed(
                line.transform_filter(alt.datum.last).encode(text="name:N"), align="right", dy=-8
            )
        ),
        stem,
        _marks(**place).add_params(under).properties(name="cases"),
    ).properties(width="container", height=_HEIGHT)


def _marks(**place: Any) -> alt.Chart:
    marks: alt.Chart = (
        alt.Chart(alt.NamedData("roofline"))
        .mark_point(filled=True, size=80)
        .encode(
            **place,
            **verdict(),
            opacity=_faded(1),
            tooltip=[
                text("title", "Case"),
                text("hardware_name", "Hardware"),
                text("precision", "Precision"),
                number("intensity", "Operations per byte"),
                number("achieved", "Achieved, 10¹² op/s per card"),
                number("attainable", "Roof there, 10¹² op/s per card"),
                number("efficiency", "Decode efficiency"),
                text("throughput", "Throughput"),
                text("verdict", "Verdict"),
            ],
        )
        .add_params(alt.param(name="hardware", value=""))
    )
    return marks


def _faded(opacity: float) -> Any:
    """Return an opacity that is low for hardware that is not chosen."""
    return alt.condition(_CHOSEN, alt.value(opacity), alt.value(0.12))
