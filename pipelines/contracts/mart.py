"""Marts with one row per case and something: finding, scope, operator, quantity; and coverage."""

from __future__ import annotations

from pipelines.contracts.fields import (
    Contract,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
)
from pipelines.contracts.metric import PRECISIONS
from pipelines.contracts.quality import SEVERITIES

NO_CLEAN = "no claim without an error gives it"
MISSING = "an input is missing or a denominator is 0"
NO_CLAIMS = "no clean claim anywhere"
POOLS = ("hardware", "vendor", "all")


@table("marts", grain=["case_id", "rule_id"])
class MartCaseFindings(Contract):
    """One row per current case and rule that it breaks, with what a reader needs."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    rule_id: str = text("Rule")
    severity: str = text("How bad it is", one_of=SEVERITIES)
    rule_title: str = text("What would hold")
    message: str = text("The finding in words, with the numbers")
    rule_why: str = text("Why it should hold")
    observed: float = number("What the case says", unit="the rule's", null="not a quantity")
    limit_value: float = number("What is allowed", unit="the rule's", null="not a quantity")
    margin: float = number(
        "How far beyond the limit, as a share of it",
        unit="1",
        null="not a quantity, or the limit is 0",
        ge=0,
    )
    title: str = text("Title of the case")
    hardware_id: str = identifier("Hardware")
    hardware_name: str = text("Name of the hardware")
    card_count: int = integer("Cards", unit="cards", ge=1)
    model_id: str = identifier("Model")
    model_name: str = text("Name of the model")
    engine_id: str = identifier("Engine")
    quant_id: str = identifier("Quantization")
    declared_tier: str = text("Tier its evidence declares", null="no evidence")
    effective_tier: str = text("Tier that stands", null="no evidence")


@table("marts", grain=["scope", "case_id"])
class MartParetoFrontier(Contract):
    """One row per current case and scope: on the frontier of speed for one and for all, or not."""

    scope: str = text("Compared with its class, or with all", one_of=["class", "overall"])
    scope_id: str = text("The class, or `all claims`")
    case_id: str = identifier("Case", references="fact_case.case_id")
    title: str = text("Title")
    hardware_id: str = identifier("Hardware")
    hardware_name: str = text("Name of the hardware")
    model_id: str = identifier("Model")
    engine_id: str = identifier("Engine")
    quant_id: str = identifier("Quantization")
    compute_precision: str = text("Precision", null="no peak", one_of=PRECISIONS)
    class_id: str = text("Comparability class: model, precision, prompt and output length")
    interactivity_tok_s_user: float = number("Speed for one user", unit="tok/s per user", ge=0)
    decode_tok_s_per_card: float = number("Throughput per card", unit="tok/s per card", ge=0)
    is_impossible: bool = flag("Whether an error stands: such a claim takes no part")
    contender_count: int = integer("Claims that take part in the scope", unit="cases")
    dominated_by_case_id: str = identifier(
        "A claim that is at least as good in both and better in one",
        null="on the frontier, or impossible",
    )
    is_on_frontier: bool = flag("Whether no claim of the scope dominates it")


@table("marts", grain=["case_id", "ordinal"])
class MartOperatorRoofline(Contract):
    """One row per current case and operator: what bounds it, for one token on one card."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    ordinal: int = integer("Position in the decomposition, from 0")
    operator: str = text("Operator")
    hardware_id: str = identifier("Hardware")
    model_id: str = identifier("Model")
    quant_id: str = identifier("Quantization")
    compute_precision: str = text("Precision", null="no peak", one_of=PRECISIONS)
    flops_per_token: float = number("Operations", unit="op/token", null="not given", ge=0)
    bytes_per_token: float = number("Memory traffic", unit="bytes/token", null="not given", ge=0)
    arithmetic_intensity: float = number("Intensity", unit="op/byte", null=MISSING, ge=0)
    ridge_point: float = number(
        "Intensity at which the card turns compute-bound", unit="op/byte", null=MISSING, ge=0
    )
    bound: str = text("What bounds it", null=MISSING, one_of=["memory", "compute"])
    attainable_tflops: float = number(
        "Rate that the card can reach on it",
        unit="1e12 op/s per card",
        null=MISSING,
        formula="F · min(intensity, ridge) / ridge",
        ge=0,
    )
    operator_us: float = number(
        "Time of the operator",
        unit="us per token",
        null=MISSING,
        formula="max(flops / F, bytes / BW)",
        ge=0,
    )
    step_share: float = number("Share of the sum over operators", unit="1", null=MISSING, ge=0)


@table("marts", grain=["case_id", "quantity"])
class MartReportedVsImplied(Contract):
    """One row per current case and quantity: reported, implied by the other numbers, verdict."""

    case_id: str = identifier("Case", references="fact_case.case_id")
    quantity: str = text(
        "Quantity", one_of=["memory_bandwidth", "compute", "memory", "concurrency"]
    )
    unit: str = text("Unit of both values")
    reported: float = number("What the case reports", unit="see `unit`", null="not reported")
    implied: float = number(
        "What its numbers imply: 100·decode_mbu, 100·decode_mfu, weights and cache per card, "
        "throughput times token time",
        unit="see `unit`",
        null=MISSING,
    )
    reported_to_implied: float = number("Their ratio", unit="1", null=MISSING, ge=0)
    verdict: str = text(
        "Whether they agree within a factor of two",
        one_of=[
            "agrees",
            "reported too high",
            "reported too low",
            "not reported",
            "not comparable",
        ],
    )
    hardware_id: str = identifier("Hardware")
    model_id: str = identifier("Model")
    engine_id: str = identifier("Engine")
    quant_id: str = identifier("Quantization")


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartCoverageMatrix(Contract):
    """One row per accelerator, model and quantization: what is claimed, what is measured."""

    hardware_id: str = identifier("Accelerator")
    model_id: str = identifier("Model")
    quant_id: str = identifier("Quantization")
    hardware_name: str = text("Name of the accelerator")
    model_name: str = text("Name of the model")
    quant_name: str = text("Name of the quantization", null="the feed gives none")
    case_count: int = integer("Claims", unit="cases")
    clean_case_count: int = integer("Claims without an error", unit="cases")
    measured_case_count: int = integer("Claims whose effective tier is measured", unit="cases")
    coverage: str = text(
        "The best there is",
        one_of=["measured", "claimed", "impossible claims only", "none"],
    )
