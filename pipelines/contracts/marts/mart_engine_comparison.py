"""Engines in comparison."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_claim_summary import Comparable, Summary
from pipelines.contracts.vocabulary import as_in, carried, identifier


class EngineName(Contract):
    """The engine."""

    engine_id: str = identifier(as_in("dim_engine.engine_id"))
    engine_name: str = carried("dim_engine.engine_name")
    maintainer: str = carried("dim_engine.maintainer")


@table(grain=["engine_id", "compute_precision", "throughput_scope", "division"])
class MartEngineComparison(Summary, Comparable, EngineName):
    """One row per engine, compute precision, scope of the throughput and division. Ranks are
    over plausible cases of decode workloads.
    """
