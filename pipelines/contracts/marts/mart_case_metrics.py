"""The mart with one row per case, complete in itself."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import NOT_DECODE, Claim
from pipelines.contracts.metrics.case_metric import Metric
from pipelines.contracts.vocabulary import Texts, carried, flag, integer, number, text, texts

#: Verdicts on the numbers of a case; clean ones are plausible.
PLAUSIBILITIES = ("impossible", "implausible", "plausible", "not_judged")

NO_REFERENCE = (
    "no specification that it runs on is in the catalog and differs from it, or a value computed "
    "with the catalog breaks a contract"
)


class Stack(Contract):
    """The case with its hardware, model, engine and quantization."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    source_id: str = carried("fact_case.source_id", references="dim_source.source_id")
    title: str = carried("fact_case.title")
    display_title: str = text("Title; made of model, cards and engine where its author gave none")
    submitted_on: dt.date = carried("fact_case.submitted_on")
    run_at: str = carried("fact_case.run_at")
    division: str = carried("fact_case.division")
    hardware_id: str = carried("fact_case.hardware_id")
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    card_count: int = carried("fact_case.card_count")
    serving_cards: int = carried("case_input.serving_cards")
    all_cards: int = carried("case_input.all_cards")
    is_disaggregated: bool = carried("fact_case.is_disaggregated")
    server_id: str = carried("fact_case.server_id")
    server_name: str = carried(
        "dim_server.server_name", null="no server named, or the feed does not describe it"
    )
    model_id: str = carried("fact_case.model_id")
    model_name: str = carried("dim_model.model_name")
    lab: str = carried("dim_model.lab")
    model_family: str = carried("dim_model.model_family")
    domain: str = carried("case_input.domain")
    workload_kind: str = carried("case_input.workload_kind")
    total_params_b: float = carried("dim_model.total_params_b")
    active_params_b: float = carried("dim_model.active_params_b")
    engine_id: str = carried("fact_case.engine_id")
    engine_name: str = carried("dim_engine.engine_name")
    engine_version: str = carried("fact_case.engine_version")
    quant_id: str = carried("fact_case.quant_id")
    quant_name: str = carried("dim_quant.quant_name")
    bits_per_weight: float = carried("dim_quant.bits_per_weight")
    bits_per_activation: float = carried("dim_quant.bits_per_activation")
    compute_precision: str = carried("case_input.compute_precision")
    compute_precision_is_native: bool = carried("case_input.compute_precision_is_native")


class CaseDescription(Claim, Stack):
    """The reported columns, which come before the metrics."""

    uses_speculative_decoding: bool = carried("case_input.uses_speculative_decoding")
    uses_prefix_caching: bool = carried("case_input.uses_prefix_caching")
    prefix_cache_hit_rate: float = carried("case_input.prefix_cache_hit_rate")
    kv_cache_bits: float = carried("case_input.kv_cache_bits")
    is_decode_workload: bool = carried("case_input.is_decode_workload")


@table(grain=["case_id"], by_case=True)
class MartCaseMetrics(Metric, CaseDescription):
    """One row per current case: what was run and reported, every derived metric, the verdict."""

    plausibility: str = text(
        "Verdict on the numbers: `impossible` with an error, `implausible` with a warning, "
        "`plausible` if neither is found, `not_judged` if nothing could be computed; evidence and "
        "support do not count",
        one_of=PLAUSIBILITIES,
    )
    reference_roofline_efficiency: float = number(
        "Roofline efficiency on the specifications of the catalog",
        unit="1",
        null=f"{NO_REFERENCE}, or {NOT_DECODE}",
        formula="roofline_efficiency on the basis `reference`",
        ge=0,
    )
    reference_plausibility: str = text(
        "Verdict on the numbers, as plausibility, on the specifications of the catalog",
        null=NO_REFERENCE,
        one_of=PLAUSIBILITIES,
    )
    differing_specifications: Texts = texts(
        "Specifications of the source that differ from the catalog, as `dimension.attribute` "
        "(spec_difference)",
        null=NO_REFERENCE,
    )
    declared_tier: str = carried("case_trust.declared_tier", null="no evidence")
    effective_tier: str = text(
        "Tier after the audit: `inconsistent` if impossible, `none` without a result, "
        "`estimated` if the declared tier is overstated, else the declared tier",
        null="no evidence, and not impossible",
    )
    tier_reason: str = text(
        "Reason why the effective tier differs from the declared one",
        null="it does not differ",
    )
    is_traceable: bool = flag(
        "True if the case has a result and rests on a measurement that anybody can trace: measured "
        "evidence that qualifies, with a URL or a citation, and none that is overstated"
    )
    error_count: int = integer("Errors found: impossible as reported", unit="findings")
    warn_count: int = integer("Warnings found: implausible", unit="findings")
    info_count: int = integer("Notes: worth a look", unit="findings")
