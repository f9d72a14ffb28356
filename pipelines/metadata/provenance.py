"""Provenance of a column: the fields of the feed and the formulas behind it.

The dictionary and the comments of the published database use the same text.
"""

from __future__ import annotations

from functools import cache

from pipelines.contracts import Column, columns, contracts, describe, table_of
from pipelines.contracts.render import feed_paths, feed_root, full_name, in_words, origins
from pipelines.ingest.staging.tables import entity_contract
from pipelines.transform import lineage, metric_tables, registry
from pipelines.transform.table import STAGING, Select
from pipelines.warehouse.quoting import quote


def comments(name: str) -> str:
    """Return the COMMENT ON statements for a table and its columns."""
    contract = contracts()[name]
    table = full_name(contract)
    told = [f"comment on table {table} is {quote(describe(contract))}"]
    told += [
        f"comment on column {table}.{column.name} is {quote(comment(name, column))}"
        for column in columns(contract)
    ]
    return "; ".join(told)


def comment(name: str, column: Column) -> str:
    """Return everything that the dictionary says about a column except its type, in one line."""
    is_own = bool(feed_paths(contracts()[name], column))
    formula = [", ".join(formula_ids(name, column)), column.formula or ""]
    return in_words(
        column,
        **{"feed" if is_own else "made from": ", ".join(fields(name, column.name))},
        formula=": ".join(filter(None, formula)),
    )


@cache
def fields(name: str, column_name: str) -> tuple[str, ...]:
    """Return the feed paths behind a column: its own, else those of the columns behind it."""
    contract = contracts()[name]
    column = next(one for one in columns(contract) if one.name == column_name)
    if own := feed_paths(contract, column):
        return own
    if column.references:
        table, _, key = column.references.partition(".")
        return fields(table, key)
    for origin in origins(contract):  # the id of the entity that holds the list
        holder = entity_contract(origin.entity)
        for one in columns(holder):
            if one.name == column_name:
                return feed_paths(holder, one)
    behind = (_behind(name, *source) for source in _sources(name, column_name))
    return tuple(sorted({path for paths in behind for path in paths}))


def _behind(reader: str, name: str, column_name: str) -> tuple[str, ...]:
    """Return the feed paths behind a column that `reader` reads.

    Evidence has several owners; only the paths of owners whose evidence is read count.
    """
    contract = contracts()[name]
    reads = (one for one in registry.tables()[reader].reads if one != STAGING)
    upstream = (table_of(contracts()[one]).origin for one in reads)
    owners = {one.entity for one in upstream if one and one.elements is contract}
    paths = fields(name, column_name)
    if not owners:
        return paths
    roots = tuple(feed_root(one) for one in origins(contract) if one.entity in owners)
    return tuple(path for path in paths if path.startswith(roots))


def has_own_formula(name: str, column: Column) -> bool:
    """Return True if a column has its own formula and does not repeat that of a metric."""
    if name == metric_tables.METRICS and column.name in metrics():
        return True
    return bool(column.formula) and column.name not in _metrics_behind(name, column.name)


def formula_ids(name: str, column: Column) -> tuple[str, ...]:
    """Return the id of a column's own formula, else the ids of the metrics behind it."""
    if has_own_formula(name, column):
        return (column.name if name == metric_tables.METRICS else f"{name}.{column.name}",)
    return tuple(sorted(_metrics_behind(name, column.name) or metrics() & {column.name}))


@cache
def metrics() -> frozenset[str]:
    """Return the names of the derived metrics, which are the ids of their formulas."""
    return frozenset(metric_tables.definitions()["metric"])


@cache
def _metrics_behind(name: str, column_name: str) -> frozenset[str]:
    if name == metric_tables.METRICS and column_name in metrics():
        return frozenset([column_name])
    behind = (_metrics_behind(*source) for source in _sources(name, column_name))
    return frozenset().union(*behind)


def _sources(name: str, column_name: str) -> list[tuple[str, str]]:
    """Return the columns that the SQL of a metric or mart computes a column from.

    Empty for the star, whose columns are fields of the feed.
    """
    table = registry.tables().get(name)
    if table is None or table.layer not in ("metrics", "marts"):
        return []
    if not isinstance(table.maker, Select):
        return []
    sources = lineage.column_sources(table.maker.text)
    return [(source, key) for _, source, key in sources[column_name]]
