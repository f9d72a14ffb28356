"""The derived metrics as tables: their definitions, their inputs and the columns behind those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl

from pipelines.code_version import code_version
from pipelines.contracts import columns, contracts
from pipelines.settings import CONTRACTS_DIR, Settings
from pipelines.transform import catalog_tables, lineage, sql_files
from pipelines.transform.table import Frame, Table

#: The table of the derived metrics, and that of their inputs.
METRICS, INPUTS = "case_metric", "case_input"

#: Columns of case_metric that are not metrics.
_KEYS = ("case_id", "revision", "basis", "is_current")


def tables() -> Iterable[Table]:
    """Yield the tables that describe the metrics."""
    contract = CONTRACTS_DIR / "metrics" / f"{METRICS}.py"
    metric, input_ = (sql_files.models()[name].path for name in (METRICS, INPUTS))
    yield _table("metric_definition", (contract,), definitions)
    yield _table("metric_input", (metric,), inputs)
    yield _table("metric_source", (metric, input_), sources)


def _table(name: str, files: tuple[Path, ...], rows: Callable[[], pl.DataFrame]) -> Table:
    def frame(_: Settings) -> pl.DataFrame:
        return rows()

    return Table(
        name, "metrics", files, Frame(frame, code_version("contracts", "transform")), kind="python"
    )


def _made_from(name: str) -> Mapping[str, tuple[lineage.Source, ...]]:
    return lineage.column_sources(sql_files.models()[name].text)


def definitions() -> pl.DataFrame:
    """Return the derived metrics as rows of metrics.metric_definition, from their contract."""
    return pl.DataFrame(
        [
            (column.name, column.description, column.unit, column.formula)
            for column in columns(contracts()[METRICS])
            if column.name not in _KEYS
        ],
        schema=dict.fromkeys(("metric", "description", "unit", "formula"), pl.String),
        orient="row",
    )


def inputs() -> pl.DataFrame:
    """Return the inputs of each metric as rows of metrics.metric_input, from its SQL."""
    pairs = [
        (metric, column)
        for metric, sources in sorted(_made_from(METRICS).items())
        for _, table, column in sources
        if metric not in _KEYS and table == INPUTS
    ]
    inputs = {column.name: column for column in columns(contracts()[INPUTS])}
    return pl.DataFrame(
        [(metric, name, inputs[name].description, inputs[name].unit) for metric, name in pairs],
        schema=dict.fromkeys(("metric", "input", "description", "unit"), pl.String),
        orient="row",
    )


def sources() -> pl.DataFrame:
    """Return the columns of the star behind each metric as rows of metrics.metric_source.

    On the reference basis, columns of the catalog with the same names replace them.
    """
    behind = _made_from(INPUTS)
    found = {
        (metric, table, column)
        for metric, sources in _made_from(METRICS).items()
        for _, own, name in sources
        if metric not in _KEYS and own == INPUTS
        for _, table, column in behind[name]
        if table not in catalog_tables.ENTRIES
    }
    return pl.DataFrame(
        sorted(found),
        schema=dict.fromkeys(("metric", "source_table", "source_column"), pl.String),
        orient="row",
    )
