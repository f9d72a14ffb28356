"""Inference engines."""

from __future__ import annotations

from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    Moment,
    Origin,
    flag,
    hashed,
    identifier,
    integer,
    list_length,
    moment,
    table,
    text,
)


@table("main", grain=["engine_key"], origin=Origin("engine"))
class DimEngine(Contract):
    """One row per engine id and version of its description."""

    engine_key: str = hashed("Key of this version")
    engine_id: str = identifier("Id of the engine", source="id")
    engine_name: str = text("Name of the engine", source="name")
    maintainer: str = text(
        "Who maintains it",
        source="maintainer",
        null=NOT_GIVEN,
        known=["community", "mixed", "vendor"],
    )
    engine_source_url: str = text(
        "Where its source or home page is", source="source_url", null=NOT_GIVEN
    )
    engine_documentation_url: str = text(
        "Where its documentation is", source="documentation_url", null=NOT_GIVEN
    )
    engine_latest_version: str = text(
        "Newest version known to the publisher", source="latest_version", null=NOT_GIVEN
    )
    engine_notes: str = text("The publisher's notes", source="notes", null=NOT_GIVEN)
    listed_vendor_count: int = list_length(
        "Hardware vendors listed (bridge_engine_vendor)",
        source="supported_hardware_vendors",
        null="the list is absent: nothing is claimed",
    )
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")


@table(
    "main",
    grain=["engine_key", "ordinal"],
    origin=Origin("engine", each="supported_hardware_vendors"),
)
class BridgeEngineVendor(Contract):
    """One row per engine version and hardware vendor that it lists."""

    engine_key: str = hashed(
        "Version of the engine that lists it", references="dim_engine.engine_key"
    )
    engine_id: str = identifier("Id of the engine")
    ordinal: int = integer("Position in the feed's list, from 0")
    hardware_vendor: str = text("Vendor, as dim_hardware.hardware_vendor", source="")
