"""Estimates: the throughput to expect of stacks without a case."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_efficiency_pool import FEW_CLEAN_CASES, NO_CLEAN_CASE
from pipelines.contracts.metrics.case_input import MISSING
from pipelines.contracts.vocabulary import as_in, carried, flag, integer, number, text

NO_ESTIMATE = f"it does not fit, {NO_CLEAN_CASE}, or {MISSING}"
NO_INTERVAL = f"it does not fit, {FEW_CLEAN_CASES}, or {MISSING}"


class Setup(Contract):
    """An option, in an assumed setup."""

    hardware_id: str = carried("mart_stack_option.hardware_id")
    model_id: str = carried("mart_stack_option.model_id")
    quant_id: str = carried("mart_stack_option.quant_id")
    hardware_name: str = carried("mart_stack_option.hardware_name")
    model_name: str = carried("mart_stack_option.model_name")
    compute_precision: str = carried("mart_stack_option.compute_precision")
    cards: int = integer("Cards of the setup", unit="cards", ge=1)
    batch_size: int = integer(as_in("fact_case_history.batch_size"), unit="sequences", ge=1)
    prefill_seq_len: int = integer(as_in("fact_case_history.prefill_seq_len"), unit="tokens")
    decode_seq_len: int = integer(as_in("fact_case_history.decode_seq_len"), unit="tokens")


@table(grain=["hardware_id", "model_id", "quant_id"])
class MartEstimate(Setup):
    """One row per stack option that no current case uses: the throughput to expect.

    Cards, batch size and lengths are assumed (estimate_* in assumption); N is the batch size. An
    estimate is the prior times the exponential of the pooled log residual (mart_efficiency_pool).
    """

    memory_needed_gb: float = number(
        "Memory for the weights and the KV cache of full sequences",
        unit="GB",
        null=MISSING,
        formula="T·w + N·kv·(context that a layer keeps of min(P + D, max_context_length))",
        ge=0,
    )
    memory_available_gb: float = number(
        "Memory of all cards", unit="GB", null=MISSING, formula="n·CAP", ge=0
    )
    fits: bool = flag(
        "True if the memory suffices",
        null=MISSING,
        formula="memory_needed_gb ≤ memory_available_gb, in whole bytes",
    )
    decode_roofline_tok_s: float = number(
        as_in("case_metric.decode_roofline_tok_s"), unit="tok/s", null=MISSING, ge=0
    )
    decode_roofline_bound: str = text(
        as_in("case_metric.decode_roofline_bound"), null=MISSING, one_of=["memory", "compute"]
    )
    decode_prior_tok_s: float = number(
        as_in("case_metric.decode_prior_tok_s"), unit="tok/s", null=MISSING, ge=0
    )
    expected_efficiency: float = number(
        "Expected decode throughput as a share of the decode roofline",
        unit="1",
        null=NO_ESTIMATE,
        ge=0,
    )
    expected_decode_tok_s: float = number(
        "Expected decode throughput of all cards",
        unit="tok/s",
        null=NO_ESTIMATE,
        formula="decode_prior_tok_s · exp(log_mean)",
        ge=0,
    )
    expected_decode_tok_s_low: float = number(
        "Lower end of the 80 % interval of the expected decode throughput",
        unit="tok/s",
        null=NO_INTERVAL,
        formula="decode_prior_tok_s · exp(log_mean − 1.28·log_spread)",
        ge=0,
    )
    expected_decode_tok_s_high: float = number(
        "Upper end of the 80 % interval of the expected decode throughput",
        unit="tok/s",
        null=NO_INTERVAL,
        formula="decode_prior_tok_s · exp(log_mean + 1.28·log_spread)",
        ge=0,
    )
    expected_wall_tok_s: float = number(
        "Expected output throughput of all cards if they compute the prompts, too, none cached",
        unit="tok/s",
        null=NO_ESTIMATE,
        formula="serving_prior_tok_s · exp(log_mean)",
        ge=0,
    )
    expected_wall_tok_s_low: float = number(
        "Lower end of the 80 % interval of the expected output throughput",
        unit="tok/s",
        null=NO_INTERVAL,
        formula="serving_prior_tok_s · exp(log_mean − 1.28·log_spread)",
        ge=0,
    )
    expected_wall_tok_s_high: float = number(
        "Upper end of the 80 % interval of the expected output throughput",
        unit="tok/s",
        null=NO_INTERVAL,
        formula="serving_prior_tok_s · exp(log_mean + 1.28·log_spread)",
        ge=0,
    )
    expected_decode_tok_s_per_w_tdp: float = number(
        "Expected decoded tokens per joule, if the cards draw their thermal design power",
        unit="tok/s/W",
        null=NO_ESTIMATE,
        ge=0,
    )
    pool: str = carried("mart_stack_option.pool")
    pool_n: int = carried("mart_stack_option.pool_n")
