"""Throughput to expect on hardware as a factor on the prior, pooled from the clean cases."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, integer, number, text

NO_CLEAN_CASE = "no clean case anywhere"
FEW_CLEAN_CASES = "fewer than two clean cases"
POOLS = ("hardware", "vendor", "all")


class PoolSums(Contract):
    """Log residuals of the clean cases: of the hardware, of its vendor, and of all."""

    hardware_id: str = carried("dim_hardware.hardware_id")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    hardware_n: int = integer("Clean cases of the hardware", unit="cases")
    hardware_sum: float = number(
        "Sum of the log residuals of the clean cases of the hardware", unit="1"
    )
    vendor_n: int = integer("Clean cases of all hardware of the vendor", unit="cases")
    vendor_sum: float = number(
        "Sum of the log residuals of the clean cases of the vendor", unit="1"
    )
    all_n: int = integer("Clean cases of all hardware", unit="cases")
    all_sum: float = number("Sum of the log residuals of all clean cases", unit="1")
    all_squares: float = number("Sum of the squared log residuals of all clean cases", unit="1")


class Pooled(Contract):
    """The log residual to expect, by partial pooling."""

    pool: str = text(
        "Narrowest pool with a clean case, which the expected residual rests on: the hardware, its "
        "vendor or all",
        null=NO_CLEAN_CASE,
        one_of=POOLS,
    )
    pool_n: int = integer("Clean cases in the pool", unit="cases", null=NO_CLEAN_CASE)
    log_mean: float = number(
        "Partially pooled mean of the log residuals; its exponential is the factor on the prior "
        "to expect",
        unit="1",
        null=NO_CLEAN_CASE,
    )
    log_spread: float = number(
        "Standard deviation of a predicted log residual", unit="1", null=FEW_CLEAN_CASES, ge=0
    )


@table(grain=["hardware_id"])
class MartEfficiencyPool(Pooled, PoolSums):
    """One row per current hardware: the throughput to expect on it, as a factor on the prior.

    It is pooled from the log residuals (natural logarithms) of the clean cases: plausible, a decode
    workload, with a throughput. Those of the scopes `phase` and `wall` are pooled together, since
    each is taken from a prior of its own scope. Results of MLPerf's open division are left out:
    its rules let a submitter prune, retrain or replace the model, so that their residuals are of
    other work than the model's name says. Those of the other divisions, which must run the same
    model, are pooled with all else.
    """
