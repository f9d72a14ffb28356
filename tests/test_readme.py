"""The README's queries print what it shows; what it links to is there."""

from __future__ import annotations

import re

import pytest

from pipelines import cli
from pipelines.settings import ROOT
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAIRS = re.findall(r"```sql\n(.*?)```\n\n```text\n(.*?)```", README, flags=re.S)
LINKS = re.findall(r"\]\(([^)#]+)\)", README)


def test_there_are_five_queries() -> None:
    assert len(PAIRS) >= 5


@pytest.mark.parametrize(("query", "shown"), PAIRS, ids=[str(n) for n in range(len(PAIRS))])
def test_a_query_prints_what_is_shown(
    shipped_db: Warehouse, capsys: pytest.CaptureFixture[str], query: str, shown: str
) -> None:
    shipped_db.con.execute(sql_files.questions())
    cli.show(shipped_db.frame(query), cli.Format.table)
    assert capsys.readouterr().out.strip() == shown.strip()


@pytest.mark.parametrize("link", [link for link in LINKS if not link.startswith("https:")])
def test_what_is_linked_is_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_pictures_are_small() -> None:
    pictures = [link for link in LINKS if link.endswith(".png")]
    assert len(pictures) >= 3
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 300_000
