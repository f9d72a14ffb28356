"""The SQL files: what they are called, what they read, what their hash is. Pure functions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from pipelines.errors import RoofhouseError
from pipelines.settings import SQL_DIR

#: Folder of sql/ -> schema in DuckDB, in the order of the flow.
SCHEMAS = {"star": "main", "metrics": "metrics", "quality": "quality", "marts": "marts"}


@dataclass(frozen=True)
class Model:
    """One SQL file: a SELECT that fills the table of the same name."""

    path: Path
    group: str
    text: str

    @property
    def name(self) -> str:
        """Name of the table, the asset and the contract."""
        return self.path.stem

    @property
    def schema(self) -> str:
        """DuckDB schema of the table."""
        return SCHEMAS[self.group]


@cache
def models(folder: Path = SQL_DIR) -> dict[str, Model]:
    """All SQL files by table name, group by group."""
    found: dict[str, Model] = {}
    for group in SCHEMAS:
        for path in sorted((folder / group).glob("*.sql")):
            found[path.stem] = Model(path, group, path.read_text(encoding="utf-8"))
    return found


@cache
def macros(folder: Path = SQL_DIR) -> str:
    """The text of all macro files."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((folder / "macros").glob("*.sql"))
    )


@cache
def questions(folder: Path = SQL_DIR) -> str:
    """The table macros that analysts call; they bind to the finished tables."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((folder / "questions").glob("*.sql"))
    )


@cache
def upstream(text: str) -> tuple[str, ...]:
    """Tables that a SELECT reads, as schema.name, without its own CTEs, sorted."""
    tree = parse(text)
    ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return tuple(
        sorted(
            {
                f"{table.db or 'main'}.{table.name}"
                for table in tree.find_all(exp.Table)
                if table.name and (table.db or table.name not in ctes)
            }
        )
    )


@cache
def parse(text: str) -> exp.Query:
    """The syntax tree of one SELECT; not to be changed, the next caller gets the same."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        raise RoofhouseError(f"not one SELECT: {error}") from None
    if not isinstance(tree, exp.Query):
        raise RoofhouseError(f"not one SELECT: {text[:80]}")
    return tree


def code_version(*texts: str) -> str:
    """A short hash of what makes a table, for Dagster's code version."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
