"""Definitions of the derived metrics."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, text


@table(grain=["metric"])
class MetricDefinition(Contract):
    """One row per derived metric: meaning, unit and formula."""

    metric: str = text("Id of the metric: its column in case_metric and mart_case_metrics")
    description: str = text(as_in("assumption.description"))
    unit: str = text(as_in("assumption.unit"), null="not a number")
    formula: str = text(
        "Formula in the symbols of case_input", null="the description says how it is computed"
    )
