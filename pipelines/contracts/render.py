"""What follows from a contract: DDL, words, Dagster's column schema. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
from pipelines.contracts.vocabulary import FINITE
from pipelines.ingest.structure import ROOTS, join

if TYPE_CHECKING:
    import dagster as dg

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
    """CREATE TABLE for a contract, without constraints: checks hold them by query."""
    body = ", ".join(f"{column.name} {duckdb_type(column.dtype)}" for column in columns(contract))
    return f"{create} {full_name(contract)} ({body})"


def feed_paths(contract: type[Contract], column: Column) -> tuple[str, ...]:
    """Where in a feed item a column stands as it is; several for evidence, none if computed."""
    if column.source is None:
        return ()
    return tuple(join(feed_root(origin), column.source) for origin in origins(contract))


def feed_root(origin: Origin) -> str:
    """Where in a feed item the rows of a table are; empty for the item itself."""
    return join(ROOTS[origin.entity], f"{origin.each}[]" if origin.each else "")


def origins(contract: type[Contract]) -> tuple[Origin, ...]:
    """Where in a feed item the rows of a table come from.

    Evidence has the origins of the bridges that hold it, a history that of its table.
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
    """What a column is, in one line: description, unit, meaning of NULL, where it is from."""
    parts = [column.description]
    if column.unit:
        parts.append(f"[{column.unit}]")
    if column.null:
        parts.append(f"(NULL: {column.null})")
    parts += [f"({what}: {value})" for what, value in origin.items() if value]
    return " ".join(parts)


def summary(contract: type[Contract], column: Column) -> str:
    """What the contract alone says of a column; `provenance.comment` says all."""
    return in_words(
        column, feed=", ".join(feed_paths(contract, column)), formula=column.formula or ""
    )


def column_schema(contract: type[Contract]) -> dg.TableSchema:
    """The column schema that Dagster shows."""
    import dagster as dg  # here, since a query needs contracts but not Dagster

    shown = []
    for column in columns(contract):
        other = []
        if column.unit:
            other.append(f"unit: {column.unit}")
        if column.references:
            other.append(f"references {column.references}")
        if column.known:
            other.append("known values: " + ", ".join(column.known))
        for check in schema(contract).columns[column.name].checks:
            other += _bound(check.name, **check.statistics)
        shown.append(
            dg.TableColumn(
                name=column.name,
                type=duckdb_type(column.dtype),
                description=summary(contract, column),
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    unique=table_of(contract).grain == (column.name,),
                    other=other,
                ),
            )
        )
    return dg.TableSchema(columns=shown)


def _bound(
    name: str,
    *,
    min_value: float | None = None,
    max_value: float | None = None,
    allowed_values: Sequence[str] = (),
    pattern: str = "",
    **_: object,
) -> list[str]:
    """A Pandera check in words; the bounds of all finite numbers are none."""
    if allowed_values:
        return ["one of " + ", ".join(allowed_values)]
    if pattern:
        return [f"matches {pattern}"]
    if name == "str_length":
        return [f"at most {max_value:g} characters"]
    limits = (("at least", min_value), ("at most", max_value))
    return [
        f"{words} {value:g}" for words, value in limits if value is not None and abs(value) < FINITE
    ]


def feed_schema(contract: type[Contract]) -> DataFrameSchema:
    """The part of a contract that comes from the feed, for the screening of what arrives."""
    whole = schema(contract)
    names = [column.name for column in columns(contract) if column.source is not None]
    return pa.DataFrameSchema({name: whole.columns[name] for name in names})
