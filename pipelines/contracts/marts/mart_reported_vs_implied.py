"""Reported quantities against what the other numbers of the case imply."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import MISSING
from pipelines.contracts.star.fact_case_history import NOT_REPORTED
from pipelines.contracts.vocabulary import as_in, carried, number, text


@table(grain=["case_id", "quantity"], by_case=True)
class MartReportedVsImplied(Contract):
    """One row per current case and quantity: reported value, implied value, verdict."""

    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    quantity: str = text(
        "Quantity that is compared", one_of=["memory_bandwidth", "compute", "memory", "concurrency"]
    )
    unit: str = text(as_in("assumption.unit"))
    reported: float = number("Value that the case reports", unit="see `unit`", null=NOT_REPORTED)
    implied: float = number(
        "Value that its other numbers imply: 100·decode_mbu, 100·decode_mfu, weights and KV cache "
        "per card, or throughput times time between tokens",
        unit="see `unit`",
        null=MISSING,
    )
    reported_to_implied: float = number(
        "Reported value over implied value", unit="1", null=MISSING, ge=0
    )
    verdict: str = text(
        "Verdict; the two agree if they differ by no more than a factor (agreement_factor in "
        "assumption)",
        one_of=[
            "agrees",
            "reported too high",
            "reported too low",
            "not reported",
            "not comparable",
        ],
    )
    hardware_id: str = carried("mart_case_metrics.hardware_id")
    model_id: str = carried("mart_case_metrics.model_id")
    engine_id: str = carried("mart_case_metrics.engine_id")
    quant_id: str = carried("mart_case_metrics.quant_id")
