"""Estimates: what to expect where there is no case."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_efficiency_pool import FEW_CLEAN_CASES, NO_CLEAN_CASE
from pipelines.contracts.metrics.case_input import MISSING
from pipelines.contracts.vocabulary import as_in, carried, integer, number


@table(grain=["hardware_id", "model_id", "quant_id"])
class MartEstimate(Contract):
    """One row per accelerator, model and quantization that fits but has no case.

    Cards, batch size and lengths are assumed (estimate_* in assumption); N is the batch size.
    """

    hardware_id: str = carried("mart_stack_option.hardware_id")
    model_id: str = carried("mart_stack_option.model_id")
    quant_id: str = carried("mart_stack_option.quant_id")
    hardware_name: str = carried("mart_stack_option.hardware_name")
    model_name: str = carried("mart_stack_option.model_name")
    compute_precision: str = carried("mart_stack_option.compute_precision")
    cards: int = integer("Cards of the assumed setup", unit="cards", ge=1)
    batch_size: int = integer(as_in("fact_case_history.batch_size"), unit="sequences", ge=1)
    prefill_seq_len: int = integer(as_in("fact_case_history.prefill_seq_len"), unit="tokens")
    decode_seq_len: int = integer(as_in("fact_case_history.decode_seq_len"), unit="tokens")
    memory_needed_gb: float = number("Memory for weights and KV cache", unit="GB", ge=0)
    decode_roofline_tok_s: float = number(
        as_in("case_metric.decode_roofline_tok_s"), unit="tok/s", null=MISSING, ge=0
    )
    expected_efficiency: float = number(
        "Expected decode roofline efficiency", unit="1", null=NO_CLEAN_CASE, ge=0
    )
    expected_decode_tok_s: float = number(
        "Expected decode throughput of all cards", unit="tok/s", null=NO_CLEAN_CASE, ge=0
    )
    expected_decode_tok_s_low: float = number(
        "Lower end of the 80 % interval of the expected decode throughput",
        unit="tok/s",
        null=FEW_CLEAN_CASES,
        ge=0,
    )
    expected_decode_tok_s_high: float = number(
        "Upper end of the 80 % interval of the expected decode throughput",
        unit="tok/s",
        null=FEW_CLEAN_CASES,
        ge=0,
    )
    expected_decode_tok_s_per_w_tdp: float = number(
        "Expected decoded tokens per joule, if the cards draw their thermal design power",
        unit="tok/s/W",
        null=f"no thermal design power given, or {NO_CLEAN_CASE}",
        ge=0,
    )
    pool: str = carried("mart_stack_option.pool")
    pool_n: int = carried("mart_stack_option.pool_n")
