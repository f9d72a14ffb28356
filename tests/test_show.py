"""What the Dagster UI is given to show of a table."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import dagster as dg
import pytest

from pipelines import pictures, show
from pipelines.warehouse import Warehouse


def svg(markdown: str) -> ElementTree.Element:
    """The picture inside an image of Markdown."""
    encoded = markdown.partition("base64,")[2].removesuffix(")")
    return ElementTree.fromstring(base64.b64decode(encoded))


def marks(markdown: str, tag: str) -> list[ElementTree.Element]:
    return svg(markdown).findall(f".//{{http://www.w3.org/2000/svg}}{tag}")


def test_bars_are_as_long_as_their_counts_and_names_are_text() -> None:
    drawn = pictures.bars([("<b>many</b>", "error", 40), ("few", "info", 10)])
    assert [one.text for one in marks(drawn, "text")] == ["<b>many</b>", "40", "few", "10"]
    _, many, few = (float(one.get("width", "0").rstrip("%")) for one in marks(drawn, "rect"))
    assert many == 4 * few


def test_a_case_above_the_roof_is_above_the_line_and_red() -> None:
    drawn = pictures.roofline([(0.5, 0.05), (2.0, 0.2)])
    (line,) = marks(drawn, "polyline")
    (x0, y0), (x1, y1), _ = (
        tuple(map(float, corner.split(","))) for corner in (line.get("points") or "").split()
    )
    for circle, above in zip(marks(drawn, "circle"), (False, True), strict=True):
        x, y = float(circle.get("cx", "")), float(circle.get("cy", ""))
        roof = y0 + (x - x0) * (y1 - y0) / (x1 - x0)
        assert (y < roof) == above  # the picture's y grows downwards
        assert (circle.get("fill") == "#c0392b") == above


@pytest.mark.parametrize("drawn", [pictures.bars([]), pictures.roofline([])])
def test_no_cases_still_make_a_picture(drawn: str) -> None:
    assert svg(drawn).tag.endswith("svg")


def test_a_table_shows_its_snapshot_and_lineage(shipped_db: Warehouse) -> None:
    shown = show.materialization(shipped_db, "mart_case_metrics")
    assert shown["upstream_snapshot"] == "cases-0.json (2026-04-29 10:37:47 UTC)"
    lineage = shown["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["title"] == [
        dg.TableColumnDep(dg.AssetKey(["fact_case"]), "title")
    ]
    table = shown["columns_from"]
    assert isinstance(table, dg.MarkdownMetadataValue)
    assert "| title | main.fact_case |" in (table.md_str or "")


def test_what_comes_from_the_project_has_no_snapshot(shipped_db: Warehouse) -> None:
    assert show.materialization(shipped_db, "rule") == {}
    assert show.definition("rule")["made_by"] == "sql/quality/rules.yml"


@pytest.mark.parametrize(("name", "picture"), [("case_metric", "roofline"), ("finding", "by_rule")])
def test_metrics_and_findings_have_a_picture(
    shipped_db: Warehouse, name: str, picture: str
) -> None:
    shown = show.materialization(shipped_db, name)[picture]
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert svg(shown.md_str or "").tag.endswith("svg")
