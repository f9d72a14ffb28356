"""Evidence that a specification or a result rests on."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    carried,
    day,
    hashed,
    identifier,
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
    "own-run",
    "paper",
    "conference-talk",
    "third-party-review",
    "other",
)


@table(grain=["evidence_key"])
class DimEvidence(Contract):
    """One row per owner, evidence id and version. Evidence ids are unique within an owner only."""

    evidence_key: str = hashed("Key of the evidence version")
    source_id: str = carried("dimension_version.source_id")
    owner_type: str = text("Kind of owner", one_of=["case", "hardware", "server"])
    owner_id: str = identifier("Id of the case, accelerator or server that owns the evidence")
    evidence_id: str = text(
        "Id of the evidence, unique within its owner", source="id", max_length=500
    )
    tier: str = text("Tier that the evidence declares", source="tier", known=TIERS)
    source_type: str = text("Kind of source", source="source_type", known=SOURCE_TYPES)
    url: str = text("URL of the source", source="url", null=NOT_GIVEN)
    accessed_on: dt.date = day(
        "Date on which the publisher read the source", source="accessed", null=NOT_GIVEN
    )
    citation: str = text("Citation of the source", source="citation", null=NOT_GIVEN)
    contributor_attestation: str = text(
        "Statement of the contributor about the numbers",
        source="contributor_attestation",
        null=NOT_GIVEN,
    )
    raw_data_url: str = text("URL of the raw data", source="raw_data_url", null=NOT_GIVEN)
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
