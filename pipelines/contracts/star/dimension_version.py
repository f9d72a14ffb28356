"""Versions of everything that a case refers to."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    NO_TIME,
    Moment,
    as_in,
    flag,
    hashed,
    identifier,
    integer,
    moment,
    text,
)


@table(grain=["version_key"])
class DimensionVersion(Contract):
    """One row per version of an entity: the content that was valid from one snapshot on."""

    source_id: str = identifier(as_in("dim_source.source_id"), references="dim_source.source_id")
    dimension: str = text(
        "Dimension that the entity belongs to",
        one_of=[
            "hardware",
            "server",
            "model",
            "engine",
            "quant",
            "hardware-evidence",
            "server-evidence",
            "case-evidence",
        ],
    )
    entity_id: str = text(
        "Id of the entity in its dimension; of evidence, `<owner id>/<evidence id>`"
    )
    version_key: str = hashed("Key of the version, the same as in the table of the dimension")
    content_key: str = hashed("Hash of the content, as far as the contracts know its fields")
    from_snapshot_order: int = integer(
        "Position in time of the first snapshot with this version or revision"
    )
    to_snapshot_order: int = integer(
        "Position in time of the first snapshot with the next version", null="still valid"
    )
    valid_from: Moment = moment(
        "Time of the first snapshot with this version or revision", null=NO_TIME
    )
    valid_to: Moment = moment(
        "Time of the first snapshot with the next version or revision", null="still valid"
    )
    is_current: bool = flag(
        "True for the newest version or revision; in the schema `metrics`, only if the case is "
        "not retired"
    )
    is_latest: bool = flag(
        "True for one version of each id: of those that are current in their source, one from "
        "the catalog, else the newest"
    )
