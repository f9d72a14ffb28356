"""Column lineage: the columns that each column of a SELECT is computed from, by sqlglot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from pipelines.contracts import columns, contracts, table_of
from pipelines.transform import macros, sql_files

#: A column of a table: (schema, table, column).
Source = tuple[str, str, str]

#: The columns of the staging views, which have no contracts: (table, names).
Staged = tuple[tuple[str, tuple[str, ...]], ...]


@cache
def column_sources(select: str, staged: Staged = ()) -> Mapping[str, tuple[Source, ...]]:
    """Return, for each column of a SELECT, the columns of tables that it is computed from.

    A column that uses no other (a constant, the table of a scalar macro) has none. Without
    `staged`, stars over staging views are not expanded.
    """
    tree = qualify(
        macros.expand_tables(sql_files.parse(select), macros.project()),
        schema=_mapping(staged),
        dialect="duckdb",
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    root = build_scope(tree)
    if root is None:  # not a query: parse() has refused it
        return {}
    walk = _Walk(root)
    return {one: tuple(sorted(walk.column(root, one))) for one in _names(root)}


def _names(scope: Scope) -> list[str]:
    return scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []


def _read(expression: exp.Expr, windows: Mapping[str, exp.Window]) -> Iterator[exp.Column]:
    """Yield the columns of an expression, including those of the windows that it names."""
    yield from expression.find_all(exp.Column)
    for over in expression.find_all(exp.Window):
        named = windows.get(over.alias)
        if named is not None:
            yield from _read(named, windows)


@cache
def schema() -> dict[str, object]:
    """The columns of every contract, in the form that sqlglot expects."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, contract in contracts().items():
        tables = found.setdefault(table_of(contract).schema, {})
        tables[name] = {column.name: "text" for column in columns(contract)}
    return dict(found)


@cache
def _mapping(staged: Staged) -> MappingSchema:
    """The same schema, prepared once for sqlglot; all names are lower case."""
    views = {table: dict.fromkeys(names, "text") for table, names in staged}
    return MappingSchema(schema() | {"staging": views}, dialect="duckdb", normalize=False)


class _Walk:
    """Follows columns through the CTEs and subqueries of one statement, each once.

    sqlglot's own lineage does so for one column at a time, which takes eight times as long.
    """

    def __init__(self, root: Scope) -> None:
        self._scopes = {id(scope.expression): scope for scope in root.traverse()}
        self._found: dict[tuple[int, str], frozenset[Source]] = {}

    def column(self, scope: Scope, name: str) -> frozenset[Source]:
        """Return the columns that a column of a scope's result is computed from."""
        key = (id(scope), name)
        if key not in self._found:
            self._found[key] = frozenset()  # a recursive CTE ends here
            self._found[key] = frozenset(self._made_from(scope, name))
        return self._found[key]

    def _made_from(self, scope: Scope, name: str) -> Iterator[Source]:
        query = scope.expression
        if not isinstance(query, exp.Query):
            return
        if isinstance(query, exp.SetOperation):
            position = query.named_selects.index(name)
            for branch in scope.set_operation_scopes:
                own = _names(branch)[position]
                yield from self.column(branch, name if query.args.get("by_name") else own)
            return
        windows = {window.name: window for window in query.args.get("windows") or ()}
        for projection in query.selects:
            if projection.alias_or_name == name:
                for column in _read(projection, windows):
                    yield from self._behind(column)

    def _behind(self, column: exp.Column) -> Iterator[Source]:
        within = self._scopes.get(id(column.parent_select))
        while within is not None and column.table not in within.sources:
            within = within.parent  # a correlated subquery
        if within is None:  # the parameter of a lambda
            return
        source = within.sources[column.table]
        if isinstance(source, Scope):
            yield from self.column(source, column.name)
        elif isinstance(source, exp.Table):
            yield (source.db or "main", source.name, column.name)
