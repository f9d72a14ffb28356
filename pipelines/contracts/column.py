"""The columns of a contract, with what they take over from other tables filled in."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

from pipelines.contracts.tables import contracts, file_of
from pipelines.contracts.vocabulary import SAME, Contract
from pipelines.errors import RoofhouseError


@dataclass(frozen=True)
class Column:
    """One column of a contract, complete with what it takes over from other tables."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str
    unit: str | None
    null: str | None
    source: str | None
    kind: str
    formula: str | None
    known: tuple[str, ...] | None
    references: str | None
    carried_from: str | None
    """The column that it is carried from, as `table.column`; None if it is defined here."""


@cache
def columns(contract: type[Contract]) -> tuple[Column, ...]:
    """The columns of a contract in order."""
    found = []
    for name, column in schema(contract).columns.items():
        meta = column.metadata or {}
        found.append(
            Column(
                name=name,
                dtype=column.dtype.type,
                nullable=column.nullable,
                description=column.description or "",
                unit=meta.get("unit"),
                null=meta.get("null"),
                source=meta.get("source"),
                kind=meta["kind"],
                formula=meta.get("formula"),
                known=meta.get("known"),
                references=meta.get("references"),
                carried_from=_inherited_from(contract, name) or meta.get("carried_from"),
            )
        )
    return tuple(found)


@cache
def schema(contract: type[Contract]) -> DataFrameSchema:
    """The Pandera schema of a contract.

    Raises RoofhouseError naming the files if a column is carried from one that does not exist,
    has another type, or is itself carried from this one.
    """
    whole = contract.to_schema()
    found = {name: _complete(contract, name) for name in whole.columns}
    return DataFrameSchema(found, strict=True, ordered=True, name=whole.name)


def _complete(contract: type[Contract], name: str, *, behind: tuple[str, ...] = ()) -> pa.Column:
    """Return a column with what it takes over; `behind` are the columns that led here."""
    column: pa.Column = contract.to_schema().columns[name]
    meta = column.metadata
    if (reference := meta.get("carried_from") or meta.get("as_in")) is None:
        return column
    origin = _origin(contract, name, reference, behind)
    if "as_in" in meta:
        return _column(column, column.checks, origin.description, meta)
    if origin.dtype != column.dtype:
        there = file_of(contracts()[reference.partition(".")[0]])
        raise RoofhouseError(
            f"{file_of(contract)}: {name} is {column.dtype}, but {reference}, which it is carried "
            f"from, is {origin.dtype} in {there}; give both the same annotation"
        )
    taken = {key: origin.metadata.get(key) for key in ("kind", "unit", "formula", "known", "null")}
    own = {key: value for key, value in meta.items() if value is not SAME}
    return _column(column, origin.checks, origin.description, taken | own)


def _column(
    column: pa.Column, checks: Any, description: str | None, meta: Mapping[str, Any]
) -> pa.Column:
    return pa.Column(
        column.dtype,
        checks,
        nullable=meta.get("null") is not None,
        name=column.name,
        description=description,
        metadata=dict(meta),
    )


def _origin(
    contract: type[Contract], name: str, reference: str, behind: tuple[str, ...]
) -> pa.Column:
    """The complete column that a column refers to."""
    if reference in behind:
        circle = " from ".join((*behind, reference))
        raise RoofhouseError(f"{file_of(contract)}: {name} is carried in a circle: {circle}")
    table, _, key = reference.partition(".")
    origin = contracts().get(table)
    if origin is None or key not in origin.to_schema().columns:
        nearest = _nearest(reference)
        table = nearest.partition(".")[0]
        raise RoofhouseError(
            f"{file_of(contract)}: {name} is taken from {reference}, which does not exist; "
            f"the nearest column is {nearest} in {file_of(contracts()[table])}"
        )
    return _complete(origin, key, behind=(*behind, reference))


def _nearest(reference: str) -> str:
    """Return the nearest column: one of that name, else one of that table, else any."""
    table, _, key = reference.partition(".")
    every = [
        f"{other}.{name}"
        for other, contract in contracts().items()
        for name in contract.to_schema().columns
    ]
    named = [one for one in every if one.endswith(f".{key}")]
    beside = [one for one in every if one.startswith(f"{table}.")]
    return difflib.get_close_matches(reference, named or beside or every, n=1, cutoff=0)[0]


def _inherited_from(contract: type[Contract], name: str) -> str | None:
    """Return the column that one is inherited from, if the class is in another table's module."""
    home = next(base for base in contract.__mro__ if name in vars(base))
    if home.__module__ == contract.__module__:
        return None
    origins = (t for t, other in contracts().items() if other.__module__ == home.__module__)
    return next((f"{table}.{name}" for table in origins), None)
