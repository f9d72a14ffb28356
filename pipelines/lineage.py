"""Which columns a column is made from, by sqlglot. Pure functions of SQL and contracts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from pipelines import sql
from pipelines.contracts import columns, contracts, table_of

#: A column of a table: (table, column).
Source = tuple[str, str]


@cache
def _schema() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, contract in contracts().items():
        tables = found.setdefault(table_of(contract).schema, {})
        tables[name] = {column.name: "text" for column in columns(contract)}
    return found


@cache
def column_sources(name: str) -> dict[str, tuple[Source, ...]]:
    """For each column of a SQL file's table, the columns of other tables that it is made from.

    A column that is made from no other (a constant, a macro's table) has none.
    """
    nodes: Any = lineage(None, sql.models()[name].text, _schema(), dialect="duckdb")
    return {column: _leaves(node) for column, node in nodes.items()}


def _leaves(node: Node) -> tuple[Source, ...]:
    found = {
        (one.source.name, one.name.rpartition(".")[2])
        for one in node.walk()
        if not one.downstream and isinstance(one.source, exp.Table)
    }
    return tuple(sorted(found))


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


def metric_inputs(cache_folder: Path) -> pl.DataFrame:
    """The inputs of each derived metric as rows of metrics.metric_input, from its SQL.

    Parsing takes seconds, so the result is kept in `cache_folder` by the hash of the SQL.
    """
    text = sql.models()["case_metric"].text
    kept = cache_folder / f"{sql.code_version(text, str(_schema()))}.json"
    if kept.is_file():
        pairs = json.loads(kept.read_text(encoding="utf-8"))
    else:
        pairs = [
            (metric, column)
            for metric, sources in sorted(column_sources("case_metric").items())
            for table, column in sources
            if metric not in _KEYS and table == "case_input"
        ]
        cache_folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".tmp")
        partial.write_text(json.dumps(pairs), encoding="utf-8")
        partial.replace(kept)
    inputs = {column.name: column for column in columns(contracts()["case_input"])}
    return pl.DataFrame(
        [(metric, name, inputs[name].description, inputs[name].unit) for metric, name in pairs],
        schema=dict.fromkeys(("metric", "input", "description", "unit"), pl.String),
        orient="row",
    )


_KEYS = ("case_id", "revision", "is_current")
