"""The marts beside mart_case_metrics, and the tables of metrics that they stand on."""

from __future__ import annotations

from pipelines.contracts.fields import (
    Contract,
    Texts,
    flag,
    identifier,
    integer,
    number,
    table,
    text,
    texts,
)
from pipelines.contracts.metric import PRECISIONS
from pipelines.contracts.quality import SEVERITIES

NO_CLEAN = "no claim without an error gives it"
MISSING = "an input is missing or a denominator is 0"
NO_CLAIMS = "no clean claim anywhere"
POOLS = ("hardware", "vendor", "all")


@table("quality", grain=["rule_id"])
class Rule(Contract):
    """One row per rule of the audit (sql/quality/rules.yml)."""

    rule_id: str = text("Rule")
    severity: str = text("How bad a break is", one_of=SEVERITIES)
    title: str = text("What holds where the rule is kept")
    why: str = text("Why it should hold")
    breaks: str = text("The condition, in SQL")
    threshold: float = number("Configured threshold", unit="the rule's", null="it has none")


@table("metrics", grain=["metric"])
class MetricDefinition(Contract):
    """One row per derived metric: what it is and how it is computed."""

    metric: str = text("Column of case_metric")
    description: str = text("What it is")
    unit: str = text("Unit", null="not a number")
    formula: str = text("Formula", null="the description says it")


@table("metrics", grain=["metric", "input"])
class MetricInput(Contract):
    """One row per derived metric and input that its SQL reads."""

    metric: str = text("Column of case_metric")
    input: str = text("Column of case_input")
    description: str = text("What it is")
    unit: str = text("Unit", null="not a number")


class Summary(Contract):
    """What the claims about a subject say; shared by claim_summary and three marts."""

    case_count: int = integer("Claims", unit="cases")
    clean_case_count: int = integer("Claims without an error", unit="cases")
    clean_share: float = number("Share of claims without an error", unit="1", ge=0, le=1)
    excluded_case_ids: Texts = texts("Claims left out: impossible as reported")
    decode_roofline_efficiency_median: float = number(
        "Efficiency, median", unit="1", null=NO_CLEAN, ge=0
    )
    decode_roofline_efficiency_best: float = number(
        "Efficiency, best", unit="1", null=NO_CLEAN, ge=0
    )
    decode_mbu_median: float = number("MBU, median", unit="1", null=NO_CLEAN, ge=0)
    decode_mbu_best: float = number("MBU, best", unit="1", null=NO_CLEAN, ge=0)
    decode_mfu_median: float = number("MFU, median", unit="1", null=NO_CLEAN, ge=0)
    decode_mfu_best: float = number("MFU, best", unit="1", null=NO_CLEAN, ge=0)
    decode_tok_s_per_card_median: float = number(
        "Decode throughput per card, median", unit="tok/s per card", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_card_best: float = number(
        "Decode throughput per card, best", unit="tok/s per card", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_w_median: float = number(
        "Tokens per joule, median", unit="tok/s/W", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_w_best: float = number(
        "Tokens per joule, best", unit="tok/s/W", null=NO_CLEAN, ge=0
    )


class SummaryKey(Contract):
    """The key of claim_summary."""

    subject_type: str = text("What it is about", one_of=["hardware", "engine", "model"])
    subject_id: str = identifier("Its id")
    compute_precision: str = text(
        "Precision whose peak bounds compute; `none` without a peak", one_of=[*PRECISIONS, "none"]
    )


@table("metrics", grain=["subject_type", "subject_id", "compute_precision"])
class ClaimSummary(Summary, SummaryKey):
    """One row per subject (accelerator, engine or model) and compute precision."""


class Ranking(Contract):
    """Precision and ranks of the three summary marts."""

    compute_precision: str = text(
        "Precision whose peak bounds compute; `none` without a peak", one_of=[*PRECISIONS, "none"]
    )
    rank_by_efficiency: int = integer(
        "Rank by median efficiency within the precision", null=NO_CLEAN, ge=1
    )
    rank_by_throughput: int = integer(
        "Rank by best throughput per card within the precision", null=NO_CLEAN, ge=1
    )


class HardwareName(Contract):
    """Which accelerator."""

    hardware_id: str = identifier("Accelerator")
    hardware_name: str = text("Name")
    hardware_vendor: str = text("Vendor")


class EngineName(Contract):
    """Which engine."""

    engine_id: str = identifier("Engine")
    engine_name: str = text("Name")
    maintainer: str = text("Who maintains it", null="the feed gives none")


class ModelName(Contract):
    """Which model."""

    model_id: str = identifier("Model")
    model_name: str = text("Name")
    lab: str = text("Who made it", null="the feed gives none")


@table("marts", grain=["hardware_id", "compute_precision"])
class MartHardwareLeaderboard(Summary, Ranking, HardwareName):
    """One row per accelerator and compute precision; ranks leave impossible claims out."""


@table("marts", grain=["engine_id", "compute_precision"])
class MartEngineComparison(Summary, Ranking, EngineName):
    """One row per engine and compute precision; ranks leave impossible claims out."""


@table("marts", grain=["model_id", "compute_precision"])
class MartModelSummary(Summary, Ranking, ModelName):
    """One row per model and compute precision; ranks leave impossible claims out."""


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


@table("metrics", grain=["hardware_id"])
class EfficiencyPool(Contract):
    """One row per current accelerator: the decode efficiency to expect, by partial pooling."""

    hardware_id: str = identifier("Accelerator")
    hardware_vendor: str = text("Vendor")
    hardware_n: int = integer("Clean claims on it", unit="cases")
    hardware_sum: float = number("Sum of their log efficiencies", unit="1")
    vendor_n: int = integer("Clean claims of its vendor", unit="cases")
    vendor_sum: float = number("Sum of their log efficiencies", unit="1")
    all_n: int = integer("Clean claims", unit="cases")
    all_sum: float = number("Sum of their log efficiencies", unit="1")
    all_squares: float = number("Sum of the squares", unit="1")
    pool: str = text("Narrowest pool that has a claim", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)
    log_mean: float = number("Mean log efficiency, pooled", unit="1", null=NO_CLAIMS)
    log_spread: float = number(
        "Standard deviation of a prediction", unit="1", null="fewer than two clean claims", ge=0
    )


@table("metrics", grain=["hardware_id", "model_id", "quant_id"])
class StackOption(Contract):
    """One row per current accelerator, decode model and quantization with a roofline."""

    hardware_id: str = identifier("Accelerator")
    hardware_name: str = text("Name of the accelerator")
    hardware_vendor: str = text("Vendor")
    model_id: str = identifier("Model")
    model_name: str = text("Name of the model")
    quant_id: str = identifier("Quantization")
    compute_precision: str = text("Precision whose peak is F", one_of=PRECISIONS)
    peak_tflops: float = number("F", unit="1e12 op/s per card", ge=0)
    memory_bandwidth_gb_s: float = number("BW", unit="GB/s per card", ge=0)
    memory_capacity_gb: float = number("CAP", unit="GB per card", ge=0)
    tdp_w: float = number("Thermal design power", unit="W per card", null="not given", ge=0)
    bytes_per_weight: float = number("w", unit="bytes", ge=0)
    weights_gb: float = number("Size of the weights", unit="GB", ge=0)
    total_params_b: float = number("T", unit="1e9 parameters", ge=0)
    active_params_b: float = number("A", unit="1e9 parameters", ge=0)
    num_experts: int = integer("E", unit="experts", null="not a mixture of experts")
    experts_top_k: int = integer("k", unit="experts", null="not a mixture of experts")
    attention_type: str = text("Attention scheme", null="not given")
    layers: int = integer("L", unit="layers", null="not given")
    num_attention_heads: int = integer("H", unit="heads", null="not given")
    head_dim: int = integer("d", unit="elements", null="not given")
    max_context_length: int = integer("Longest context", unit="tokens", null="not limited")
    kv_bytes_per_token: float = number("kv", unit="bytes/token", null="sizes missing", ge=0)
    pool: str = text("Pool that the efficiency rests on", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)
    log_mean: float = number("Mean log efficiency", unit="1", null=NO_CLAIMS)
    log_spread: float = number(
        "Standard deviation of a prediction", unit="1", null="fewer than two clean claims", ge=0
    )


@table("marts", grain=["hardware_id", "model_id", "quant_id"])
class MartEstimate(Contract):
    """One row per accelerator, model and quantization that fits but that nobody claims."""

    hardware_id: str = identifier("Accelerator")
    model_id: str = identifier("Model")
    quant_id: str = identifier("Quantization")
    hardware_name: str = text("Name of the accelerator")
    model_name: str = text("Name of the model")
    compute_precision: str = text("Precision whose peak bounds compute", one_of=PRECISIONS)
    cards: int = integer("Cards assumed", unit="cards", ge=1)
    batch_size: int = integer("Sequences assumed", unit="sequences", ge=1)
    prefill_seq_len: int = integer("Prompt length assumed", unit="tokens")
    decode_seq_len: int = integer("Output length assumed", unit="tokens")
    memory_needed_gb: float = number("Weights and cache", unit="GB", ge=0)
    decode_roofline_tok_s: float = number("Roofline", unit="tok/s", null=MISSING, ge=0)
    expected_efficiency: float = number(
        "Share of the roofline to expect", unit="1", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s: float = number(
        "Throughput to expect", unit="tok/s", null=NO_CLAIMS, ge=0
    )
    expected_decode_tok_s_low: float = number(
        "Lower end of the 80 % interval", unit="tok/s", null="fewer than two clean claims", ge=0
    )
    expected_decode_tok_s_high: float = number(
        "Upper end of the 80 % interval", unit="tok/s", null="fewer than two clean claims", ge=0
    )
    expected_decode_tok_s_per_w_tdp: float = number(
        "Tokens per joule at TDP", unit="tok/s/W", null="no TDP, or no clean claim", ge=0
    )
    pool: str = text("Pool that the efficiency rests on", null=NO_CLAIMS, one_of=POOLS)
    pool_n: int = integer("Claims in it", unit="cases", null=NO_CLAIMS)


@table("marts", grain=["pool"])
class MartEstimateAccuracy(Contract):
    """One row per pool and one overall: the error when each clean claim is left out in turn."""

    pool: str = text("Pool that the predictions rest on", one_of=[*POOLS, "overall"])
    case_count: int = integer("Claims predicted", unit="cases")
    error_factor_median: float = number(
        "Median factor between prediction and claim, either way", unit="1", ge=1
    )
    error_factor_worst: float = number("Worst such factor", unit="1", ge=1)
    bias_factor: float = number(
        "Geometric mean of claim over prediction; 1 is unbiased", unit="1", ge=0
    )
    interval_coverage: float = number(
        "Share of claims inside the 80 % interval",
        unit="1",
        null="fewer than two claims left",
        ge=0,
        le=1,
    )
