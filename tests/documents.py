"""The Markdown pages of the project: their queries, their outputs, their links.

`python -m tests.documents` writes the outputs again, from a build of the shipped feed.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipelines import cli
from pipelines.settings import ROOT
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse
from tests import feeds, sources_page
from tests.conftest import warehouse_of

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])

#: A query, and the output below it, if it is shown.
_QUERY = re.compile(r"^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def queries(page: Path) -> list[tuple[str, str | None]]:
    """The queries of a page, each with the output that is shown for it."""
    return [(one[1], one[2]) for one in _QUERY.finditer(page.read_text(encoding="utf-8"))]


def printed(db: Warehouse, query: str) -> str:
    """Return the output of `roofhouse query` for a query."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        cli.show(db.frame(query), cli.Format.table)
    return out.getvalue()


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))


@cache
def anchors(page: Path) -> frozenset[str]:
    """The places of a page that a link can lead to: its headings, as GitHub names them."""
    text = page.read_text(encoding="utf-8")
    found = set(re.findall(r'<a id="([^"]+)"', text))
    for heading in re.findall(r"^#+ (.+)$", _CODE.sub(_code_text, text), flags=re.MULTILINE):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return frozenset(found)


def _code_text(match: re.Match[str]) -> str:
    return "" if match[0].startswith("```") else match[0].strip("`")


@contextlib.contextmanager
def shipped() -> Iterator[Warehouse]:
    """The warehouse of the shipped feed, with the macros that analysts call."""
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse_of(Path(folder), feeds.shipped()) as db,
    ):
        db.con.execute(sql_files.questions())
        yield db


def write_controls() -> None:
    """Write docs/controls.md: the mistakes that the reference notices, as the warehouse does."""
    from tests import controls  # here, since it simulates many runs
    from tests.reference.rules import Feed

    def judge(items: list[feeds.Feed]) -> controls.Found:
        feed = Feed(items)
        return {
            item["id"]: {rule: one.severity for rule, one in feed.findings(item["id"]).items()}
            for item in items
        }

    page = ROOT / "docs" / "controls.md"
    page.write_text(controls.page(controls.score(judge)), encoding="utf-8")


def main() -> None:
    """Write the outputs of all queries and commands that show one, and docs/controls.md."""
    write_controls()
    with tempfile.TemporaryDirectory() as folder:
        shown = sources_page.rewritten(sources_page.outputs(Path(folder)))
    sources_page.PAGE.write_text(shown, encoding="utf-8")
    with shipped() as db:
        for page in PAGES:

            def rewrite(match: re.Match[str]) -> str:
                if match[2] is None:
                    return match[0]
                return f"```sql\n{match[1]}```\n\n```text\n{printed(db, match[1])}```\n"

            text = page.read_text(encoding="utf-8")
            if (new := _QUERY.sub(rewrite, text)) != text:
                page.write_text(new, encoding="utf-8")
                print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
