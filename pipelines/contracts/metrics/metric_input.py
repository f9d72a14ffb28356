"""Inputs of the derived metrics."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, text


@table(grain=["metric", "input"])
class MetricInput(Contract):
    """One row per derived metric and input that its SQL reads."""

    metric: str = carried("metric_definition.metric")
    input: str = text("Column of case_input that the metric is computed from")
    description: str = text(as_in("assumption.description"))
    unit: str = text(as_in("assumption.unit"), null="not a number")
