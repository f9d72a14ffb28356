"""Summaries of all cases on an accelerator, an engine or a model."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import PRECISIONS
from pipelines.contracts.vocabulary import (
    Texts,
    as_in,
    identifier,
    integer,
    number,
    text,
    texts,
)

NO_CLEAN = "no case without an error gives it"


class Summary(Contract):
    """The summary of the cases on a subject; three marts show it for one kind of subject each."""

    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    clean_case_count: int = integer(as_in("mart_coverage_matrix.clean_case_count"), unit="cases")
    clean_share: float = number("Share of cases without an error", unit="1", ge=0, le=1)
    excluded_case_ids: Texts = texts(
        "Ids of the cases that are left out, because they are impossible as reported"
    )
    decode_roofline_efficiency_median: float = number(
        "Decode roofline efficiency, median of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_roofline_efficiency_best: float = number(
        "Decode roofline efficiency, best of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_mbu_median: float = number(
        "Memory bandwidth utilization (MBU) of decode, median of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_mbu_best: float = number(
        "Memory bandwidth utilization (MBU) of decode, best of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_mfu_median: float = number(
        "Model FLOP utilization (MFU) of decode, median of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_mfu_best: float = number(
        "Model FLOP utilization (MFU) of decode, best of the cases without an error",
        unit="1",
        null=NO_CLEAN,
        ge=0,
    )
    decode_tok_s_per_card_median: float = number(
        "Decode throughput per serving card, median of the cases without an error",
        unit="tok/s per card",
        null=NO_CLEAN,
        ge=0,
    )
    decode_tok_s_per_card_best: float = number(
        "Decode throughput per serving card, best of the cases without an error",
        unit="tok/s per card",
        null=NO_CLEAN,
        ge=0,
    )
    decode_tok_s_per_w_median: float = number(
        "Decoded tokens per joule at the cards, median of the cases without an error",
        unit="tok/s/W",
        null=NO_CLEAN,
        ge=0,
    )
    decode_tok_s_per_w_best: float = number(
        "Decoded tokens per joule at the cards, best of the cases without an error",
        unit="tok/s/W",
        null=NO_CLEAN,
        ge=0,
    )
    rank_by_efficiency: int = integer(
        "Rank by median decode roofline efficiency within the precision; 1 is best",
        null=NO_CLEAN,
        ge=1,
    )
    rank_by_throughput: int = integer(
        "Rank by best decode throughput per card within the precision; 1 is best",
        null=NO_CLEAN,
        ge=1,
    )


class SummaryKey(Contract):
    """The subject of a summary."""

    subject_type: str = text("Kind of subject", one_of=["hardware", "engine", "model"])
    subject_id: str = identifier("Id of the accelerator, engine or model")


class Precision(Contract):
    """The precision of a summary."""

    compute_precision: str = text(
        as_in("case_input.compute_precision"), one_of=[*PRECISIONS, "none"]
    )


@table(grain=["subject_type", "subject_id", "compute_precision"])
class MartClaimSummary(Summary, Precision, SummaryKey):
    """One row per subject (accelerator, engine or model) and compute precision.

    The precision is `none` for cases on hardware without a peak that serves them.
    """
