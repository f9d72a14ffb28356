"""Accuracy of the estimates."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_efficiency_pool import POOLS
from pipelines.contracts.vocabulary import as_in, integer, number, text


@table(grain=["pool"])
class MartEstimateAccuracy(Contract):
    """One row per pool and one overall: the error of predicting each case from the others.

    Only cases without an error are predicted, and predicted from.
    """

    pool: str = text(as_in("mart_efficiency_pool.pool"), one_of=[*POOLS, "overall"])
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    error_factor_median: float = number(
        "Median factor between predicted and reported efficiency, in either direction",
        unit="1",
        ge=1,
    )
    error_factor_worst: float = number(
        "Largest factor between predicted and reported efficiency, in either direction",
        unit="1",
        ge=1,
    )
    bias_factor: float = number(
        "Geometric mean of reported over predicted efficiency; 1 is unbiased", unit="1", ge=0
    )
    interval_coverage: float = number(
        "Share of cases inside the 80 % interval of their prediction",
        unit="1",
        null="fewer than two cases left",
        ge=0,
        le=1,
    )
