"""The metadata of a table that the Dagster UI shows."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import TypeGuard
from xml.etree import ElementTree

import dagster as dg
import pytest

from pipelines import settings
from pipelines.orchestration import ui_metadata
from pipelines.transform import registry
from pipelines.warehouse import Warehouse

TABLES = registry.tables()
SETTINGS = settings.load()


def is_markdown(value: object) -> TypeGuard[dg.MarkdownMetadataValue]:
    return isinstance(value, dg.MarkdownMetadataValue)


def svg(markdown: str) -> ElementTree.Element:
    """The picture inside an image of Markdown."""
    encoded = markdown.partition("base64,")[2].removesuffix(")")
    return ElementTree.fromstring(base64.b64decode(encoded))


def marks(markdown: str, tag: str) -> list[ElementTree.Element]:
    return svg(markdown).findall(f".//{{http://www.w3.org/2000/svg}}{tag}")


def test_a_table_shows_its_snapshot_and_lineage(shipped_db: Warehouse) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, TABLES["mart_case_metrics"])
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
    assert ui_metadata.materialization(shipped_db, SETTINGS, TABLES["rule"]) == {}


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
    found = ui_metadata.definition(TABLES[name])
    assert found["made_by"] == made_by
    texts = {key: one.md_str or "" for key, one in found.items() if is_markdown(one)}
    assert texts.keys() == shown.keys()
    for key, words in shown.items():
        assert words in texts[key]


def test_a_configuration_table_shows_the_files_that_it_was_made_of(
    shipped_db: Warehouse, tmp_path: Path
) -> None:
    assert ui_metadata.definition(TABLES["card_price"])["made_by"] == "pipelines/config/prices.yml"
    shutil.copytree(SETTINGS.config, tmp_path / "config")
    (tmp_path / "config" / "prices.yml").write_text("# my own prices\n")
    own = SETTINGS.model_copy(update={"config": tmp_path / "config"})
    shown = ui_metadata.materialization(shipped_db, own, TABLES["assumption"])
    assert shown.keys() == {"assumptions.yml", "prices.yml"}
    assert shown["prices.yml"] == dg.MetadataValue.md("```yaml\n# my own prices\n```")


def test_findings_are_counted_by_the_titles_of_their_rules(shipped_db: Warehouse) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, TABLES["finding"])["by_rule"]
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert "Measured means measured" in [one.text for one in marks(shown.md_str or "", "text")]


@pytest.mark.parametrize(("name", "picture"), [("case_metric", "roofline"), ("finding", "by_rule")])
def test_metrics_and_findings_have_a_picture(
    shipped_db: Warehouse, name: str, picture: str
) -> None:
    shown = ui_metadata.materialization(shipped_db, SETTINGS, TABLES[name])[picture]
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert svg(shown.md_str or "").tag.endswith("svg")
