"""Speculation, prefix caching and KV cache in commands and notes, as SQL reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.settings import SQL_DIR
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse, connect
from tests.reference.phrases import PHRASES, Phrase

READ = """
select
    feature_said(list_filter(clauses, lambda c: speaks_of_speculation(c))),
    feature_said(list_filter(clauses, lambda c: speaks_of_prefix_caching(c))),
    kv_bits_of_type(kv_type_in_command($command))
from (
    select list_concat(
        coalesce(command_clauses($command), []), coalesce(note_clauses($notes), [])
    ) as clauses
)
"""


@pytest.fixture(scope="module")
def db() -> Iterator[Warehouse]:
    with connect() as con:
        con.execute(sql_files.read_folder(SQL_DIR / "macros")["features"].text)
        yield Warehouse(con)


@pytest.mark.parametrize(
    "phrase", PHRASES, ids=lambda one: ascii(" + ".join(t for t in one[:2] if t is not None))
)
def test_a_phrase_says_what_it_says(phrase: Phrase, db: Warehouse) -> None:
    given = {"command": phrase.command, "notes": phrase.notes}
    found = db.con.execute(READ, given).fetchone()
    assert found == (phrase.speculation, phrase.caching, phrase.kv_cache_bits)
