"""Rows of a query, as a frame and as JSON values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    import duckdb
    import polars as pl

#: Types that Polars lacks; their values are written as DuckDB writes them.
_AS_TEXT = (
    "INTERVAL",
    "BIT",
    "BLOB",
    "TIME WITH TIME ZONE",
    "UNION",
    "BIGNUM",
    "VARIANT",
    "GEOMETRY",
)


def frame(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[object] | None = None,
    *,
    limit: int | None = None,
) -> pl.DataFrame:
    """Return the rows of the last statement, at most `limit` of them.

    Raises RoofhouseError if there is no statement or it returns no rows, and errors of DuckDB and
    Polars.
    """
    if not con.extract_statements(sql):
        raise RoofhouseError("no SQL statement: the text is empty, or a comment")
    found = con.sql(sql, params=parameters)
    if found is None:
        raise RoofhouseError("the statement returns no rows")
    kinds = [str(kind) for kind in found.types]
    if any(one in kind for kind in kinds for one in _AS_TEXT):
        quoted = ['"' + name.replace('"', '""') + '"' for name in found.columns]
        found = found.project(
            ", ".join(
                f"cast({name} as varchar) as {name}"
                if any(one in kind for one in _AS_TEXT)
                else name
                for name, kind in zip(quoted, kinds, strict=True)
            )
        )
    rows: pl.DataFrame = (found if limit is None else found.limit(limit)).pl()
    return rows


def plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers are numbers, and NaN is null."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
