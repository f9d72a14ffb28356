"""The SQL files: one SELECT per table, the macros, and the macros that analysts call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from pipelines.contracts import LAYERS
from pipelines.errors import RoofhouseError
from pipelines.settings import SQL_DIR

#: The DuckDB schemas of all tables.
SCHEMAS = tuple(dict.fromkeys(LAYERS.values()))


@dataclass(frozen=True)
class SqlFile:
    """A SQL file with one SELECT. In a layer's folder it fills the table of the same name."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Name of the table, asset, contract and Parquet file."""
        return self.path.stem

    @property
    def layer(self) -> str:
        """The name of its folder."""
        return self.path.parent.name

    @property
    def tree(self) -> exp.Query:
        """The syntax tree; shared, so copy it before a change."""
        return parse(self.text, self.path)


def read_folder(folder: Path) -> dict[str, SqlFile]:
    """Return the SQL files of a folder by name."""
    return {
        path.stem: SqlFile(path, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.sql"))
    }


@cache
def models(folder: Path = SQL_DIR) -> dict[str, SqlFile]:
    """Return the SQL file of every table that SQL makes, layer by layer.

    Raises RoofhouseError for a name that is in two layers.
    """
    found: dict[str, SqlFile] = {}
    for layer in LAYERS:
        for name, file in read_folder(folder / layer).items():
            if name in found:
                raise RoofhouseError(
                    f"{file.path}: {found[name].path} makes the table {name} too; keep one of them"
                )
            found[name] = file
    return found


@cache
def checks(folder: Path = SQL_DIR) -> dict[str, SqlFile]:
    """Return the files of sql/checks by name; each is a query for rows that must not exist."""
    return read_folder(folder / "checks")


@cache
def macros(folder: Path = SQL_DIR) -> str:
    """Return the statements that create the macros for SQL files and analysts."""
    return "\n".join(file.text for file in read_folder(folder / "macros").values())


@cache
def questions(folder: Path = SQL_DIR) -> str:
    """Return the statements that create the table macros over the finished tables."""
    return "\n".join(file.text for file in read_folder(folder / "questions").values())


@cache
def parse(text: str, path: Path | None = None) -> exp.Query:
    """Return the syntax tree of one SELECT; shared, so copy it before a change.

    Raises RoofhouseError naming `path` and line.
    """
    named = f"{path}: " if path else ""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {}
        line = f"line {first['line']}: " if first.get("line") else ""
        words = first.get("description") or str(error)
        raise RoofhouseError(f"{named}{line}not one SELECT: {words}") from None
    except sqlglot.errors.TokenError as error:
        raise RoofhouseError(f"{named}not one SELECT: {error}") from None
    if not isinstance(tree, exp.Query):
        raise RoofhouseError(f"{named}not one SELECT: {text[:80]}")
    return tree
