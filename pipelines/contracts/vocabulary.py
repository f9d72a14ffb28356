"""The vocabulary in which contracts are written. No table stands here.

A column is an annotation (its type) and one of the functions below (its meaning).
`null=` says what an absent value means; without it the column is never NULL.
`source=` is the path in the feed, relative to the contract's origin. `known=` lists
the values seen so far: another one is kept and reported as drift, never rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar

import pandera.polars as pa
import polars as pl
from pandera.api.polars.container import DataFrameSchema

Texts = Annotated[pl.List, pl.String]
Moment = Annotated[pl.Datetime, "us", None]

_C = TypeVar("_C", bound="Contract")

#: A slug as the publisher writes ids: lower-case letters, digits, dots, hyphens.
ID_PATTERN = r"^[a-z0-9][a-z0-9._+-]*$"

#: What NULL means where the feed may leave a value out.
NOT_GIVEN = "the feed gives none"

#: A number is finite: it lies between −FINITE and FINITE.
FINITE = 1.7e308


@dataclass(frozen=True)
class Origin:
    """Where in a feed item the rows of a table come from.

    `entity` is the part of the item: case, hardware, server, model, engine or quant.
    `each` is the list inside it with one row per element; None for one row per entity.
    `elements` is the contract that types the elements where they are rows of another table.
    """

    entity: str
    each: str | None = None
    elements: type[Contract] | None = None


class Contract(pa.DataFrameModel):
    """A table's contract; the docstring of a subclass is the table's description."""

    class Config:
        strict = True
        ordered = True


@dataclass(frozen=True)
class Table:
    """What a contract says of its table as a whole."""

    at_publication = False
    layer = ""  # SHIM

    schema: str
    grain: tuple[str, ...]
    origin: Origin | None
    by_case: bool
    """Whether its rows of a case follow from rows of that case alone, so that a large one
    can be made a range of case ids at a time."""


_TABLES: dict[type[Contract], Table] = {}


def table(
    schema: str, *, grain: Sequence[str], origin: Origin | None = None, by_case: bool = False
) -> Callable[[type[_C]], type[_C]]:
    """Class decorator: this contract is of a table in `schema`, unique by the columns `grain`."""

    def register(contract: type[_C]) -> type[_C]:
        _TABLES[contract] = Table(schema, tuple(grain), origin, by_case)
        return contract

    return register


def table_of(contract: type[Contract]) -> Table:
    """Schema, grain and origin of a contract."""
    found = _TABLES[contract]
    name = table_name(contract)
    layer = "star" if found.schema == "main" else found.schema
    if name in ("assumption", "card_price", "trust_policy"):
        layer = "configuration"
    object.__setattr__(found, "layer", layer)
    object.__setattr__(found, "at_publication", name == "build")
    return found


def registered() -> dict[str, type[Contract]]:
    """The contracts of tables by table name, in the order of their definition."""
    return {table_name(contract): contract for contract in _TABLES}


@dataclass(frozen=True)
class Column:
    """One column of a contract, as the rest of the code wants to know it."""

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


def table_name(contract: type[Contract]) -> str:
    """`FactCase` -> `fact_case`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", contract.__name__).lower()


def describe(contract: type[Contract]) -> str:
    """The table's description: its docstring in one line."""
    return " ".join((contract.__doc__ or "").split())


@cache
def schema(contract: type[Contract]) -> DataFrameSchema:
    """The Pandera schema of a contract."""
    return contract.to_schema()


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
            )
        )
    return tuple(found)


def _field(kind: str, description: str, *, null: str | None, **rest: Any) -> Any:
    meta_names = ("unit", "source", "formula", "known", "references")
    metadata = {name: rest.pop(name) for name in meta_names if rest.get(name) is not None}
    for name in meta_names:
        rest.pop(name, None)
    if null is not None:
        metadata["null"] = null
    return pa.Field(
        nullable=null is not None,
        description=description,
        metadata={"kind": kind, **metadata},
        **rest,
    )


def identifier(
    description: str,
    *,
    source: str | None = None,
    null: str | None = None,
    references: str | None = None,
) -> Any:
    """An id as the publisher writes them; anything else is not an id."""
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
    description: str,
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
    description: str,
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
    description: str,
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
    description: str,
    *,
    source: str | None = None,
    null: str | None = None,
    formula: str | None = None,
) -> Any:
    """A BOOLEAN."""
    return _field("flag", description, null=null, source=source, formula=formula)


def day(description: str, *, source: str | None = None, null: str | None = None) -> Any:
    """A calendar date."""
    return _field("day", description, null=null, source=source)


def moment(description: str, *, null: str | None = None) -> Any:
    """A point in time, UTC."""
    return _field("moment", description, null=null, unit="UTC")


def texts(description: str, *, source: str | None = None, null: str | None = None) -> Any:
    """A list of texts, in the order of the feed."""
    return _field("texts", description, null=null, source=source)


def raw_json(description: str, *, source: str | None = None, null: str | None = None) -> Any:
    """A piece of the feed as JSON text."""
    return _field("json", description, null=null, source=source)


def list_length(description: str, *, source: str, null: str) -> Any:
    """How many elements a list of the feed has; its elements are rows of another table."""
    return _field("length", description, null=null, source=source, unit="rows", ge=0)


def hashed(description: str, *, references: str | None = None, null: str | None = None) -> Any:
    """A surrogate key: a hash of content, the same on every machine."""
    return _field(
        "text",
        description,
        null=null,
        references=references,
        str_matches=r"^[0-9a-f]{16,64}$",
    )
