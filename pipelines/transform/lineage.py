"""Which columns a column is made from, by sqlglot. Pure functions of SQL and contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from pipelines.contracts import columns, contracts, table_of
from pipelines.transform import rules, sql_files

#: A column of a table: (schema, table, column).
Source = tuple[str, str, str]

#: The columns of the staging views, which have no contracts: (table, names).
Staged = tuple[tuple[str, tuple[str, ...]], ...]


@cache
def column_sources(name: str, staged: Staged = ()) -> Mapping[str, tuple[Source, ...]]:
    """For each column of a built table, the columns of other tables that it is made from.

    A column that is made from no other (a constant, a macro's table) has none, as have
    the columns of a table that no SQL makes. Without `staged`, stars over staging views
    stay what they are.
    """
    if name == "finding":
        text = rules.select(rules.load())
    elif name in sql_files.models():
        text = sql_files.models()[name].text
    else:
        return {}
    tree = qualify(
        sql_files.parse(text).copy(),
        schema=_mapping(staged),
        dialect="duckdb",
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    root = build_scope(tree)
    if root is None:  # not a query: sql_files.parse has refused it
        return {}
    walk = _Walk(root)
    return {one: tuple(sorted(walk.column(root, one))) for one in _names(root)}


def _names(scope: Scope) -> list[str]:
    return scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []


@cache
def schema() -> dict[str, object]:
    """The columns of every contract, as sqlglot wants them."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, contract in contracts().items():
        tables = found.setdefault(table_of(contract).schema, {})
        tables[name] = {column.name: "text" for column in columns(contract)}
    return dict(found)


@cache
def _mapping(staged: Staged) -> MappingSchema:
    """The same, prepared once; names are lower case already."""
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
        """What a column of a scope's result is made from."""
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
        for projection in query.selects:
            if projection.alias_or_name == name:
                for column in projection.find_all(exp.Column):
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


def metric_definitions() -> pl.DataFrame:
    """The derived metrics as rows of metrics.metric_definition, from their contract."""
    return pl.DataFrame(
        [
            (column.name, column.description, column.unit, column.formula)
            for column in columns(contracts()["case_metric"])
            if column.name not in _KEYS
        ],
        schema=dict.fromkeys(("metric", "description", "unit", "formula"), pl.String),
        orient="row",
    )


def metric_inputs() -> pl.DataFrame:
    """The inputs of each derived metric as rows of metrics.metric_input, from its SQL."""
    pairs = [
        (metric, column)
        for metric, sources in sorted(column_sources("case_metric").items())
        for _, table, column in sources
        if metric not in _KEYS and table == "case_input"
    ]
    inputs = {column.name: column for column in columns(contracts()["case_input"])}
    return pl.DataFrame(
        [(metric, name, inputs[name].description, inputs[name].unit) for metric, name in pairs],
        schema=dict.fromkeys(("metric", "input", "description", "unit"), pl.String),
        orient="row",
    )


def metric_sources() -> pl.DataFrame:
    """What each derived metric follows from, as rows of metrics.metric_source, from the SQL."""
    inputs = column_sources("case_input")
    found = {
        (metric, table, column)
        for metric, sources in column_sources("case_metric").items()
        for _, own, name in sources
        if metric not in _KEYS and own == "case_input"
        for _, table, column in inputs[name]
    }
    return pl.DataFrame(
        sorted(found),
        schema=dict.fromkeys(("metric", "source_table", "source_column"), pl.String),
        orient="row",
    )


_KEYS = ("case_id", "revision", "is_current")
