"""Validate data against the Pandera schema of a contract, and list the values that break it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

from pipelines.contracts.render import duckdb_type
from pipelines.errors import RoofhouseError
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote


def breaches(frame: pl.DataFrame, schema: DataFrameSchema) -> Iterator[tuple[int, str, str]]:
    """Yield (row, column, reason) for every value of a data frame that breaks a schema."""
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
    (r"in_range\(-1.7e\+?308, (.+)\)", "is {value}; it must be at most {0}"),
    (r"in_range\((.+), 1.7e\+?308\)", "is {value}; it must be at least {0}"),
    (r"in_range\((.+), (.+)\)", "is {value}; it must be from {0} to {1}"),
    (r"greater_than_or_equal_to\((.+)\)", "is {value}; it must be at least {0}"),
    (r"less_than_or_equal_to\((.+)\)", "is {value}; it must be at most {0}"),
    (r"str_matches.*", "is {value!r}: not an id (lower-case letters, digits, dots, hyphens)"),
    (r"str_length\(None, (.+)\)", "is longer than {0} characters"),
)


def _reason(check: str, value: Any) -> str:
    """Return a failed Pandera check in plain words."""
    shown = str(value)[:80]
    for pattern, words in _REASONS:
        if match := re.fullmatch(pattern, check):
            return words.format(*match.groups(), value=shown)
    return f"is {shown}: breaks {check}"


#: Pandera's checks as SQL conditions. A check that is missing here is left to Pandera.
_CONDITIONS: Mapping[str, Callable[..., str]] = {
    "greater_than_or_equal_to": lambda value, min_value: f"{value} >= {min_value!r}",
    "less_than_or_equal_to": lambda value, max_value: f"{value} <= {max_value!r}",
    "in_range": lambda value, min_value, max_value, include_min, include_max: (
        f"{value} >{'=' * include_min} {min_value!r} and {value} <{'=' * include_max} {max_value!r}"
    ),
    "isin": lambda value, allowed_values: f"{value} in ({', '.join(map(quote, allowed_values))})",
    "str_matches": lambda value, pattern: f"regexp_matches({value}, {quote(f'^(?:{pattern})')})",
    "str_length": lambda value, min_value, max_value, exact_value: (
        f"length({value}) between {min_value or exact_value or 0} "
        f"and {max_value or exact_value or 1 << 32}"
    ),
}


def holds(db: Warehouse, relation: str, schema: DataFrameSchema) -> bool:
    """Return True if a table certainly satisfies a schema.

    One query covers all columns. Pandera would read the table once for every check, which takes
    tens of times as long, so it is used only if this query finds something.
    """
    expected = [(name, duckdb_type(column.dtype.type)) for name, column in schema.columns.items()]
    found = [(name, type_.lower()) for name, type_, *_ in db.rows(f"describe {relation}")]
    if found != expected or schema.checks or schema.unique:
        return False
    conditions = []
    for name, column in schema.columns.items():
        if column.unique:
            return False
        if not column.nullable:
            conditions.append(f"{name} is not null")
            if column.dtype.type.is_float():
                conditions.append(f"not isnan({name})")
        for check in column.checks or []:
            if check.name not in _CONDITIONS or not check.ignore_na:
                return False
            condition = _CONDITIONS[check.name](name, **check.statistics)
            conditions.append(f"({name} is null or ({condition}))")
    wrong = f"select 1 from {relation} where not ({' and '.join(conditions)}) limit 1"
    return not conditions or not db.rows(wrong)
