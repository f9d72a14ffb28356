"""The files of sql/checks: each is a query for rows that must not exist.

The head of a file is its comment: a description of what must hold, then `key: value` lines:
`table` (the table that the check belongs to), `severity` (error stops the publication, warn does
not) and, for an error, `action` (what to do about it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipelines.errors import RoofhouseError
from pipelines.transform import macros, sql_files
from pipelines.transform.sql_files import SqlFile

_KEY = re.compile(r"^(\w+): (.+)$")


class Check(BaseModel):
    """A query that returns no row as long as `description` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    query: str
    description: str
    table: str
    severity: str
    action: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> Check:
        if self.severity not in ("error", "warn"):
            raise ValueError(f"severity {self.severity!r} is not error or warn")
        if self.is_blocking and not self.action:
            raise ValueError("an error needs `action`: what to do about it")
        return self

    @property
    def is_blocking(self) -> bool:
        """True if it stops the publication."""
        return self.severity == "error"

    @property
    def reads(self) -> tuple[str, ...]:
        """The tables that the query reads, by bare name."""
        return tuple(one.partition(".")[2] for one in macros.tables_read(self.query))


@cache
def load() -> tuple[Check, ...]:
    """Return the checks by name. Raises RoofhouseError naming the file that is wrong."""
    return tuple(_read(file) for file in sql_files.checks().values())


def against(tables: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks. Raises RoofhouseError if one reads a table that is not in `tables`."""
    known = set(tables)
    for check in load():
        for name in (check.table, *check.reads):
            if name not in known:
                path = sql_files.checks()[check.name].path
                raise RoofhouseError(f"{path}: no table {name}")
    return load()


def _read(file: SqlFile) -> Check:
    words: list[str] = []
    keys: dict[str, str] = {}
    for line in _head(file.text):
        if match := _KEY.match(line):
            keys[match[1]] = match[2]
        elif line:
            words.append(line)
    _ = file.tree  # raises unless it is one SELECT
    found: Mapping[str, str] = {
        **keys,
        "name": file.name,
        "query": file.text,
        "description": " ".join(words),
    }
    try:
        return Check.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RoofhouseError(
            f"{file.path}: {where + ': ' if where else ''}{first['msg']}"
        ) from None


def _head(text: str) -> Iterable[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()
