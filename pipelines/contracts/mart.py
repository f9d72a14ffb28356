"""Marts with one row per case and something: finding, scope, operator, quantity; and coverage."""

from __future__ import annotations

from pipelines.contracts.claim import REPORTED
from pipelines.contracts.metric import MISSING, NO_PEAK, PRECISIONS
from pipelines.contracts.quality import SEVERITIES
from pipelines.contracts.vocabulary import Contract, flag, identifier, integer, number, table, text


@table("marts", grain=["case_id", "rule_id"], by_case=True)
class MartCaseFindings(Contract):
    """One row per current case and rule that it breaks, with what a reader needs."""

    case_id: str = identifier("Id of the case", references="mart_case_metrics.case_id")
    rule_id: str = text("Id of the rule")
    severity: str = text("How bad it is", one_of=SEVERITIES)
    rule_title: str = text("What would hold if the rule were kept")
    message: str = text("The finding in words, with the numbers")
    rule_why: str = text("Why it should hold")
    observed: float = number(
        "What the case says", unit="as in the message", null="the rule is not about a quantity"
    )
    limit_value: float = number(
        "What is allowed", unit="as in the message", null="the rule is not about a quantity"
    )
    margin: float = number(
        "How far beyond the limit, as a share of it: |observed - limit| / |limit|",
        unit="1",
        null="the rule is not about a quantity, or the limit is 0",
        ge=0,
    )
    title: str = text("Title of the case, as submitted")
    hardware_id: str = identifier("Id of the accelerator")
    hardware_name: str = text("Name of the accelerator")
    card_count: int = integer("Accelerator cards, all pools together", unit="cards", ge=1)
    model_id: str = identifier("Id of the model")
    model_name: str = text("Name of the model")
    engine_id: str = identifier("Id of the engine")
    quant_id: str = identifier("Id of the quantization")
    declared_tier: str = text("Strongest tier its evidence declares", null="no evidence")
    effective_tier: str = text(
        "`inconsistent` where an error stands, `estimated` where the tier is overstated, "
        "else the declared tier",
        null="no evidence, and no error",
    )


@table("marts", grain=["scope", "case_id"])
class MartParetoFrontier(Contract):
    """One row per current case and scope: on the frontier of speed for one and for all, or not."""

    scope: str = text(
        "What it is compared with: its class, or all claims", one_of=["class", "overall"]
    )
    scope_id: str = text("Id of that class, or `all claims`")
    case_id: str = identifier("Id of the case", references="mart_case_metrics.case_id")
    title: str = text("Title of the case, as submitted")
    hardware_id: str = identifier("Id of the accelerator")
    hardware_name: str = text("Name of the accelerator")
    model_id: str = identifier("Id of the model")
    engine_id: str = identifier("Id of the engine")
    quant_id: str = identifier("Id of the quantization")
    compute_precision: str = text(
        "Precision whose peak bounds compute", null=NO_PEAK, one_of=PRECISIONS
    )
    class_id: str = text(
        "Id of its comparability class: model, precision, prompt and output length"
    )
    interactivity_tok_s_user: float = number(
        "Speed that one user sees", unit="tok/s per user", ge=0
    )
    decode_tok_s_per_card: float = number(
        "Decode throughput per serving card", unit="tok/s per card", ge=0
    )
    is_impossible: bool = flag("Whether an error stands: such a claim takes no part")
    contender_count: int = integer("Claims that take part in the scope", unit="cases")
    dominated_by_case_id: str = identifier(
        "Id of a claim that is at least as good in both and better in one",
        null="on the frontier, or impossible",
        references="mart_case_metrics.case_id",
    )
    is_on_frontier: bool = flag("Whether no claim of the scope dominates it")


@table("marts", grain=["case_id", "ordinal"])
class MartOperatorRoofline(Contract):
    """One row per current case and operator: what bounds it, for one token on one card."""

    case_id: str = identifier("Id of the case", references="mart_case_metrics.case_id")
    ordinal: int = integer("Position in the decomposition, from 0")
    operator: str = text("Name of the operator")
    hardware_id: str = identifier("Id of the accelerator")
    model_id: str = identifier("Id of the model")
    quant_id: str = identifier("Id of the quantization")
    compute_precision: str = text(
        "Precision whose peak bounds compute", null=NO_PEAK, one_of=PRECISIONS
    )
    flops_per_token: float = number(
        "Operations of one token", unit="op/token", null="not given", ge=0
    )
    bytes_per_token: float = number(
        "Memory traffic of one token", unit="bytes/token", null="not given", ge=0
    )
    arithmetic_intensity: float = number(
        "Operations per byte of memory traffic",
        unit="op/byte",
        null=MISSING,
        formula="flops_per_token / bytes_per_token",
        ge=0,
    )
    ridge_point: float = number(
        "Intensity at which the card turns from memory- to compute-bound",
        unit="op/byte",
        null=MISSING,
        formula="F / BW",
        ge=0,
    )
    bound: str = text("What bounds the operator", null=MISSING, one_of=["memory", "compute"])
    attainable_tflops: float = number(
        "Rate that the card can reach on it",
        unit="1e12 op/s per card",
        null=MISSING,
        formula="F · min(arithmetic_intensity, ridge_point) / ridge_point",
        ge=0,
    )
    operator_us: float = number(
        "Time of the operator",
        unit="us per token",
        null=MISSING,
        formula="max(flops_per_token / F, bytes_per_token / BW) · 1e6",
        ge=0,
    )
    step_share: float = number(
        "Its time as a share of the sum over all operators", unit="1", null=MISSING, ge=0
    )


@table("marts", grain=["case_id", "quantity"], by_case=True)
class MartReportedVsImplied(Contract):
    """One row per current case and quantity: reported, implied by the other numbers, verdict."""

    case_id: str = identifier("Id of the case", references="mart_case_metrics.case_id")
    quantity: str = text(
        "Quantity that is compared", one_of=["memory_bandwidth", "compute", "memory", "concurrency"]
    )
    unit: str = text("Unit of both values")
    reported: float = number("What the case reports", unit="see `unit`", null=REPORTED)
    implied: float = number(
        "What its numbers imply: 100·decode_mbu, 100·decode_mfu, weights and cache per card, "
        "throughput times token time",
        unit="see `unit`",
        null=MISSING,
    )
    reported_to_implied: float = number("Reported over implied", unit="1", null=MISSING, ge=0)
    verdict: str = text(
        "Whether they agree within a factor (agreement_factor of assumption)",
        one_of=[
            "agrees",
            "reported too high",
            "reported too low",
            "not reported",
            "not comparable",
        ],
    )
    hardware_id: str = identifier("Id of the accelerator")
    model_id: str = identifier("Id of the model")
    engine_id: str = identifier("Id of the engine")
    quant_id: str = identifier("Id of the quantization")


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartCoverageMatrix(Contract):
    """One row per accelerator, model and quantization: what is claimed, what is measured."""

    hardware_id: str = identifier("Id of the accelerator")
    model_id: str = identifier("Id of the model")
    quant_id: str = identifier("Id of the quantization")
    hardware_name: str = text("Name of the accelerator")
    model_name: str = text("Name of the model")
    quant_name: str = text("Name of the quantization", null="the feed gives none")
    case_count: int = integer("Claims on this combination", unit="cases")
    clean_case_count: int = integer("Claims without an error", unit="cases")
    measured_case_count: int = integer("Claims whose effective tier is measured", unit="cases")
    coverage: str = text(
        "The best kind of claim there is",
        one_of=["measured", "claimed", "impossible claims only", "none"],
    )
