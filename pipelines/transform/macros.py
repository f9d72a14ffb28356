"""The SQL macros, with the macros that they call and the tables that they read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from pipelines.errors import RoofhouseError
from pipelines.transform import sql_files


@dataclass(frozen=True)
class Macro:
    """A macro: its name, parameters, and the expression or query that it stands for (`body`)."""

    name: str
    parameters: tuple[str, ...]
    body: exp.Expr
    text: str

    @property
    def is_table(self) -> bool:
        """True if it is called in a FROM clause."""
        return isinstance(self.body, exp.Query) and not isinstance(self.body, exp.Subquery)

    @property
    def tables(self) -> frozenset[str]:
        """The tables that its body reads directly, as schema.name."""
        return frozenset(_tables(self.body))


@cache
def parse(text: str) -> Mapping[str, Macro]:
    """Return the macros that statements create, by name.

    Raises RoofhouseError for a statement that creates none.
    """
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except (sqlglot.errors.ParseError, sqlglot.errors.TokenError) as error:
        raise RoofhouseError(f"sql/macros: {error}") from None
    found = {}
    for tree in trees:
        head = tree.this
        if not isinstance(tree, exp.Create) or not isinstance(head, exp.UserDefinedFunction):
            raise RoofhouseError(f"sql/macros: not a macro: {tree.sql(dialect='duckdb')[:80]}")
        name = head.this.name.lower()
        parameters = tuple(one.name.lower() for one in head.expressions)
        found[name] = Macro(name, parameters, tree.expression, tree.sql(dialect="duckdb"))
    return found


def project() -> Mapping[str, Macro]:
    """Return the macros of sql/macros."""
    return parse(sql_files.macros())


def used(tree: exp.Expr, known: Mapping[str, Macro]) -> frozenset[str]:
    """Return the macros that an expression calls, directly or through other macros."""
    found: set[str] = set()
    open_ = [tree]
    while open_:
        for name in _called(open_.pop()):
            if name in known and name not in found:
                found.add(name)
                open_.append(known[name].body)
    return frozenset(found)


def _called(tree: exp.Expr) -> Iterator[str]:
    """The names of the functions in an expression; a macro may have a built-in's name."""
    for node in tree.find_all(exp.Func):
        yield (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def expand_tables(tree: exp.Query, known: Mapping[str, Macro]) -> exp.Query:
    """Return a copy of a SELECT in which every call of a table macro is a subquery."""
    tree = tree.copy()
    while True:
        calls = [
            table
            for table in tree.find_all(exp.Table)
            if isinstance(table.this, exp.Anonymous) and _is_table_macro(table.this.name, known)
        ]
        if not calls:
            return tree
        for table in calls:
            macro = known[table.this.name.lower()]
            body = _bind(macro, table.this.expressions)
            table.replace(exp.Subquery(this=body, alias=table.args.get("alias")))


def _is_table_macro(name: str, known: Mapping[str, Macro]) -> bool:
    macro = known.get(name.lower())
    return macro is not None and macro.is_table


def _bind(macro: Macro, arguments: list[exp.Expr]) -> exp.Expr:
    """Return the body of a macro with its arguments filled in, including names of tables."""
    given = dict(zip(macro.parameters, arguments, strict=True))
    body = macro.body.copy()
    for column in list(body.find_all(exp.Column)):
        if not column.table and column.name.lower() in given:
            column.replace(given[column.name.lower()].copy())
    for table in list(body.find_all(exp.Table)):
        call = table.this
        if isinstance(call, exp.Anonymous) and call.name.lower() == "query_table":
            (named,) = call.expressions
            if isinstance(named, exp.Literal):
                reference = exp.to_table(named.name, dialect="duckdb")
                reference.set("alias", table.args.get("alias"))
                table.replace(reference)
    return body


@cache
def tables_read(text: str, macro_text: str | None = None) -> tuple[str, ...]:
    """Return the tables that a SELECT reads, as schema.name, sorted; CTEs do not count.

    Tables that it reads through macros count, at any depth.
    """
    known = parse(sql_files.macros() if macro_text is None else macro_text)
    tree = expand_tables(sql_files.parse(text), known)
    found = set(_tables(tree))
    for name in used(tree, known):
        found |= known[name].tables
    return tuple(sorted(found))


def _tables(tree: exp.Expr) -> Iterator[str]:
    ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in ctes):
            yield f"{table.db or 'main'}.{table.name}"


@cache
def fingerprint(text: str) -> str:
    """Return a short hash of a SELECT and of every macro that it uses."""
    known = project()
    names = sorted(used(sql_files.parse(text), known))
    parts = [text, *(known[name].text for name in names)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
