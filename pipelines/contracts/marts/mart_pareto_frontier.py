"""The frontier of decode speed for one user and throughput per card."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, flag, identifier, integer, text

#: Reasons why a case takes no part in a comparison.
LEFT_OUT = (
    "impossible",
    "implausible",
    "not judged",
    "no decode workload",
    "without the figures",
)


@table(grain=["scope", "case_id"])
class MartParetoFrontier(Contract):
    """One row per current case and scope: both speeds, and the case that dominates it, if any.

    A case that takes no part has a reason instead. The counts are of the cases of `scope_id`: those
    that take part and those left out for each reason add up to `case_count`.
    """

    scope: str = text(
        "Cases that it is compared with: its comparability class or all",
        one_of=["class", "overall"],
    )
    scope_id: str = text(
        "Id of the comparability class, or `all claims` of one scope of the throughput and one "
        "division of MLPerf"
    )
    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    title: str = carried("mart_case_metrics.title")
    display_title: str = carried("mart_case_metrics.display_title")
    hardware_id: str = carried("mart_case_metrics.hardware_id")
    hardware_name: str = carried("mart_case_metrics.hardware_name")
    model_id: str = carried("mart_case_metrics.model_id")
    engine_id: str = carried("mart_case_metrics.engine_id")
    quant_id: str = carried("mart_case_metrics.quant_id")
    compute_precision: str = carried("mart_case_metrics.compute_precision")
    throughput_scope: str = carried("mart_case_metrics.throughput_scope")
    division: str = carried("fact_case.division")
    plausibility: str = carried("mart_case_metrics.plausibility")
    class_id: str = text(
        "Id of the comparability class: model, precision, prompt length, output length, scope of "
        "the throughput, division of MLPerf"
    )
    interactivity_tok_s_user: float = carried("mart_case_metrics.interactivity_tok_s_user")
    output_tok_s_per_card: float = carried("mart_case_metrics.output_tok_s_per_card")
    left_out_reason: str = text(
        "Reason why the case takes no part. A class also needs the lengths of prompt and output",
        one_of=LEFT_OUT,
        null="it takes part",
    )
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    contender_count: int = integer("Cases of the scope that take part", unit="cases")
    impossible_case_count: int = integer(
        as_in("mart_claim_summary.impossible_case_count"), unit="cases"
    )
    implausible_case_count: int = integer(
        as_in("mart_claim_summary.implausible_case_count"), unit="cases"
    )
    not_judged_case_count: int = integer(
        as_in("mart_claim_summary.not_judged_case_count"), unit="cases"
    )
    other_workload_case_count: int = integer(
        as_in("mart_claim_summary.other_workload_case_count"), unit="cases"
    )
    missing_figure_case_count: int = integer(
        "Plausible cases left out because they lack speed for one user or throughput per card, or "
        "in a class a length",
        unit="cases",
    )
    dominated_by_case_id: str = identifier(
        "Id of a case of the scope that is at least as good in both and better in one",
        null="on the frontier, or left out",
        references="mart_case_metrics.case_id",
    )
    is_on_frontier: bool = flag("True if the case takes part and no other dominates it")
