"""docs/sources.md shows what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.ingest.sources import Source
from tests import sources_page


def test_the_commands_print_what_is_shown(tmp_path: Path) -> None:
    if sources_page.rewritten(sources_page.outputs(tmp_path)) != sources_page.PAGE.read_text():
        pytest.fail("run `python -m tests.documents`: the commands print something else now")


def test_every_source_yml_that_is_shown_is_one() -> None:
    shown = [text for text in sources_page.blocks("yaml") if "SOURCE.yml" in text]
    assert len(shown) == 2
    for text in shown:
        Source(id="source", **yaml.safe_load(text))


def test_the_table_has_every_key() -> None:
    text = sources_page.PAGE.read_text(encoding="utf-8")
    for key in Source.model_fields:
        assert f"`{key}`" in text, key
