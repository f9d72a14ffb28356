"""A built table as an object: its name, its layer and what makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.contracts import LAYERS, Contract, columns, contracts, describe, table_of
from pipelines.contracts.render import ddl, full_name
from pipelines.settings import Settings
from pipelines.transform import macros
from pipelines.warehouse import Warehouse

#: The staged snapshots count as one table.
STAGING = "staged_snapshots"
#: Holds the cases whose derived values break a contract; see transform/quarantine.
QUARANTINE = "staging.quarantine"


@dataclass(frozen=True)
class Select:
    """A table that a SELECT fills. `explain` raises an error naming the wrong part of its file."""

    text: str
    explain: Callable[[Warehouse], None] | None = None


@dataclass(frozen=True)
class Frame:
    """A table that Python fills. `inputs` returns the files it reads, if settings name them."""

    rows: Callable[[Settings], pl.DataFrame]
    code: str
    inputs: Callable[[Settings], Sequence[Path]] | None = None


@dataclass(frozen=True)
class Table:
    """A built table. `files` are its makers: its SQL file, or the project files that it shows."""

    name: str
    layer: str
    files: tuple[Path, ...]
    maker: Select | Frame
    kind: str = field(default="sql")

    @property
    def contract(self) -> type[Contract]:
        """Its contract."""
        return contracts()[self.name]

    @property
    def schema(self) -> str:
        """Its DuckDB schema."""
        return LAYERS[self.layer]

    @property
    def full_name(self) -> str:
        """`main.fact_case`."""
        return full_name(self.contract)

    @property
    def is_mart(self) -> bool:
        """True if it is published as Parquet too."""
        return self.schema == "marts"

    @property
    def is_root(self) -> bool:
        """True if it reads files that the settings can name, instead of tables."""
        return isinstance(self.maker, Frame) and self.maker.inputs is not None

    @property
    def reads_cases(self) -> bool:
        """True if its rows depend on the raw files, not on the project alone."""
        return isinstance(self.maker, Select)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The tables that it reads, macros included, by bare name; staged tables are one."""
        if isinstance(self.maker, Frame):
            return ()
        named = set(macros.tables_read(self.maker.text))
        filling = quarantining() if QUARANTINE in named else ()
        named -= {QUARANTINE}
        found = {STAGING if n.startswith("staging.") else n.partition(".")[2] for n in named}
        return tuple(sorted({*found, *filling}))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything except the rows it reads: contract, SQL, macros, code."""
        made_from = [ddl(self.contract), describe(self.contract), str(columns(self.contract))]
        made_from.append(str(table_of(self.contract).grain))
        if isinstance(self.maker, Select):
            made_from.append(macros.fingerprint(self.maker.text))
        else:
            made_from.append(self.maker.code)
            if self.maker.inputs is None:
                made_from += [path.read_text(encoding="utf-8") for path in self.files]
        return hash_of(*made_from)


def quarantining() -> tuple[str, ...]:
    """Return the tables that a case can be taken out of: the metrics, with one row per case."""
    told = {name: table_of(contract) for name, contract in contracts().items()}
    return tuple(n for n, one in told.items() if one.layer == "metrics" and "case_id" in one.grain)


def hash_of(*texts: str) -> str:
    """Return a short hash of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
