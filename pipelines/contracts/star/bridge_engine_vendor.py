"""Hardware vendors that an engine supports."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import as_in, carried, integer, text


@table(
    grain=["engine_key", "ordinal"],
    origin=Origin("engine", each="supported_hardware_vendors"),
)
class BridgeEngineVendor(Contract):
    """One row per engine version and hardware vendor that it lists as supported."""

    engine_key: str = carried("dim_engine.engine_key", references="dim_engine.engine_key")
    engine_id: str = carried("dim_engine.engine_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    hardware_vendor: str = text(as_in("dim_hardware.hardware_vendor"), source="")
