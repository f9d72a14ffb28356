"""The configuration files as tables: assumptions, prices and the trust policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from sqlglot import exp

from pipelines.code_version import code_version
from pipelines.errors import RoofhouseError
from pipelines.settings import CONFIG_DIR, SQL_DIR, Settings, read_yaml
from pipelines.transform import macros, sql_files
from pipelines.transform.table import Frame, Table

#: Configuration tables and the files with their content.
_FILES = {
    "assumption": ("assumptions.yml", "prices.yml"),
    "card_price": ("prices.yml",),
    "trust_policy": ("trust.yml",),
}


def tables() -> Iterable[Table]:
    """Yield the configuration tables."""
    for name, files in _FILES.items():
        frame = Frame(_rows_of(name), code_version("transform"), inputs=files_of(name))
        paths = tuple(CONFIG_DIR / file for file in files)
        yield Table(name, "configuration", paths, frame, kind="yaml")


def _rows_of(name: str) -> Callable[[Settings], pl.DataFrame]:
    return lambda settings: frames(settings)[name]


def files_of(name: str) -> Callable[[Settings], list[Path]]:
    """Return the function from settings to the files of a configuration table."""
    return lambda settings: [settings.config / file for file in _FILES[name]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Assumption(_Strict):
    name: str
    value: float
    unit: str
    description: str
    source: str


class _Price(_Strict):
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    source: str
    date: dt.date

    @field_validator("source")
    @classmethod
    def _says_where(cls, source: str) -> str:
        if not any(one.isalnum() for one in source):
            raise PydanticCustomError("source", "say where the price is from")
        return source


class _Effectiveness(_Price):
    value: Annotated[float, Field(ge=1, allow_inf_nan=False)]


class _Prices(_Strict):
    electricity_usd_per_kwh: _Price | None = None
    pue: _Effectiveness | None = None
    usd_per_card_hour: dict[str, _Price] | None = None


class _Trust(_Strict):
    tier_order: list[str]
    measured_source_types: list[str]
    disqualifying_attestation: str
    prefix_caching_by_default: list[str]


def frames(settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the configuration tables by name.

    Raises RoofhouseError naming file and entry if the configuration is wrong.
    """
    assumptions = _read(settings, "assumptions.yml", list[_Assumption])
    prices = _read(settings, "prices.yml", _Prices)
    trust = _read(settings, "trust.yml", _Trust)
    rows = [one.model_dump() for one in assumptions]
    for name, unit, words in (
        ("electricity_usd_per_kwh", "USD/kWh", "Price of electricity"),
        ("pue", "1", "Power usage effectiveness of the site"),
    ):
        price = getattr(prices, name)
        rows.append(
            {
                "name": name,
                "value": price.value if price else None,
                "unit": unit,
                "description": words,
                "source": f"{price.source} ({price.date})" if price else "not configured",
            }
        )
    _need(settings.config / "assumptions.yml", {str(row["name"]) for row in rows})
    policy = [("tier", tier, rank) for rank, tier in enumerate(trust.tier_order, 1)]
    policy += [
        ("measured_source_type", kind, rank)
        for rank, kind in enumerate(trust.measured_source_types, 1)
    ]
    policy.append(("disqualifying_attestation", trust.disqualifying_attestation, 1))
    policy += [
        ("prefix_caching_by_default", engine, rank)
        for rank, engine in enumerate(trust.prefix_caching_by_default, 1)
    ]
    return {
        "assumption": pl.DataFrame(
            rows,
            schema={
                "name": pl.String,
                "value": pl.Float64,
                "unit": pl.String,
                "description": pl.String,
                "source": pl.String,
            },
        ),
        "card_price": pl.DataFrame(
            [
                (hardware_id, price.value, price.date, price.source)
                for hardware_id, price in sorted((prices.usd_per_card_hour or {}).items())
            ],
            schema={
                "hardware_id": pl.String,
                "usd_per_card_hour": pl.Float64,
                "priced_on": pl.Date,
                "source": pl.String,
            },
            orient="row",
        ),
        "trust_policy": pl.DataFrame(
            policy,
            schema={"policy": pl.String, "value": pl.String, "rank": pl.Int64},
            orient="row",
        ),
    }


def _need(path: Path, names: set[str]) -> None:
    """Raise RoofhouseError for a value that a SQL file reads and the configuration lacks."""
    found: list[tuple[exp.Expr, Path]] = [
        *((file.tree, file.path) for file in sql_files.models().values()),
        *((macro.body, SQL_DIR / "macros") for macro in macros.project().values()),
    ]
    for tree, reader in found:
        calls = (call for call in tree.find_all(exp.Anonymous) if call.name.lower() == "assumed")
        for name in (one.name for call in calls for one in call.expressions):
            if name not in names:
                raise RoofhouseError(
                    f"{path}: no entry {name}, which {reader} reads; add one, "
                    "with name, value, unit, description and source"
                )


def _read(settings: Settings, name: str, kind: Any) -> Any:
    path = settings.config / name
    try:
        return TypeAdapter(kind).validate_python(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RoofhouseError(f"{path}: {where}: {first['msg']}") from None
