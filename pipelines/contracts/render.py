"""Render contracts: DDL, names, feed paths, descriptions. Pure functions."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

from pipelines.contracts import (
    Column,
    Contract,
    Origin,
    columns,
    contracts,
    schema,
    table_name,
    table_of,
)
from pipelines.contracts.feed_path import ROOTS, join

_DUCKDB_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "varchar",
    pl.Float64: "double",
    pl.Int64: "bigint",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.List: "varchar[]",
}


def full_name(contract: type[Contract]) -> str:
    """`main.fact_case`."""
    return f"{table_of(contract).schema}.{table_name(contract)}"


def duckdb_type(dtype: pl.DataType) -> str:
    """The SQL type of a column's type."""
    return _DUCKDB_TYPES[dtype.base_type()]


def ddl(contract: type[Contract], create: str = "create or replace table") -> str:
    """Return CREATE TABLE for a contract, without constraints, which checks test by query."""
    body = ", ".join(f"{column.name} {duckdb_type(column.dtype)}" for column in columns(contract))
    return f"{create} {full_name(contract)} ({body})"


def feed_paths(contract: type[Contract], column: Column) -> tuple[str, ...]:
    """Return the paths of a column in a feed item: several for evidence, none if computed."""
    if column.source is None:
        return ()
    return tuple(join(feed_root(origin), column.source) for origin in origins(contract))


def feed_root(origin: Origin) -> str:
    """Return the path of a table's rows in a feed item; empty for the item itself."""
    return join(ROOTS[origin.entity], f"{origin.each}[]" if origin.each else "")


def origins(contract: type[Contract]) -> tuple[Origin, ...]:
    """Return the places in a feed item that the rows of a table come from.

    Evidence has the origins of the bridges that hold it, and a history that of its current table.
    """
    if own := table_of(contract).origin:
        return (own,)
    return tuple(
        origin
        for other in contracts().values()
        if (origin := table_of(other).origin)
        and (origin.elements is contract or other.__bases__ == contract.__bases__ != (Contract,))
    )


def in_words(column: Column, **origin: str) -> str:
    """Return a column in one line: description, unit, meaning of NULL, origin."""
    parts = [column.description]
    if column.unit:
        parts.append(f"[{column.unit}]")
    if column.null:
        parts.append(f"(NULL: {column.null})")
    parts += [f"({what}: {value})" for what, value in origin.items() if value]
    return " ".join(parts)


def summary(contract: type[Contract], column: Column) -> str:
    """Return what the contract alone says of a column; `provenance.comment` adds the rest."""
    return in_words(
        column, feed=", ".join(feed_paths(contract, column)), formula=column.formula or ""
    )


def feed_schema(contract: type[Contract]) -> DataFrameSchema:
    """Return the part of a contract that comes from the feed, to validate what arrives."""
    whole = schema(contract)
    names = [column.name for column in columns(contract) if column.source is not None]
    return pa.DataFrameSchema({name: whole.columns[name] for name in names})
