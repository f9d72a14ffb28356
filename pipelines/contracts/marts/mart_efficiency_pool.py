"""Decode efficiencies to expect, by partial pooling of the cases without an error."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, integer, number, text

NO_CLEAN_CASE = "no case without an error anywhere"
FEW_CLEAN_CASES = "fewer than two cases without an error"
POOLS = ("hardware", "vendor", "all")


class PoolSums(Contract):
    """The cases without an error: on an accelerator, on those of its vendor, and on all."""

    hardware_id: str = carried("dim_hardware.hardware_id")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    hardware_n: int = integer("Cases without an error on the accelerator", unit="cases")
    hardware_sum: float = number(
        "Sum of the log efficiencies of the cases without an error on the accelerator", unit="1"
    )
    vendor_n: int = integer(
        "Cases without an error on all accelerators of the vendor", unit="cases"
    )
    vendor_sum: float = number(
        "Sum of the log efficiencies of the cases without an error of the vendor", unit="1"
    )
    all_n: int = integer("Cases without an error on all accelerators", unit="cases")
    all_sum: float = number("Sum of the log efficiencies of all cases without an error", unit="1")
    all_squares: float = number(
        "Sum of the squared log efficiencies of all cases without an error", unit="1"
    )


class Pooled(Contract):
    """The efficiency to expect, by partial pooling."""

    pool: str = text(
        "Pool that the expected efficiency rests on: the accelerator, its vendor or all, whichever "
        "is the narrowest with a case without an error",
        null=NO_CLEAN_CASE,
        one_of=POOLS,
    )
    pool_n: int = integer("Cases without an error in the pool", unit="cases", null=NO_CLEAN_CASE)
    log_mean: float = number(
        "Partially pooled mean of the log efficiencies; its exponential is the efficiency to "
        "expect",
        unit="1",
        null=NO_CLEAN_CASE,
    )
    log_spread: float = number(
        "Standard deviation of a predicted log efficiency", unit="1", null=FEW_CLEAN_CASES, ge=0
    )


@table(grain=["hardware_id"])
class MartEfficiencyPool(Pooled, PoolSums):
    """One row per current accelerator: the decode roofline efficiency to expect on it.

    It is pooled from the cases without an error. Log efficiencies are natural logarithms.
    """
