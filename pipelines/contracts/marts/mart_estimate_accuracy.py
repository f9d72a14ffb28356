"""Accuracy of the estimates."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, integer, number, text

NONE_PREDICTED = "no case is predicted"
NO_INTERVALS = "no predicted case has two others to predict it from"


@table(grain=["left_out"])
class MartEstimateAccuracy(Contract):
    """One row per way of leaving cases out: the error of predicting each clean case from the rest.

    The counts from not_decode_case_count to predicted_case_count add up to case_count: a case
    counts where it first applies.
    """

    left_out: str = text(
        "Cases that a prediction does without: the predicted case, or all of its model",
        one_of=["case", "model"],
    )
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    not_decode_case_count: int = integer(
        "Cases left out: not an autoregressive decode workload", unit="cases"
    )
    impossible_case_count: int = integer(
        as_in("mart_claim_summary.impossible_case_count"), unit="cases"
    )
    implausible_case_count: int = integer(
        as_in("mart_claim_summary.implausible_case_count"), unit="cases"
    )
    not_judged_case_count: int = integer(
        as_in("mart_claim_summary.not_judged_case_count"), unit="cases"
    )
    open_division_case_count: int = integer(
        "Cases left out: of MLPerf's open division, whose models may be changed", unit="cases"
    )
    no_throughput_case_count: int = integer(
        "Cases left out: no decode throughput reported", unit="cases"
    )
    no_prior_case_count: int = integer(
        "Cases left out: an input of the prior is missing, or of the whole run and disaggregated",
        unit="cases",
    )
    alone_case_count: int = integer(
        "Cases left out: no other clean case to predict them from", unit="cases"
    )
    predicted_case_count: int = integer("Cases predicted", unit="cases")
    error_factor_median: float = number(
        "Median factor between expected and reported throughput, in either direction",
        unit="1",
        null=NONE_PREDICTED,
        ge=1,
    )
    error_factor_worst: float = number(
        "Largest factor between expected and reported throughput, in either direction",
        unit="1",
        null=NONE_PREDICTED,
        ge=1,
    )
    bias_factor: float = number(
        "Geometric mean of reported over expected throughput; 1 is unbiased",
        unit="1",
        null=NONE_PREDICTED,
        ge=0,
    )
    interval_case_count: int = integer("Predicted cases with an 80 % interval", unit="cases")
    interval_width_median: float = number(
        "Median factor between the upper and the lower end of the interval",
        unit="1",
        null=NO_INTERVALS,
        ge=1,
    )
    interval_coverage: float = number(
        "Share of cases inside their interval; 0.8 is intended",
        unit="1",
        null=NO_INTERVALS,
        ge=0,
        le=1,
    )
    interval_share_below: float = number(
        "Share of cases below their interval", unit="1", null=NO_INTERVALS, ge=0, le=1
    )
    interval_share_above: float = number(
        "Share of cases above their interval", unit="1", null=NO_INTERVALS, ge=0, le=1
    )
