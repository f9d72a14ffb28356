"""What the claims about an accelerator, an engine or a model say, taken together."""

from __future__ import annotations

from pipelines.contracts.metric import PRECISIONS
from pipelines.contracts.vocabulary import (
    Contract,
    Texts,
    identifier,
    integer,
    number,
    table,
    text,
    texts,
)

NO_CLEAN = "no claim without an error gives it"


class Summary(Contract):
    """What the claims about a subject say; shared by mart_claim_summary and three marts."""

    case_count: int = integer("Claims on it in this precision", unit="cases")
    clean_case_count: int = integer("Claims without an error", unit="cases")
    clean_share: float = number("Share of claims without an error", unit="1", ge=0, le=1)
    excluded_case_ids: Texts = texts("Ids of the claims left out: impossible as reported")
    decode_roofline_efficiency_median: float = number(
        "Decode roofline efficiency, median of the claims without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_roofline_efficiency_best: float = number(
        "Decode roofline efficiency, best of the claims without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_mbu_median: float = number(
        "Memory bandwidth utilization of decode, median", unit="1", null=NO_CLEAN, ge=0
    )
    decode_mbu_best: float = number(
        "Memory bandwidth utilization of decode, best", unit="1", null=NO_CLEAN, ge=0
    )
    decode_mfu_median: float = number(
        "Model FLOP utilization of decode, median", unit="1", null=NO_CLEAN, ge=0
    )
    decode_mfu_best: float = number(
        "Model FLOP utilization of decode, best", unit="1", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_card_median: float = number(
        "Decode throughput per serving card, median", unit="tok/s per card", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_card_best: float = number(
        "Decode throughput per serving card, best", unit="tok/s per card", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_w_median: float = number(
        "Tokens per joule at the cards, median", unit="tok/s/W", null=NO_CLEAN, ge=0
    )
    decode_tok_s_per_w_best: float = number(
        "Tokens per joule at the cards, best", unit="tok/s/W", null=NO_CLEAN, ge=0
    )
    rank_by_efficiency: int = integer(
        "Rank by median efficiency within the precision, 1 is best",
        null=NO_CLEAN,
        ge=1,
    )
    rank_by_throughput: int = integer(
        "Rank by best throughput per card within the precision, 1 is best",
        null=NO_CLEAN,
        ge=1,
    )


class SummaryKey(Contract):
    """The key of mart_claim_summary."""

    subject_type: str = text("Kind of subject", one_of=["hardware", "engine", "model"])
    subject_id: str = identifier("Id of the accelerator, engine or model")


class Precision(Contract):
    """The precision of a row."""

    compute_precision: str = text(
        "Precision whose peak bounds compute; `none` without a peak", one_of=[*PRECISIONS, "none"]
    )


@table("marts", grain=["subject_type", "subject_id", "compute_precision"])
class MartClaimSummary(Summary, Precision, SummaryKey):
    """One row per subject (accelerator, engine or model) and compute precision."""


class HardwareName(Contract):
    """Which accelerator."""

    hardware_id: str = identifier("Id of the accelerator")
    hardware_name: str = text("Name of the accelerator")
    hardware_vendor: str = text("Vendor of the accelerator")


class EngineName(Contract):
    """Which engine."""

    engine_id: str = identifier("Id of the engine")
    engine_name: str = text("Name of the engine")
    maintainer: str = text("Who maintains the engine", null="the feed gives none")


class ModelName(Contract):
    """Which model."""

    model_id: str = identifier("Id of the model")
    model_name: str = text("Name of the model")
    lab: str = text("Who made the model", null="the feed gives none")


@table("marts", grain=["hardware_id", "compute_precision"])
class MartHardwareLeaderboard(Summary, Precision, HardwareName):
    """One row per accelerator and compute precision; ranks leave impossible claims out."""


@table("marts", grain=["engine_id", "compute_precision"])
class MartEngineComparison(Summary, Precision, EngineName):
    """One row per engine and compute precision; ranks leave impossible claims out."""


@table("marts", grain=["model_id", "compute_precision"])
class MartModelSummary(Summary, Precision, ModelName):
    """One row per model and compute precision; ranks leave impossible claims out."""
