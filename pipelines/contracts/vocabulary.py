"""The vocabulary in which contracts are written. No table stands here.

A column is an annotation, its type, and one of the functions below, its meaning:

    tdp_w: float = number("Thermal design power of one card", unit="W per card", null=NOT_GIVEN)
    hardware_name: str = carried("dim_hardware.hardware_name")

`null=` says what an absent value means; without it the column is never NULL.
`source=` is the path in the feed, relative to the contract's origin. `known=` lists
the values seen so far: another one is kept and reported as drift, never rejected.

A name has one description, written once. A column that a table passes on from another is
`carried`. A column that a table makes itself, under a name that another table describes,
takes the description only: `integer(as_in("bridge_case_issue.ordinal"))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl

Texts = Annotated[pl.List, pl.String]
Moment = Annotated[pl.Datetime, "us", None]

#: A slug as the publisher writes ids: lower-case letters, digits, dots, hyphens.
ID_PATTERN = r"^[a-z0-9][a-z0-9._+-]*$"

#: What NULL means where the feed may leave a value out.
NOT_GIVEN = "the feed gives none"

#: What NULL means where a file may have no time.
NO_TIME = "no time is known"

#: Of a carried column: NULL means what it means where the column is defined.
SAME = "as where it is defined"

#: A number is finite: it lies between −FINITE and FINITE.
FINITE = 1.7e308


class Contract(pa.DataFrameModel):
    """A table's contract; the docstring of a subclass is the table's description."""

    class Config:
        strict = True
        ordered = True


@dataclass(frozen=True)
class AsIn:
    """The description of another column."""

    column: str


def as_in(column: str) -> AsIn:
    """The description of `table.column`, for a column that another table makes itself."""
    return AsIn(column)


def carried(column: str, *, null: str | None = SAME, references: str | None = None) -> Any:
    """A column that is passed on from another table, given as `table.column`.

    Description, unit, bounds, allowed and known values, formula and the meaning of NULL are
    taken from there; the annotation must be the same. `null=` gives NULL another meaning, for
    example where a join may miss; `null=None` says that it is never NULL here.
    """
    metadata = {"carried_from": column, "null": null}
    if references is not None:
        metadata["references"] = references
    return pa.Field(metadata=metadata)


def _field(kind: str, description: str | AsIn, *, null: str | None, **rest: Any) -> Any:
    meta_names = ("unit", "source", "formula", "known", "references")
    metadata = {name: rest.pop(name) for name in meta_names if rest.get(name) is not None}
    for name in meta_names:
        rest.pop(name, None)
    if null is not None:
        metadata["null"] = null
    if isinstance(description, AsIn):
        metadata["as_in"] = description.column
    else:
        rest["description"] = description
    return pa.Field(nullable=null is not None, metadata={"kind": kind, **metadata}, **rest)


def identifier(
    description: str | AsIn,
    *,
    source: str | None = None,
    null: str | None = None,
    references: str | None = None,
) -> Any:
    """An id in the publisher's form (a slug); any other text is rejected."""
    return _field(
        "text",
        description,
        null=null,
        source=source,
        references=references,
        str_matches=ID_PATTERN,
        str_length={"max_value": 200},
    )


def text(
    description: str | AsIn,
    *,
    source: str | None = None,
    null: str | None = None,
    known: Sequence[str] | None = None,
    one_of: Sequence[str] | None = None,
    references: str | None = None,
    formula: str | None = None,
    max_length: int = 1_000_000,
) -> Any:
    """Free text. `known` warns of new values, `one_of` forbids them."""
    bounds: dict[str, Any] = {}
    if one_of is not None:
        bounds["isin"] = list(one_of)
    elif source is not None:
        bounds["str_length"] = {"max_value": max_length}
    return _field(
        "text",
        description,
        null=null,
        source=source,
        references=references,
        formula=formula,
        known=tuple(known) if known else None,
        **bounds,
    )


def number(
    description: str | AsIn,
    *,
    unit: str,
    source: str | None = None,
    null: str | None = None,
    ge: float | None = None,
    le: float | None = None,
    formula: str | None = None,
) -> Any:
    """A DOUBLE with its unit; always finite, hence bounded on both sides (NaN passes `ge`)."""
    low, high = (-FINITE if ge is None else ge), (FINITE if le is None else le)
    in_range = {"min_value": low, "max_value": high}
    return _field(
        "number",
        description,
        null=null,
        unit=unit,
        source=source,
        formula=formula,
        in_range=in_range,
    )


def integer(
    description: str | AsIn,
    *,
    unit: str | None = None,
    source: str | None = None,
    null: str | None = None,
    ge: int | None = 0,
    le: int | None = None,
    formula: str | None = None,
) -> Any:
    """A BIGINT."""
    bounds = {name: value for name, value in (("ge", ge), ("le", le)) if value is not None}
    return _field(
        "integer", description, null=null, unit=unit, source=source, formula=formula, **bounds
    )


def flag(
    description: str | AsIn,
    *,
    source: str | None = None,
    null: str | None = None,
    formula: str | None = None,
) -> Any:
    """A BOOLEAN."""
    return _field("flag", description, null=null, source=source, formula=formula)


def day(description: str | AsIn, *, source: str | None = None, null: str | None = None) -> Any:
    """A calendar date."""
    return _field("day", description, null=null, source=source)


def moment(description: str | AsIn, *, null: str | None = None) -> Any:
    """A point in time, UTC."""
    return _field("moment", description, null=null, unit="UTC")


def texts(description: str | AsIn, *, source: str | None = None, null: str | None = None) -> Any:
    """A list of texts, in the order of the feed."""
    return _field("texts", description, null=null, source=source)


def raw_json(description: str | AsIn, *, source: str | None = None, null: str | None = None) -> Any:
    """A piece of the feed as JSON text."""
    return _field("json", description, null=null, source=source)


def list_length(description: str | AsIn, *, source: str, null: str) -> Any:
    """The number of elements of a list of the feed, which are rows of another table."""
    return _field("length", description, null=null, source=source, unit="rows", ge=0)


def hashed(
    description: str | AsIn, *, references: str | None = None, null: str | None = None
) -> Any:
    """A surrogate key: a hash of content, the same on every machine."""
    return _field(
        "text",
        description,
        null=null,
        references=references,
        str_matches=r"^[0-9a-f]{16,64}$",
    )
