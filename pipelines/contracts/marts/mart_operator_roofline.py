"""Rooflines of single operators."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import MISSING
from pipelines.contracts.vocabulary import as_in, carried, number, text


@table(grain=["case_id", "ordinal"])
class MartOperatorRoofline(Contract):
    """One row per current case and operator: its roofline, for one token on one card."""

    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    ordinal: int = carried("bridge_model_operator.ordinal")
    operator: str = carried("bridge_model_operator.operator")
    hardware_id: str = carried("case_input.hardware_id")
    model_id: str = carried("case_input.model_id")
    quant_id: str = carried("case_input.quant_id")
    compute_precision: str = carried("case_input.compute_precision")
    flops_per_token: float = carried("bridge_model_operator.flops_per_token")
    bytes_per_token: float = carried("bridge_model_operator.bytes_per_token")
    arithmetic_intensity: float = number(
        as_in("case_metric.arithmetic_intensity"),
        unit="op/byte",
        null=MISSING,
        formula="flops_per_token / bytes_per_token",
        ge=0,
    )
    ridge_point: float = number(
        as_in("case_metric.ridge_point"),
        unit="op/byte",
        null=MISSING,
        formula="F / BW",
        ge=0,
    )
    bound: str = text(
        "Resource that bounds the operator", null=MISSING, one_of=["memory", "compute"]
    )
    attainable_tflops: float = number(
        "Highest rate that the card can reach on the operator",
        unit="1e12 op/s per card",
        null=MISSING,
        formula="F · min(arithmetic_intensity, ridge_point) / ridge_point",
        ge=0,
    )
    operator_us: float = number(
        "Least time that the operator takes",
        unit="us per token",
        null=MISSING,
        formula="max(flops_per_token / F, bytes_per_token / BW) · 1e6",
        ge=0,
    )
    step_share: float = number(
        "Time of the operator as a share of the sum over all operators",
        unit="1",
        null=MISSING,
        ge=0,
    )
