"""Engines in comparison."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_claim_summary import Precision, Summary
from pipelines.contracts.vocabulary import as_in, carried, identifier


class EngineName(Contract):
    """The engine."""

    engine_id: str = identifier(as_in("dim_engine.engine_id"))
    engine_name: str = carried("dim_engine.engine_name")
    maintainer: str = carried("dim_engine.maintainer")


@table(grain=["engine_id", "compute_precision"])
class MartEngineComparison(Summary, Precision, EngineName):
    """One row per engine and compute precision; ranks leave impossible cases out."""
