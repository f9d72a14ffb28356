"""The README's queries print what the README shows."""

from __future__ import annotations

import re

import pytest

from pipelines import cli, sql
from pipelines.settings import ROOT
from pipelines.warehouse import Warehouse

PAIRS = re.findall(
    r"```sql\n(.*?)```\n\n```text\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S
)


def test_there_are_five_queries() -> None:
    assert len(PAIRS) >= 5


@pytest.mark.parametrize(("query", "shown"), PAIRS, ids=[str(n) for n in range(len(PAIRS))])
def test_a_query_prints_what_is_shown(
    shipped_db: Warehouse, capsys: pytest.CaptureFixture[str], query: str, shown: str
) -> None:
    shipped_db.con.execute(sql.questions())
    cli.show(shipped_db.frame(query), cli.Format.table)
    assert capsys.readouterr().out.strip() == shown.strip()
