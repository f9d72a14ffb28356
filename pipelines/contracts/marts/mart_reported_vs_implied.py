"""Reported quantities against what the other numbers of the case imply."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import MISSING
from pipelines.contracts.star.fact_case_history import NOT_REPORTED
from pipelines.contracts.vocabulary import as_in, carried, number, text

OTHER_DEFINITION = "the two are not of one definition"


@table(grain=["case_id", "quantity"], by_case=True)
class MartReportedVsImplied(Contract):
    """One row per current case and quantity: reported value, implied value, verdict.

    Left out are bandwidth and concurrency with speculative decoding, compute over a whole run,
    whose throughput does not count the prompts, and memory if the size of the KV cache is unknown.
    """

    case_id: str = carried("mart_case_metrics.case_id", references="mart_case_metrics.case_id")
    quantity: str = text(
        "Quantity that is compared", one_of=["memory_bandwidth", "compute", "memory", "concurrency"]
    )
    unit: str = text(as_in("assumption.unit"))
    reported: float = number("Value that the case reports", unit="see `unit`", null=NOT_REPORTED)
    implied: float = number(
        "Value that its other numbers imply",
        unit="see `unit`",
        null=f"{OTHER_DEFINITION}, or {MISSING}",
        formula="memory_bandwidth: 100·decode_mbu; compute: 100·decode_mfu; "
        "memory: weights_per_card_gb + N·ctx_kv·kv / (n·1e9); "
        "concurrency: decode_concurrency_uncapped",
    )
    reported_to_implied: float = number(
        "Reported value over implied value", unit="1", null=f"not reported, {MISSING}", ge=0
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
    throughput_scope: str = carried("mart_case_metrics.throughput_scope")
    plausibility: str = carried("mart_case_metrics.plausibility")
    hardware_id: str = carried("mart_case_metrics.hardware_id")
    model_id: str = carried("mart_case_metrics.model_id")
    engine_id: str = carried("mart_case_metrics.engine_id")
    quant_id: str = carried("mart_case_metrics.quant_id")
