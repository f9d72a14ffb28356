"""The tables of the published file and their columns in words.

The tables come from the file, and their meanings from the contracts. If a file of another version
has a table or column without a contract, its comment in DuckDB is used instead.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from pipelines.contracts import Column, columns, contracts
from pipelines.errors import RoofhouseError
from pipelines.warehouse import Warehouse, quote

#: The schemas; those that most readers want come first.
SCHEMAS = ("marts", "main", "metrics", "quality")


@dataclass(frozen=True)
class PublishedTable:
    """A table: its schema and name, the number of rows, and the meaning of a row."""

    schema: str
    table: str
    rows: int
    meaning: str


@dataclass(frozen=True)
class PublishedColumn:
    """A column; `null_means` is None if it has no NULL, `references` is `table.column`."""

    column: str
    type: str
    unit: str | None
    meaning: str
    null_means: str | None
    formula: str | None
    references: str | None


def tables(db: Warehouse) -> list[PublishedTable]:
    """Return the tables by schema and name."""
    found = db.rows(
        "select schema_name, table_name, coalesce(comment, '') from duckdb_tables() "
        "where database_name = current_database() and not internal "
        f"order by list_position({list(SCHEMAS)}, schema_name), schema_name, table_name"
    )
    counts = " union all ".join(
        f'select {position}, count(*) from "{schema}"."{name}"'
        for position, (schema, name, _) in enumerate(found)
    )
    rows = dict(db.rows(counts)) if found else {}
    return [
        PublishedTable(schema, name, rows[position], comment)
        for position, (schema, name, comment) in enumerate(found)
    ]


def table(db: Warehouse, name: str) -> PublishedTable:
    """Return a table by its name, with or without its schema.

    Raises RoofhouseError with the most similar names if there is none.
    """
    every = tables(db)
    names = {one.table: one for one in every} | {f"{one.schema}.{one.table}": one for one in every}
    if found := names.get(name.strip().lower()):
        return found
    near = list(dict.fromkeys(names[n].table for n in difflib.get_close_matches(name, names, n=6)))
    hint = f"the nearest: {', '.join(near[:3])}" if near else "`roofhouse tables` lists them"
    raise RoofhouseError(f"no table {name!r}; {hint}")


def columns_of(db: Warehouse, of: PublishedTable) -> list[PublishedColumn]:
    """Return the columns of a table in order."""
    contract = contracts().get(of.table)
    known = {} if contract is None else {one.name: one for one in columns(contract)}
    found = db.rows(
        "select column_name, lower(data_type), coalesce(comment, '') from duckdb_columns() "
        f"where database_name = current_database() and schema_name = {quote(of.schema)} "
        f"and table_name = {quote(of.table)} order by column_index"
    )
    return [_column(name, type_, comment, known.get(name)) for name, type_, comment in found]


def _column(name: str, type_: str, comment: str, known: Column | None) -> PublishedColumn:
    if known is None:
        return PublishedColumn(name, type_, None, comment, None, None, None)
    return PublishedColumn(
        name, type_, known.unit, known.description, known.null, known.formula, known.references
    )
