"""Tables and their contracts: the layers, what a contract says of its table, the loading.

A layer is a folder, a table a module in it, and its contract the one class in the module that
`@table` decorates: `star/fact_case.py` holds `FactCase`, the contract of `main.fact_case`.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pipelines.contracts.vocabulary import Contract
from pipelines.errors import NEEDS_DOCSTRINGS, RoofhouseError

#: Folder of this package -> DuckDB schema of its tables, in the order of the data flow.
LAYERS = {
    "configuration": "main",
    "star": "main",
    "metrics": "metrics",
    "quality": "quality",
    "marts": "marts",
}

_C = TypeVar("_C", bound=Contract)


@dataclass(frozen=True)
class Origin:
    """The place in a feed item that the rows of a table come from.

    `entity` is the part of the item: case, hardware, server, model, engine or quant.
    `each` is the list inside it with one row per element; None for one row per entity.
    `elements` is the contract that types the elements where they are rows of another table.
    """

    entity: str
    each: str | None = None
    elements: type[Contract] | None = None


@dataclass(frozen=True)
class Table:
    """The table of a contract: layer, grain, origin."""

    path: Path
    """The module of the contract."""
    grain: tuple[str, ...]
    """The columns that tell its rows apart."""
    origin: Origin | None
    by_case: bool
    """True if the rows of a case follow from rows of that case alone, so that a large table
    can be filled one range of case ids at a time."""
    at_publication: bool
    """True if the publication fills the table, not the build."""

    @property
    def layer(self) -> str:
        """The folder of the contract, which is also that of the table's SQL file."""
        return self.path.parent.name

    @property
    def schema(self) -> str:
        """DuckDB schema of the table."""
        return LAYERS[self.layer]


_TABLES: dict[type[Contract], Table] = {}


def table(
    *,
    grain: Sequence[str],
    origin: Origin | None = None,
    by_case: bool = False,
    at_publication: bool = False,
) -> Callable[[type[_C]], type[_C]]:
    """Class decorator: this is the contract of a table, whose rows are unique by `grain`."""

    def register(contract: type[_C]) -> type[_C]:
        path = file_of(contract)
        _TABLES[contract] = Table(path, tuple(grain), origin, by_case, at_publication)
        return contract

    return register


def table_of(contract: type[Contract]) -> Table:
    """The table of a contract: layer, grain, origin."""
    return _TABLES[contract]


def table_name(contract: type[Contract]) -> str:
    """`FactCase` -> `fact_case`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", contract.__name__).lower()


def describe(contract: type[Contract]) -> str:
    """The table's description: its docstring in one line."""
    if sys.flags.optimize > 1:
        raise RoofhouseError(NEEDS_DOCSTRINGS)
    return " ".join((contract.__doc__ or "").split())


def file_of(contract: type[Contract]) -> Path:
    """The module that a class stands in."""
    return Path(str(sys.modules[contract.__module__].__file__))


@cache
def contracts() -> dict[str, type[Contract]]:
    """All contracts by table name: layer by layer in the order of LAYERS, by name within one."""
    return load(__package__, Path(__file__).parent)


def load(package: str, folder: Path) -> dict[str, type[Contract]]:
    """The contracts in the layers of a package, by table name, in the order of `contracts`.

    Raises RoofhouseError naming the file if a folder with modules is not a layer, or if a module
    does not hold exactly one table contract, named after the module.
    """
    for path in sorted(folder.glob("*/*.py")):
        if path.parent.name not in LAYERS:
            raise RoofhouseError(
                f"{path}: {path.parent.name} is not a layer. Move the module to one of "
                f"{', '.join(LAYERS)}, or add the layer to LAYERS in {__file__}."
            )
    found: dict[str, type[Contract]] = {}
    for layer in LAYERS:
        for path in sorted((folder / layer).glob("*.py")):
            if path.name != "__init__.py":
                contract = _only(importlib.import_module(f"{package}.{layer}.{path.stem}"), path)
                if (other := found.setdefault(path.stem, contract)) is not contract:
                    raise RoofhouseError(
                        f"{path}: the table {path.stem} has a contract already, in "
                        f"{file_of(other)}. Delete one of the two, or rename its table."
                    )
    return found


def _only(module: ModuleType, path: Path) -> type[Contract]:
    """The one table contract that a module holds."""
    held = list(_held(module))
    expected = "".join(part.capitalize() for part in path.stem.split("_"))
    if not held:
        raise RoofhouseError(
            f"{path}: holds no table contract. Decorate the class {expected} with @table; a class "
            "that several contracts share belongs in the module of the table that defines it."
        )
    if len(held) > 1:
        names = ", ".join(contract.__name__ for contract in held)
        raise RoofhouseError(
            f"{path}: holds several table contracts ({names}). Keep {expected} and move each of "
            "the others to a module named after its table."
        )
    if table_name(held[0]) != path.stem:
        raise RoofhouseError(
            f"{path}: the class {held[0].__name__} is the contract of the table "
            f"{table_name(held[0])}. Rename the class to {expected}, "
            f"or the module to {table_name(held[0])}.py."
        )
    return held[0]


def _held(module: ModuleType) -> Iterator[type[Contract]]:
    """The table contracts that a module defines, without those that it imports."""
    for value in vars(module).values():
        if isinstance(value, type) and value in _TABLES and value.__module__ == module.__name__:
            yield value
