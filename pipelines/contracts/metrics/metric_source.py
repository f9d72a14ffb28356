"""Columns of the star behind the derived metrics."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, text


@table(grain=["metric", "source_table", "source_column"])
class MetricSource(Contract):
    """One row per derived metric and column of the star that it follows from."""

    metric: str = carried("metric_definition.metric")
    source_table: str = text("Table of the star")
    source_column: str = text("Column of that table that case_input makes an input from")
