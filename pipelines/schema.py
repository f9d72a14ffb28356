"""What follows from a contract: DDL, comments, Dagster's column schema. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

from pipelines.contracts import Column, Contract, columns, describe, table_name, table_of
from pipelines.contracts.fields import schema
from pipelines.sql import quote

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


def duckdb_type(column: Column) -> str:
    """The SQL type of a column."""
    return _DUCKDB_TYPES[column.dtype.base_type()]


def ddl(contract: type[Contract], create: str = "create or replace table") -> str:
    """CREATE TABLE for a contract, without constraints: checks hold them by query."""
    body = ", ".join(f"{column.name} {duckdb_type(column)}" for column in columns(contract))
    return f"{create} {full_name(contract)} ({body})"


def comment(column: Column) -> str:
    """A column's description with unit and the meaning of NULL, in one line."""
    parts = [column.description]
    if column.unit:
        parts.append(f"[{column.unit}]")
    if column.null:
        parts.append(f"(NULL: {column.null})")
    return " ".join(parts)


def comments(contract: type[Contract]) -> str:
    """COMMENT ON statements for a table and its columns."""
    name = full_name(contract)
    return "; ".join(
        [
            f"comment on table {name} is {quote(describe(contract))}",
            *(
                f"comment on column {name}.{column.name} is {quote(comment(column))}"
                for column in columns(contract)
            ),
        ]
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
        other += [str(check) for check in schema(contract).columns[column.name].checks or []]
        shown.append(
            dg.TableColumn(
                name=column.name,
                type=duckdb_type(column),
                description=comment(column),
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    unique=table_of(contract).grain == (column.name,),
                    other=other,
                ),
            )
        )
    return dg.TableSchema(columns=shown)


def feed_schema(contract: type[Contract]) -> DataFrameSchema:
    """The part of a contract that comes from the feed, for the screening of what arrives."""
    whole = schema(contract)
    names = [column.name for column in columns(contract) if column.source is not None]
    return pa.DataFrameSchema({name: whole.columns[name] for name in names})
