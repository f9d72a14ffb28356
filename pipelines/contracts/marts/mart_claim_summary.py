"""Summaries of all cases on an accelerator, an engine or a model."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.metrics.case_input import PRECISIONS
from pipelines.contracts.vocabulary import (
    Texts,
    as_in,
    carried,
    identifier,
    integer,
    number,
    text,
    texts,
)

NO_FIGURE = "no ranked case gives it"


class Summary(Contract):
    """The summary of the cases on a subject; three marts show it for one kind of subject each.

    `case_count` is the sum of the ranked cases and of the four kinds that are left out. For each
    figure, `ranked_case_count` is the sum of the cases that give it and of those that do not.
    """

    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    ranked_case_count: int = integer(
        "Cases that are ranked: plausible decode workloads", unit="cases"
    )
    impossible_case_count: int = integer("Cases that are impossible as reported", unit="cases")
    implausible_case_count: int = integer("Cases that are implausible", unit="cases")
    not_judged_case_count: int = integer("Cases about which nothing could be judged", unit="cases")
    other_workload_case_count: int = integer(
        "Plausible cases left out because they generate no text token by token", unit="cases"
    )
    left_out_case_ids: Texts = texts(
        "Ids of cases that are left out, the first 100 in order; the counts are of all"
    )
    plausible_share: float = number("Share of cases that are plausible", unit="1", ge=0, le=1)
    speculative_case_count: int = integer(
        "Ranked cases with speculative decoding, whose efficiency and MBU are overstated by the "
        "tokens accepted per step",
        unit="cases",
    )
    roofline_efficiency_case_count: int = integer(
        "Ranked cases with a roofline efficiency above 0", unit="cases"
    )
    roofline_efficiency_missing_count: int = integer(
        "Ranked cases without a roofline efficiency above 0", unit="cases"
    )
    roofline_efficiency_median: float = number(
        "Roofline efficiency, median of the ranked cases", unit="1", null=NO_FIGURE, ge=0
    )
    roofline_efficiency_best: float = number(
        "Roofline efficiency, best of the ranked cases", unit="1", null=NO_FIGURE, ge=0
    )
    decode_mbu_case_count: int = integer("Ranked cases with an MBU above 0", unit="cases")
    decode_mbu_missing_count: int = integer("Ranked cases without an MBU above 0", unit="cases")
    decode_mbu_median: float = number(
        "Memory bandwidth utilization (MBU) of decode, median of the ranked cases",
        unit="1",
        null=NO_FIGURE,
        ge=0,
    )
    decode_mbu_best: float = number(
        "Memory bandwidth utilization (MBU) of decode, best of the ranked cases",
        unit="1",
        null=NO_FIGURE,
        ge=0,
    )
    decode_mfu_case_count: int = integer("Ranked cases with an MFU above 0", unit="cases")
    decode_mfu_missing_count: int = integer("Ranked cases without an MFU above 0", unit="cases")
    decode_mfu_median: float = number(
        "Model FLOP utilization (MFU) of decode, median of the ranked cases",
        unit="1",
        null=NO_FIGURE,
        ge=0,
    )
    decode_mfu_best: float = number(
        "Model FLOP utilization (MFU) of decode, best of the ranked cases",
        unit="1",
        null=NO_FIGURE,
        ge=0,
    )
    output_tok_s_per_card_case_count: int = integer(
        "Ranked cases with an output throughput above 0", unit="cases"
    )
    output_tok_s_per_card_missing_count: int = integer(
        "Ranked cases without an output throughput above 0", unit="cases"
    )
    output_tok_s_per_card_median: float = number(
        "Output throughput per card, all pools counted, median of the ranked cases",
        unit="tok/s per card",
        null=NO_FIGURE,
        ge=0,
    )
    output_tok_s_per_card_best: float = number(
        "Output throughput per card, all pools counted, best of the ranked cases",
        unit="tok/s per card",
        null=NO_FIGURE,
        ge=0,
    )
    output_tok_s_per_w_case_count: int = integer(
        "Ranked cases with output throughput and power above 0", unit="cases"
    )
    output_tok_s_per_w_missing_count: int = integer(
        "Ranked cases without output throughput or power above 0", unit="cases"
    )
    output_tok_s_per_w_median: float = number(
        "Output tokens per joule, all cards counted, median of the ranked cases",
        unit="tok/s/W",
        null=NO_FIGURE,
        ge=0,
    )
    output_tok_s_per_w_best: float = number(
        "Output tokens per joule, all cards counted, best of the ranked cases",
        unit="tok/s/W",
        null=NO_FIGURE,
        ge=0,
    )
    rank_by_efficiency: int = integer(
        "Rank by median roofline efficiency within the precision, the scope of the throughput and "
        "the division; 1 is best, equal ones share a rank",
        null=NO_FIGURE,
        ge=1,
    )
    rank_by_throughput: int = integer(
        "Rank by best output throughput per card within the precision, the scope of the "
        "throughput and the division; 1 is best, equal ones share a rank",
        null=NO_FIGURE,
        ge=1,
    )


class SummaryKey(Contract):
    """The subject of a summary."""

    subject_type: str = text("Kind of subject", one_of=["hardware", "engine", "model"])
    subject_id: str = identifier("Id of the accelerator, engine or model")


class Comparable(Contract):
    """The precision, the scope of the throughput and the division, within which cases are
    compared.
    """

    compute_precision: str = text(
        as_in("case_input.compute_precision"), one_of=[*PRECISIONS, "none"]
    )
    throughput_scope: str = carried("mart_case_metrics.throughput_scope")
    division: str = text(as_in("fact_case.division"))


@table(grain=["subject_type", "subject_id", "compute_precision", "throughput_scope", "division"])
class MartClaimSummary(Summary, Comparable, SummaryKey):
    """One row per subject (accelerator, engine or model), compute precision, scope of the
    throughput and division.

    The precision is `none` for cases on hardware without a peak that serves them. The division
    is `none` for cases that are no results of MLPerf, else in lower case.
    """
