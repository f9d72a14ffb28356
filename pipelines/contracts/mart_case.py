"""The mart with one row per case, complete in itself."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.claim import Claim
from pipelines.contracts.metric import NO_PEAK, PRECISIONS, Metric
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    day,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)


class Stack(Contract):
    """Which case, on what hardware, model, engine and quantization."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    title: str = text("Title as submitted")
    submitted_on: dt.date = day("Date of submission", null=NOT_GIVEN)
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
    lab: str = text("Who made the model", null=NOT_GIVEN)
    model_family: str = text("Architecture family", null=NOT_GIVEN)
    domain: str = text("Domain of the model; llm where the feed gives none")
    workload_kind: str = text(
        "Kind of workload; autoregressive-decode where the feed gives none and the "
        "architecture has attention heads",
        null="the feed gives none and there are no attention heads",
    )
    total_params_b: float = number("Total parameters", unit="1e9 parameters", null=NOT_GIVEN)
    active_params_b: float = number(
        "Parameters active per token", unit="1e9 parameters", null=NOT_GIVEN
    )
    engine_id: str = identifier("Id of the engine")
    engine_name: str = text("Name of the engine")
    engine_version: str = text("Version of the engine that was run", null=NOT_GIVEN)
    quant_id: str = identifier("Id of the quantization")
    quant_name: str = text("Name of the quantization", null=NOT_GIVEN)
    bits_per_weight: float = number("Stored size of a weight", unit="bits")
    bits_per_activation: float = number("Size of an activation", unit="bits")
    compute_precision: str = text(
        "Precision whose peak bounds compute", null=NO_PEAK, one_of=PRECISIONS
    )
    compute_precision_is_native: bool = flag(
        "Whether that is the precision the quantization prefers, not one to fall back on",
        null=NO_PEAK,
    )


class CaseDescription(Claim, Stack):
    """What was claimed, and on what: the descriptive columns of a mart with one row per case."""

    uses_speculative_decoding: bool = flag("Whether command or notes name speculative decoding")
    uses_prefix_caching: bool = flag("Whether command or notes name prefix caching")


@table("marts", grain=["case_id"], by_case=True)
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
