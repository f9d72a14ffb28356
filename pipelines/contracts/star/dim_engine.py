"""Inference engines."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    carried,
    hashed,
    identifier,
    list_length,
    text,
)

NO_LIST = "the list is absent: nothing is claimed"


@table(grain=["engine_key"], origin=Origin("engine"))
class DimEngine(Contract):
    """One row per engine id and version of its description."""

    engine_key: str = hashed("Key of the engine version")
    engine_id: str = identifier("Id of the inference engine", source="id")
    source_id: str = carried("dimension_version.source_id")
    engine_name: str = text("Name of the inference engine", source="name")
    maintainer: str = text(
        "Maintainer of the engine",
        source="maintainer",
        null=NOT_GIVEN,
        known=["community", "mixed", "vendor"],
    )
    engine_source_url: str = text(
        "URL of the source code or home page", source="source_url", null=NOT_GIVEN
    )
    engine_documentation_url: str = text(
        "URL of the documentation", source="documentation_url", null=NOT_GIVEN
    )
    engine_latest_version: str = text(
        "Newest version known to the publisher", source="latest_version", null=NOT_GIVEN
    )
    engine_notes: str = text("Notes of the publisher", source="notes", null=NOT_GIVEN)
    listed_vendor_count: int = list_length(
        "Hardware vendors listed as supported (bridge_engine_vendor)",
        source="supported_hardware_vendors",
        null=NO_LIST,
    )
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
    is_latest: bool = carried("dimension_version.is_latest")
