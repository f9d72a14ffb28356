"""A mart's SELECT over rows that a test makes up, without a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl
from hypothesis import strategies as st

from pipelines import warehouse
from pipelines.contracts import columns, contracts
from pipelines.contracts.render import ddl, full_name
from pipelines.transform import registry, sql_files
from pipelines.warehouse import Warehouse

Row = dict[str, Any]

#: What a column of mart_case_metrics or fact_case holds where a row does not say.
_OTHERWISE = {
    "title": "a title",
    "hardware_id": "h",
    "hardware_name": "H",
    "model_id": "m",
    "engine_id": "e",
    "quant_id": "q",
    "throughput_scope": "phase",
    "plausibility": "plausible",
    "is_decode_workload": True,
    "uses_speculative_decoding": False,
}


def some_cases(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    """Up to twelve cases with values for these columns, and ids of their own."""
    return st.lists(st.fixed_dictionaries(columns), max_size=12).map(
        lambda rows: [{"case_id": f"case-{place:02}", **row} for place, row in enumerate(rows)]
    )


@contextmanager
def empty() -> Iterator[Warehouse]:
    """Every table empty, every macro there."""
    con = warehouse.connect()
    try:
        db = Warehouse(con)
        db.prepare(registry.layout())
        for name in registry.tables():
            db.execute(ddl(contracts()[name]))
        yield db
    finally:
        con.close()


def mart_of(db: Warehouse, name: str, cases: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rows of a mart over these rows of mart_case_metrics and fact_case.

    A key of a row is a column of either or of both.
    """
    rows = [{**_OTHERWISE, **case} for case in cases]
    known: set[str] = set()
    for table in ("marts.mart_case_metrics", "main.fact_case"):
        schema = {one.name: one.dtype for one in columns(contracts()[table.split(".")[1]])}
        known |= schema.keys()
        there = [{key: value for key, value in row.items() if key in schema} for row in rows]
        db.replace_frame(table, pl.DataFrame(there, schema=schema))
    assert all(row.keys() <= known for row in rows)
    return db.frame(sql_files.models()[name].text).to_dicts()


def describe(db: Warehouse, table: str, rows: Iterable[Row]) -> None:
    """Fill a table with rows that give some of its columns."""
    contract = contracts()[table]
    schema = {one.name: one.dtype for one in columns(contract)}
    db.replace_frame(full_name(contract), pl.DataFrame(list(rows), schema=schema))
