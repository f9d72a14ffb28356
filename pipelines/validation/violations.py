"""Violations of a contract in its table, row by row, for a reader."""

from __future__ import annotations

from typing import Any

from pipelines.contracts import Column, Contract, columns, contracts, render, schema, table_of
from pipelines.validation.conformance import breaches, holds
from pipelines.warehouse import Warehouse

#: Number of rows that is enough to recognize a mistake.
SHOWN = 20


def violations(db: Warehouse, contract: type[Contract]) -> list[dict[str, Any]]:
    """Return the first violations of a contract in its table: row keys, column and problem.

    The schema covers types, nullability, bounds and allowed values; queries cover the uniqueness
    of the grain and the references.
    """
    name = render.full_name(contract)
    found: list[dict[str, Any]] = []
    expected = schema(contract)
    for frame in () if holds(db, name, expected) else db.frames(f"from {name}"):
        for position, column, problem in breaches(frame, expected):
            row = {part: frame[part][position] for part in _names_row(contract)}
            found.append(row | {"column": column, "problem": problem})
            if len(found) >= SHOWN:
                return found
    keys = ", ".join(table_of(contract).grain)
    repeated = f"select {keys}, count(*) as n from {name} group by all having n > 1 limit {SHOWN}"
    for row in db.frame(repeated).to_dicts():
        found.append({"column": keys, "problem": f"occurs {row.pop('n')} times"} | row)
    for column_ in columns(contract):
        if column_.references:
            found += _dangling(db, contract, column_)
    # The rows become a table, so they need the same columns in the same order.
    order = (*_names_row(contract), "column", "problem")
    return [{part: row.get(part) for part in order} for row in found[:SHOWN]]


def _names_row(contract: type[Contract]) -> tuple[str, ...]:
    """Return the columns that name a row for a reader: its case, if it has one, and its grain."""
    has_case = any(column.name == "case_id" for column in columns(contract))
    return tuple(dict.fromkeys((*["case_id"] * has_case, *table_of(contract).grain)))


def _dangling(db: Warehouse, contract: type[Contract], column: Column) -> list[dict[str, Any]]:
    """Return the rows whose reference does not exist."""
    table, _, key = str(column.references).partition(".")
    own = ", ".join(f"own.{part}" for part in _names_row(contract))
    rows = db.frame(
        f"select {own}, own.{column.name} as problem from {render.full_name(contract)} as own "
        f"anti join {render.full_name(contracts()[table])} as other "
        f"on own.{column.name} = other.{key} where own.{column.name} is not null limit {SHOWN}"
    ).to_dicts()
    return [
        row
        | {
            "column": column.name,
            "problem": f"is {row['problem']}, which is not in {column.references}",
        }
        for row in rows
    ]
