"""Quantizations that an accelerator supports."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import as_in, carried, integer, text


@table(
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="software_support.quantizations"),
)
class BridgeHardwareQuant(Contract):
    """One row per hardware version and quantization that it lists as supported."""

    hardware_key: str = carried("dim_hardware.hardware_key", references="dim_hardware.hardware_key")
    hardware_id: str = carried("dim_hardware.hardware_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    quant_id: str = text(as_in("dim_quant.quant_id"), source="")
