"""Accelerators in comparison."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_claim_summary import Comparable, Summary
from pipelines.contracts.vocabulary import as_in, carried, identifier


class HardwareName(Contract):
    """The accelerator."""

    hardware_id: str = identifier(as_in("dim_hardware.hardware_id"))
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")


@table(grain=["hardware_id", "compute_precision", "throughput_scope", "division"])
class MartHardwareLeaderboard(Summary, Comparable, HardwareName):
    """One row per accelerator, compute precision, scope of the throughput and division. Ranks are
    over plausible cases of decode workloads.
    """
