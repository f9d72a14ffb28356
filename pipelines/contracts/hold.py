"""Data held against a contract's Pandera schema: which values break it, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

from pipelines.errors import RoofhouseError


def breaches(frame: pl.DataFrame, schema: DataFrameSchema) -> Iterator[tuple[int, str, str]]:
    """(row, column, reason) of every value of a data frame that breaks its contract."""
    if holds(frame, schema):
        return
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dicts():
            if case["index"] is None:
                raise RoofhouseError(
                    f"staged column {case['column']}: {case['check']}: {case['failure_case']}"
                ) from None
            yield case["index"], case["column"], _reason(case["check"], case["failure_case"])


_REASONS = (
    (r"not_nullable", "is required"),
    (r"in_range\(-1.7e\+?308, 1.7e\+?308\)", "is {value}, not a finite number"),
    (r"in_range\((.+), 1.7e\+?308\)", "is {value}; it must be at least {0}"),
    (r"in_range\((.+), (.+)\)", "is {value}; it must be from {0} to {1}"),
    (r"greater_than_or_equal_to\((.+)\)", "is {value}; it must be at least {0}"),
    (r"less_than_or_equal_to\((.+)\)", "is {value}; it must be at most {0}"),
    (r"str_matches.*", "is {value!r}: not an id (lower-case letters, digits, dots, hyphens)"),
    (r"str_length\(None, (.+)\)", "is longer than {0} characters"),
)


def _reason(check: str, value: Any) -> str:
    """A failed Pandera check in plain words."""
    shown = str(value)[:80]
    for pattern, words in _REASONS:
        if match := re.fullmatch(pattern, check):
            return words.format(*match.groups(), value=shown)
    return f"is {shown}: breaks {check}"


#: Pandera's checks as Polars expressions. A check that is not here is left to Pandera.
_EXPRESSIONS: Mapping[str, Callable[..., pl.Expr]] = {
    "greater_than_or_equal_to": lambda value, min_value: value >= min_value,
    "less_than_or_equal_to": lambda value, max_value: value <= max_value,
    "in_range": lambda value, min_value, max_value, include_min, include_max: value.is_between(
        min_value, max_value, _CLOSED[include_min, include_max]
    ),
    "isin": lambda value, allowed_values: value.is_in(allowed_values),
    "str_matches": lambda value, pattern: value.str.contains(f"^(?:{pattern})"),
    "str_length": lambda value, min_value, max_value, exact_value: value.str.len_chars().is_between(
        min_value or exact_value or 0, max_value or exact_value or 1 << 32
    ),
}
_CLOSED: Mapping[tuple[bool, bool], Literal["both", "left", "right", "none"]] = {
    (True, True): "both",
    (True, False): "left",
    (False, True): "right",
    (False, False): "none",
}


def holds(frame: pl.DataFrame, schema: DataFrameSchema) -> bool:
    """Whether a data frame certainly keeps a schema.

    One query over all columns: Pandera runs one for every check, which takes tens of
    times as long, and is asked only for what is wrong.
    """
    expected = {name: column.dtype.type for name, column in schema.columns.items()}
    if list(frame.schema.items()) != list(expected.items()) or schema.checks or schema.unique:
        return False
    conditions = []
    for name, column in schema.columns.items():
        value = pl.col(name)
        if column.unique:
            return False
        if not column.nullable:
            conditions.append(value.is_not_null().all())
            if expected[name].is_float():
                conditions.append(value.is_not_nan().all())
        for check in column.checks or []:
            if check.name not in _EXPRESSIONS or not check.ignore_na:
                return False
            conditions.append(_EXPRESSIONS[check.name](value, **check.statistics).all())
    return bool(frame.select(pl.all_horizontal(conditions)).item()) if conditions else True
