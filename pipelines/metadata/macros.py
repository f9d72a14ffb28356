"""The macros of the published file in words: one text for the dictionary and for DuckDB's comments.

Each macro in sql/macros and sql/questions has a comment above it, which starts with a description.
After it come `<parameter>: words`, `returns <column>: words`, and `returns: words` for all columns
together, each on its own line and continued on indented lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pipelines.contracts import columns, contracts
from pipelines.contracts.render import ddl
from pipelines.errors import RoofhouseError
from pipelines.settings import SQL_DIR
from pipelines.transform import registry, sql_files
from pipelines.warehouse import Warehouse, connect
from pipelines.warehouse.quoting import quote

#: A comment and the macro directly below it.
_MACRO = re.compile(
    r"((?:^--.*\n)*)^create or replace macro (\w+)\(([^()]*)\)\s+as\b( table\b)?",
    re.MULTILINE,
)
_CREATED = re.compile(r"^create or replace macro (\w+)", re.MULTILINE)
_ENTRY = re.compile(r"(?:(returns)\b ?)?(\w*): (.+)")


@dataclass(frozen=True)
class Macro:
    """A published macro: its signature and the parts of its comment."""

    path: Path
    name: str
    signature: str
    """`what_if(hardware_id, …, usd_per_card_hour := null)`."""
    is_table: bool
    description: str
    required: int
    """The number of parameters that have no default."""
    parameters: dict[str, str] = field(default_factory=dict)
    """Every parameter with its description, or an empty text."""
    returns: dict[str, str] = field(default_factory=dict)
    """The columns that the comment describes; contracts may describe the others."""
    returns_all: str = ""

    @property
    def is_question(self) -> bool:
        """True if it answers a question of analysts; the others are formulas and their parts."""
        return self.path.parent.name == "questions"

    @property
    def comment(self) -> str:
        """The whole comment in one line."""
        parts = [self.description]
        if given := {name: words for name, words in self.parameters.items() if words}:
            parts.append(_listed("Parameters", given))
        if self.returns_all or self.returns:
            parts.append(_listed("Returns", {"": self.returns_all} | self.returns))
        return " ".join(parts)


def _listed(what: str, entries: dict[str, str]) -> str:
    told = [": ".join(filter(None, entry)) for entry in entries.items() if entry[1]]
    return f"{what}: {'; '.join(told)}."


@cache
def macros(folder: Path = SQL_DIR) -> tuple[Macro, ...]:
    """Return the macros that are published: the questions, then the others, by file.

    Raises RoofhouseError naming the file if one has no comment, or its comment describes a
    parameter that it does not take.
    """
    return tuple(
        macro
        for part in ("questions", "macros")
        for file in sql_files.read_folder(folder / part).values()
        for macro in _read(file.path, file.text)
    )


def _read(path: Path, text: str) -> Iterator[Macro]:
    read = list(_MACRO.finditer(text))
    if missed := set(_CREATED.findall(text)) - {match[2] for match in read}:
        raise RoofhouseError(
            f"{path}: cannot read the signature of {', '.join(sorted(missed))}; write "
            "`create or replace macro name(a, b) as`, without parentheses among the parameters"
        )
    for comment, name, listed, table in (match.groups() for match in read):
        given = [" ".join(one.split()) for one in listed.split(",") if one.strip()]
        lines = [line.removeprefix("--").removeprefix(" ") for line in comment.splitlines()]
        parameters = dict.fromkeys((one.partition(" ")[0] for one in given), "")
        description, returns = _entries(lines, parameters)
        if not description:
            raise RoofhouseError(f"{path}: {name}: say above it, in a comment, what it is")
        yield Macro(
            path,
            name,
            f"{name}({', '.join(given)})",
            table is not None,
            description,
            sum(":=" not in one for one in given),
            parameters,
            {column: words for column, words in returns.items() if column},
            returns.get("", ""),
        )


def _entries(lines: Iterable[str], parameters: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the description and the returned columns; fill in the words of `parameters`."""
    description: list[str] = []
    returns: dict[str, str] = {}
    place: tuple[dict[str, str], str] | None = None
    for line in lines:
        match = _ENTRY.fullmatch(line)
        if match and (match[1] or match[2] in parameters):
            place = (returns if match[1] else parameters, match[2])
            place[0][match[2]] = match[3]
        elif place and line.startswith("  "):
            entries, key = place
            entries[key] += f" {line.strip()}"
        else:
            place = None
            description.append(line.strip())
    return " ".join(description), returns


@cache
def result_columns() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the columns that each question returns, with their DuckDB types."""
    with connect() as con:
        db = Warehouse(con)
        db.prepare(registry.layout())
        for contract in contracts().values():
            db.execute(ddl(contract, "create table if not exists"))
        con.execute(sql_files.questions())
        return {
            one.name: tuple(
                (str(name), str(kind).lower())
                for name, kind, *_ in db.rows(
                    f"describe from {one.name}({', '.join(['null'] * one.required)})"
                )
            )
            for one in macros()
            if one.is_question
        }


def words_of(macro: Macro, column: str) -> str:
    """Return the description of a column of a table macro, with its unit in brackets.

    It comes from the macro's comment, else from the contracts' columns of that name. Raises
    RoofhouseError if neither describes the column, or contracts disagree.
    """
    if column in macro.returns:
        return macro.returns[column]
    found = {
        f"{one.description} [{one.unit}]" if one.unit else one.description
        for contract in contracts().values()
        for one in columns(contract)
        if one.name == column
    }
    if len(found) != 1:
        raise RoofhouseError(
            f"{macro.path}: {macro.name}: describe the column {column}: `-- returns {column}: …`"
        )
    return found.pop()


def comments() -> str:
    """COMMENT ON statements for every macro."""
    return "; ".join(
        f"comment on macro {'table ' if one.is_table else ''}{one.name} is {quote(one.comment)}"
        for one in macros()
    )
