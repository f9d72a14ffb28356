"""Validation against a contract: the quick query agrees with Pandera."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pandera.polars as pa
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.api.polars.container import DataFrameSchema

from pipelines.contracts import columns, contracts, schema
from pipelines.validation import conformance
from pipelines.validation.conformance import breaches
from pipelines.warehouse import Warehouse, connect

NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, 100.0, 101.0, 2e308, 1.7e308, float("nan"), None])
TEXTS = st.sampled_from(
    [
        "a",
        "",
        "A b",
        "a-b.c",
        "x" * 201,
        "0" * 16,
        "0" * 16 + "\n",
        "fp4",
        "a\n",
        "\n",
        "ä" * 200,
        None,
    ]
)


def values_of(dtype: pl.DataType) -> st.SearchStrategy[Any]:
    """Values that a column of a type may hold, those at the edges of a contract among them."""
    if dtype.is_float():
        return NUMBERS
    if dtype.is_integer():
        return st.sampled_from([0, 1, -1, 1999, 2026, 2101, 1 << 40, None])
    if dtype == pl.String:
        return TEXTS
    if dtype == pl.Boolean:
        return st.sampled_from([True, False, None])
    if dtype == pl.List(pl.String):
        return st.sampled_from([["a"], [], None])
    if dtype == pl.Date:
        return st.sampled_from([dt.date(2026, 4, 29), None])
    assert dtype == pl.Datetime("us"), dtype
    return st.sampled_from([dt.datetime(2026, 4, 29), None])


@cache
def memory() -> Warehouse:
    """A database in memory; opening one takes longer than a question."""
    return Warehouse(connect())


def holds(frame: pl.DataFrame, contract: DataFrameSchema) -> bool:
    db = memory()
    db.replace_frame("incoming_rows", frame)
    return conformance.holds(db, "incoming_rows", contract)


def pandera_holds(frame: pl.DataFrame, contract: DataFrameSchema) -> bool:
    try:
        contract.validate(frame, lazy=True)
    except (pa.errors.SchemaErrors, pa.errors.SchemaError):
        return False
    return True


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_the_quick_answer_is_that_of_pandera_column_by_column(data: st.DataObject) -> None:
    contract = contracts()[data.draw(st.sampled_from(sorted(contracts())))]
    whole = schema(contract)
    for column in columns(contract):
        alone = DataFrameSchema({column.name: whole.columns[column.name]}, strict=True)
        drawn = data.draw(st.lists(values_of(column.dtype), max_size=2))
        frame = pl.DataFrame({column.name: drawn}, schema={column.name: column.dtype})
        assert holds(frame, alone) == pandera_holds(frame, alone), (column.name, drawn)


def test_another_order_type_or_number_of_columns_does_not_hold() -> None:
    wanted = pa.DataFrameSchema({"a": pa.Column(pl.Int64), "b": pa.Column(pl.String)}, ordered=True)
    right = pl.DataFrame({"a": [1], "b": ["x"]})
    assert holds(right, wanted)
    assert not holds(right.select("b", "a"), wanted)
    assert not holds(right.select("a"), wanted)
    assert not holds(right.with_columns(a=pl.lit("1")), wanted)


def test_a_check_that_is_not_known_here_is_left_to_pandera() -> None:
    wanted = pa.DataFrameSchema({"a": pa.Column(pl.Int64, pa.Check.ne(3))})
    assert not holds(pl.DataFrame({"a": [1]}), wanted)
    assert list(breaches(pl.DataFrame({"a": [1]}), wanted)) == []
    assert list(breaches(pl.DataFrame({"a": [1, 3]}), wanted)) == [
        (1, "a", "is 3: breaks not_equal_to(3)")
    ]
