"""The mart with one row per case, complete in itself."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.fields import (
    Contract,
    day,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)
from pipelines.contracts.metric import NO_PEAK, PRECISIONS, Metric

GIVEN = "the feed gives none"
REPORTED = "not reported"


class CaseDescription(Contract):
    """What was claimed, and on what: the descriptive columns of a mart with one row per case."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    title: str = text("Title as submitted")
    submitted_on: dt.date = day("Date of submission", null=GIVEN)
    hardware_id: str = identifier("Id of the accelerator")
    hardware_name: str = text("Name of the accelerator")
    hardware_vendor: str = text("Vendor of the accelerator")
    card_count: int = integer("Accelerator cards, all pools together", unit="cards", ge=1)
    serving_cards: int = integer(
        "n: cards that serve decode",
        unit="cards",
        null="disaggregated, and no split of the cards given",
    )
    is_disaggregated: bool = flag(
        "Whether prefill and decode run on cards of their own", null="not said: counts as no"
    )
    server_id: str = identifier("Id of the server", null="no server named")
    server_name: str = text(
        "Name of the server", null="no server named, or the feed does not describe it"
    )
    model_id: str = identifier("Id of the model")
    model_name: str = text("Name of the model")
    lab: str = text("Who made the model", null=GIVEN)
    model_family: str = text("Architecture family", null=GIVEN)
    domain: str = text("Domain of the model; llm where the feed gives none")
    workload_kind: str = text(
        "Kind of workload; autoregressive-decode where the feed gives none and the "
        "architecture has attention heads",
        null="the feed gives none and there are no attention heads",
    )
    total_params_b: float = number("Total parameters", unit="1e9 parameters", null=GIVEN)
    active_params_b: float = number(
        "Parameters active per token", unit="1e9 parameters", null=GIVEN
    )
    engine_id: str = identifier("Id of the engine")
    engine_name: str = text("Name of the engine")
    engine_version: str = text("Version of the engine that was run", null=GIVEN)
    quant_id: str = identifier("Id of the quantization")
    quant_name: str = text("Name of the quantization", null=GIVEN)
    bits_per_weight: float = number("Stored size of a weight", unit="bits")
    bits_per_activation: float = number("Size of an activation", unit="bits")
    compute_precision: str = text(
        "Precision whose peak bounds compute", null=NO_PEAK, one_of=PRECISIONS
    )
    compute_precision_is_native: bool = flag(
        "Whether that is the precision the quantization prefers, not one to fall back on",
        null=NO_PEAK,
    )
    prefill_seq_len: int = integer("Prompt length of a request", unit="tokens")
    decode_seq_len: int = integer("Output length of a request", unit="tokens")
    batch_size: int = integer("Sequences in a batch, as stated", unit="sequences")
    max_concurrent_requests: int = integer("Most requests in flight at once", unit="requests")
    decode_tok_s: float = number("Decode throughput of all cards", unit="tok/s", null=REPORTED)
    prefill_tok_s: float = number("Prefill throughput of all cards", unit="tok/s", null=REPORTED)
    ttft_p50_ms: float = number("Time to first token, median", unit="ms", null=REPORTED)
    ttft_p99_ms: float = number("Time to first token, 99th percentile", unit="ms", null=REPORTED)
    tbt_p50_ms: float = number(
        "Time between tokens of one sequence (TPOT), median", unit="ms", null=REPORTED
    )
    tbt_p99_ms: float = number(
        "Time between tokens of one sequence (TPOT), 99th percentile", unit="ms", null=REPORTED
    )
    memory_per_card_gb: float = number("Memory in use per card", unit="GB per card", null=REPORTED)
    power_per_card_w: float = number("Power per card", unit="W per card", null=REPORTED)
    compute_pct: float = number("Reported utilization of compute", unit="%", null=REPORTED)
    memory_bw_pct: float = number(
        "Reported utilization of memory bandwidth", unit="%", null=REPORTED
    )
    bottleneck: str = text("What limits the run, as reported", null=REPORTED)
    uses_speculative_decoding: bool = flag("Whether command or notes name speculative decoding")
    uses_prefix_caching: bool = flag("Whether command or notes name prefix caching")


@table("marts", grain=["case_id"])
class MartCaseMetrics(Metric, CaseDescription):
    """One row per current case: what was claimed, on what, and every derived metric."""

    declared_tier: str = text("Strongest tier its evidence declares", null="no evidence")
    effective_tier: str = text(
        "`inconsistent` where an error stands, `estimated` where the tier is overstated, "
        "else the declared tier",
        null="no evidence, and no error",
    )
    tier_reason: str = text(
        "Why the effective tier is not the declared one", null="it is the declared one"
    )
    error_count: int = integer("Errors found: impossible as reported", unit="findings")
    warn_count: int = integer("Warnings found: implausible", unit="findings")
    info_count: int = integer("Notes: worth a look", unit="findings")
