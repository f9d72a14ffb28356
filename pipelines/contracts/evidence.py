"""Evidence: on what a specification or a result rests."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    Moment,
    Origin,
    day,
    flag,
    hashed,
    identifier,
    integer,
    moment,
    table,
    text,
)

TIERS = ("official", "measured", "estimated")
SOURCE_TYPES = (
    "vendor-whitepaper",
    "vendor-press-release",
    "vendor-product-page",
    "vendor-datasheet",
    "mlperf-submission",
    "community-benchmark",
    "paper",
    "conference-talk",
    "third-party-review",
    "other",
)


@table("main", grain=["evidence_key"])
class DimEvidence(Contract):
    """One row per evidence id of one owner and version. Ids are unique within an owner only."""

    evidence_key: str = hashed("Key of this version")
    owner_type: str = text("What it belongs to", one_of=["case", "hardware", "server"])
    owner_id: str = identifier("Id of the case, hardware or server")
    evidence_id: str = text("Id of the evidence", source="id", max_length=500)
    tier: str = text("Tier that the evidence declares for itself", source="tier", known=TIERS)
    source_type: str = text("Kind of source", source="source_type", known=SOURCE_TYPES)
    url: str = text("Where the source is", source="url", null=NOT_GIVEN)
    accessed_on: dt.date = day("When the publisher looked", source="accessed", null=NOT_GIVEN)
    citation: str = text("The source in words", source="citation", null=NOT_GIVEN)
    contributor_attestation: str = text(
        "What the contributor says about the numbers",
        source="contributor_attestation",
        null=NOT_GIVEN,
    )
    raw_data_url: str = text("Where the raw data are", source="raw_data_url", null=NOT_GIVEN)
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")


@table(
    "main",
    grain=["case_id", "ordinal"],
    origin=Origin("case", each="evidence", elements=DimEvidence),
)
class BridgeCaseEvidence(Contract):
    """One row per current case and evidence item."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    ordinal: int = integer("Position in the feed's list, from 0")
    evidence_id: str = text("Id of the evidence")
    evidence_key: str = hashed("Version of the evidence", references="dim_evidence.evidence_key")


@table(
    "main",
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="evidence", elements=DimEvidence),
)
class BridgeHardwareEvidence(Contract):
    """One row per hardware version and evidence item."""

    hardware_key: str = hashed("Version of the hardware", references="dim_hardware.hardware_key")
    hardware_id: str = identifier("Id of the accelerator")
    ordinal: int = integer("Position in the feed's list, from 0")
    evidence_id: str = text("Id of the evidence")
    evidence_key: str = hashed("Version of the evidence", references="dim_evidence.evidence_key")


@table(
    "main",
    grain=["server_key", "ordinal"],
    origin=Origin("server", each="evidence", elements=DimEvidence),
)
class BridgeServerEvidence(Contract):
    """One row per server version and evidence item."""

    server_key: str = hashed("Version of the server", references="dim_server.server_key")
    server_id: str = identifier("Id of the server")
    ordinal: int = integer("Position in the feed's list, from 0")
    evidence_id: str = text("Id of the evidence")
    evidence_key: str = hashed("Version of the evidence", references="dim_evidence.evidence_key")
