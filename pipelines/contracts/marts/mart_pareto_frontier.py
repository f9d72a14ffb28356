"""The frontier of decode speed for one user and throughput per card."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, flag, identifier, integer, text


@table(grain=["scope", "case_id"])
class MartParetoFrontier(Contract):
    """One row per current case and scope: speed for one user, throughput per card, and whether
    another case of the scope dominates it.
    """

    scope: str = text(
        "Cases that it is compared with: its comparability class or all",
        one_of=["class", "overall"],
    )
    scope_id: str = text("Id of the comparability class, or `all claims`")
    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    title: str = carried("mart_case_metrics.title")
    hardware_id: str = carried("mart_case_metrics.hardware_id")
    hardware_name: str = carried("mart_case_metrics.hardware_name")
    model_id: str = carried("mart_case_metrics.model_id")
    engine_id: str = carried("mart_case_metrics.engine_id")
    quant_id: str = carried("mart_case_metrics.quant_id")
    compute_precision: str = carried("mart_case_metrics.compute_precision")
    class_id: str = text(
        "Id of the comparability class: model, precision, prompt length and output length"
    )
    interactivity_tok_s_user: float = carried(
        "mart_case_metrics.interactivity_tok_s_user", null=None
    )
    decode_tok_s_per_card: float = carried("mart_case_metrics.decode_tok_s_per_card", null=None)
    is_impossible: bool = flag("True if the case has an error, which excludes it")
    contender_count: int = integer("Cases of the scope that take part", unit="cases")
    dominated_by_case_id: str = identifier(
        "Id of a case of the scope that is at least as good in both and better in one",
        null="on the frontier, or impossible",
        references="mart_case_metrics.case_id",
    )
    is_on_frontier: bool = flag("True if the case takes part and no other dominates it")
