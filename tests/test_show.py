"""What the Dagster UI is given to show of a table."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import TypeGuard
from xml.etree import ElementTree

import dagster as dg
import pytest

from pipelines import settings
from pipelines.orchestration import charts, ui_metadata
from pipelines.warehouse import Warehouse

SETTINGS = settings.load()


def is_markdown(value: object) -> TypeGuard[dg.MarkdownMetadataValue]:
    return isinstance(value, dg.MarkdownMetadataValue)


def svg(markdown: str) -> ElementTree.Element:
    """The picture inside an image of Markdown."""
    encoded = markdown.partition("base64,")[2].removesuffix(")")
    return ElementTree.fromstring(base64.b64decode(encoded))


def marks(markdown: str, tag: str) -> list[ElementTree.Element]:
    return svg(markdown).findall(f".//{{http://www.w3.org/2000/svg}}{tag}")


def test_bars_are_as_long_as_their_counts_and_names_are_text() -> None:
    drawn = charts.bars([("<b>many</b>", "error", 40), ("few", "info", 10)])
    words = [one.text for one in marks(drawn, "text")]
    assert words == ["error", "warn", "info", "<b>many</b>", "40", "few", "10"]
    *_, many, few = (float(one.get("width", "0").rstrip("%")) for one in marks(drawn, "rect"))
    assert many == 4 * few


def test_a_legend_says_what_the_colours_of_bars_mean() -> None:
    drawn = charts.bars([("many", "error", 40), ("few", "info", 10)])
    _, error, warn, info, many, few = (one.get("fill") for one in marks(drawn, "rect"))
    assert len({error, warn, info}) == 3
    assert (many, few) == (error, info)


def test_a_case_above_the_roof_is_above_the_line_and_of_another_shape() -> None:
    drawn = charts.roofline([(0.5, 0.05), (2.0, 0.2)])
    (line,) = marks(drawn, "polyline")
    (x0, y0), (x1, y1), _ = (
        tuple(map(float, corner.split(","))) for corner in (line.get("points") or "").split()
    )

    def roof(x: float) -> float:
        return y0 + (x - x0) * (y1 - y0) / (x1 - x0)

    disc, _ = marks(drawn, "circle")  # the second is the legend's
    triangle, _ = (one for one in marks(drawn, "path") if one.get("fill"))
    x, y = map(float, (triangle.get("d") or "M").removeprefix("M").partition("l")[0].split(","))
    assert y + 6 < roof(x)  # from its tip; the picture's y grows downwards
    assert float(disc.get("cy", "")) > roof(float(disc.get("cx", "")))


def test_a_roofline_has_numbers_at_its_ticks_that_keep_their_distance() -> None:
    drawn = charts.roofline([(0.0002, 0.00003)])
    ticks = [one for one in marks(drawn, "text") if (one.text or "").replace(".", "").isdigit()]
    assert {one.text for one in ticks} == {"0.00001", "0.0001", "0.001", "0.01", "0.1", "1", "10"}
    places = [(float(one.get("x", "")), float(one.get("y", ""))) for one in ticks]
    for position, (x, y) in enumerate(places):
        for other_x, other_y in places[:position]:
            assert abs(x - other_x) > 55 or abs(y - other_y) > 15


@pytest.mark.parametrize("drawn", [charts.bars([]), charts.roofline([])])
def test_no_cases_still_make_a_picture(drawn: str) -> None:
    assert svg(drawn).tag.endswith("svg")


def test_a_table_shows_its_snapshot_and_lineage(shipped_db: Warehouse) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, "mart_case_metrics")
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
    assert ui_metadata.materialization(shipped_db, SETTINGS, "rule") == {}


@pytest.mark.parametrize(
    ("name", "made_by", "shown"),
    [
        ("case_metric", "sql/metrics/case_metric.sql", {"sql": "from metrics.case_input"}),
        ("rule", "sql/quality/rules.yml", {"rules.yml": "weights_exceed_memory"}),
        (
            "finding",
            "sql/quality/rules.yml",
            {"rules.yml": "weights_exceed_memory", "sql": "as breaks_0"},
        ),
        (
            "metric_definition",
            "pipelines/contracts/metrics/case_metric.py",
            {"case_metric.py": "decode_mbu: float = number("},
        ),
        (
            "metric_source",
            "sql/metrics/case_metric.sql, sql/metrics/case_input.sql",
            {"case_metric.sql": "from metrics.case_input", "case_input.sql": "from main.fact_case"},
        ),
    ],
)
def test_what_makes_a_table_is_one_click_away(
    name: str, made_by: str, shown: dict[str, str]
) -> None:
    found = ui_metadata.definition(name)
    assert found["made_by"] == made_by
    texts = {key: one.md_str or "" for key, one in found.items() if is_markdown(one)}
    assert texts.keys() == shown.keys()
    for key, words in shown.items():
        assert words in texts[key]


def test_a_configuration_table_shows_the_files_that_it_was_made_of(
    shipped_db: Warehouse, tmp_path: Path
) -> None:
    assert ui_metadata.definition("card_price")["made_by"] == "pipelines/config/prices.yml"
    shutil.copytree(SETTINGS.config, tmp_path / "config")
    (tmp_path / "config" / "prices.yml").write_text("# my own prices\n")
    own = SETTINGS.model_copy(update={"config": tmp_path / "config"})
    shown = ui_metadata.materialization(shipped_db, own, "assumption")
    assert shown.keys() == {"assumptions.yml", "prices.yml"}
    assert shown["prices.yml"] == dg.MetadataValue.md("```yaml\n# my own prices\n```")


def test_findings_are_counted_by_the_titles_of_their_rules(shipped_db: Warehouse) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, "finding")["by_rule"]
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert "Measured means measured" in [one.text for one in marks(shown.md_str or "", "text")]


@pytest.mark.parametrize(("name", "picture"), [("case_metric", "roofline"), ("finding", "by_rule")])
def test_metrics_and_findings_have_a_picture(
    shipped_db: Warehouse, name: str, picture: str
) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, name)[picture]
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert svg(shown.md_str or "").tag.endswith("svg")
