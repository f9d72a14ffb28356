"""The README and the other pages: queries print what is shown, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse
from tests.documents import PAGES, anchors, links, printed, queries

README = ROOT / "README.md"

#: Its queries belong to a table that its recipes add; tests/test_extending.py runs them.
RECIPES = ROOT / "docs" / "extending.md"

#: Generated, with examples that attach the published file.
DICTIONARY = ROOT / "docs" / "dictionary.md"

QUERIES = [
    pytest.param(query, shown, id=f"{page.stem}-{number}")
    for page in PAGES
    if page not in (RECIPES, DICTIONARY)
    for number, (query, shown) in enumerate(queries(page), 1)
]


@pytest.mark.parametrize(("query", "shown"), QUERIES)
def test_a_query_prints_what_is_shown(shipped_db: Warehouse, query: str, shown: str | None) -> None:
    shipped_db.con.execute(sql_files.questions())
    found = printed(shipped_db, query)
    if shown is not None and found != shown:
        pytest.fail(f"run `python -m tests.documents`: the query prints now\n{found}")


def test_the_readme_and_the_page_of_queries_show_outputs() -> None:
    shown = {page.name: [shown for _, shown in queries(page) if shown] for page in PAGES}
    assert len(shown["README.md"]) == 2
    assert len(shown["queries.md"]) >= 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("https:", "http:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    reached, new = {README}, {README}
    while new:
        found = {
            (page.parent / link.partition("#")[0]).resolve()
            for page in new
            for link in links(page)
            if link.partition("#")[0].endswith(".md") and not link.startswith("http")
        }
        new = found - reached
        reached |= new
    assert set(PAGES) <= reached


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "img").glob("*.png"))
    linked = {
        (page.parent / link).resolve() for page in PAGES for link in links(page) if ".png" in link
    }
    assert linked == set(pictures)
    for picture in pictures:
        assert picture.stat().st_size < 300_000


def test_rooms_import_only_those_above_them_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^- \*\*(\w+)\*\*:", text, flags=re.MULTILINE)
    folders = {path.parent.name for path in (ROOT / "pipelines").glob("*/__init__.py")}
    assert folders - {"cli"} <= set(rooms)
    for position, room in enumerate(rooms):
        for path in (ROOT / "pipelines" / room).rglob("*.py"):
            imported = set(re.findall(r"from pipelines(?:\.| import )(\w+)", path.read_text()))
            below = imported & set(rooms[position + 1 :])
            assert not below, f"{path} imports {', '.join(below)}"
