"""Models in comparison."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_claim_summary import Comparable, Summary
from pipelines.contracts.vocabulary import as_in, carried, identifier


class ModelName(Contract):
    """The model."""

    model_id: str = identifier(as_in("dim_model.model_id"))
    model_name: str = carried("dim_model.model_name")
    lab: str = carried("dim_model.lab")


@table(grain=["model_id", "compute_precision", "throughput_scope", "division"])
class MartModelSummary(Summary, Comparable, ModelName):
    """One row per model, compute precision, scope of the throughput and division. Ranks are
    over plausible cases of decode workloads.
    """
