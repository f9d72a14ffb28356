"""Engines that an accelerator supports."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import NOT_GIVEN, Texts, as_in, carried, integer, text, texts


@table(
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="software_support.engines"),
)
class BridgeHardwareEngine(Contract):
    """One row per hardware version and engine that it lists as supported."""

    hardware_key: str = carried("dim_hardware.hardware_key", references="dim_hardware.hardware_key")
    hardware_id: str = carried("dim_hardware.hardware_id")
    ordinal: int = integer(as_in("bridge_case_issue.ordinal"))
    engine_id: str = text(as_in("dim_engine.engine_id"), source="id")
    support_status: str = text(
        "Kind of support, official or by the community",
        source="status",
        null=NOT_GIVEN,
        known=["officially-supported", "community-port"],
    )
    versions: Texts = texts(
        "Versions of the engine that are listed", source="versions", null=NOT_GIVEN
    )
    notes: str = text("Notes of the publisher", source="notes", null=NOT_GIVEN)
