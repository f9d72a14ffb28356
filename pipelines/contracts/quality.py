"""What arrived, what was left out and why, and what the audit found."""

from __future__ import annotations

from pipelines.contracts.vocabulary import (
    Contract,
    Moment,
    flag,
    hashed,
    identifier,
    integer,
    moment,
    number,
    table,
    text,
)

SEVERITIES = ("error", "warn", "info")


@table("main", grain=["version_key"])
class DimensionVersion(Contract):
    """One row per version of an entity: which content was valid when."""

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
    entity_id: str = text("Id in that dimension; of evidence, owner/evidence id")
    version_key: str = hashed("Key of the version, the key of the dimension's table")
    content_key: str = hashed("Hash of the content that the contracts know")
    from_snapshot_order: int = integer("Order of the first snapshot that shows it")
    to_snapshot_order: int = integer(
        "Order of the first snapshot that shows the next", null="still valid"
    )
    valid_from: Moment = moment("Time of the first snapshot that shows it")
    valid_to: Moment = moment("Time of the first snapshot that shows the next", null="still valid")
    is_current: bool = flag("Whether this is the newest version of its id")


@table("quality", grain=["snapshot_id"])
class Snapshot(Contract):
    """One row per snapshot: what was received and what became of it."""

    snapshot_id: str = hashed("Key: a hash of time and content")
    snapshot_order: int = integer("Position in time, from 0")
    generated_at: Moment = moment(
        "When the publisher made it: `generated` of the feed, or the time in the file name"
    )
    is_newest: bool = flag("Whether it is the newest")
    file_name: str = text("File in data/raw")
    file_sha256: str = hashed("SHA-256 of the file")
    content_sha256: str = hashed("SHA-256 of its content, decompressed")
    license: str = text("`license` of the feed", null="the feed states none")
    declared_count: int = integer("`count` of the feed", unit="cases", null="none stated (NDJSON)")
    item_count: int = integer("Items in the file", unit="cases")
    case_count: int = integer("Cases loaded", unit="cases")
    duplicate_count: int = integer(
        "Items left out since an earlier one says the same", unit="cases"
    )
    reject_count: int = integer("Items rejected", unit="cases")
    is_publishable: bool = flag(
        "Whether few enough were rejected for it to be published as the newest "
        "(setting max_reject_share)"
    )


@table("quality", grain=["snapshot_id", "item_position"])
class Reject(Contract):
    """One row per snapshot and item that was not loaded, with the reason and its JSON."""

    snapshot_id: str = hashed("Snapshot that holds the item", references="snapshot.snapshot_id")
    item_position: int = integer("Position of the item in the snapshot, from 0")
    case_id: str = text("Id as given, at most 200 characters", null="it has no readable id")
    path: str = text("Path of the field that is wrong", null="the item as a whole")
    reason: str = text("What is wrong, in words", max_length=1_000_000)
    raw: str = text("The item as received", max_length=2_000_000_000)


@table("quality", grain=["snapshot_id", "drift_type", "path", "detail"])
class Drift(Contract):
    """One row per snapshot and what no contract knows, or the snapshot before held otherwise."""

    snapshot_id: str = hashed("Snapshot that shows it", references="snapshot.snapshot_id")
    drift_type: str = text(
        "What drifts: a field or value that no contract knows; or, against the snapshot "
        "before, a field that a contract knows and that is new, one that is gone, one of "
        "another JSON type",
        one_of=["unknown_field", "unknown_value", "new_field", "vanished_field", "type_change"],
    )
    path: str = text("Path of the field in a feed item")
    detail: str = text(
        "The unknown value; of a field its JSON types, of a type change those before and after"
    )
    case_count: int = integer(
        "Cases (of a value: rows) with it; of a field that is gone, in the snapshot before",
        unit="cases",
    )


@table("quality", grain=["case_id", "rule_id"])
class Finding(Contract):
    """One row per current case and rule that it breaks."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    rule_id: str = text("Id of the rule that it breaks (sql/quality/rules.yml)")
    severity: str = text("How bad it is", one_of=SEVERITIES)
    observed: float = number(
        "What the case says", unit="as in the message", null="the rule is not about a quantity"
    )
    limit_value: float = number(
        "What is allowed", unit="as in the message", null="the rule is not about a quantity"
    )
    margin: float = number(
        "How far beyond the limit, as a share of it: |observed - limit| / |limit|",
        unit="1",
        null="the rule is not about a quantity, or the limit is 0",
        ge=0,
    )
    message: str = text("The finding in words, with the numbers")


@table("quality", grain=["rule_id"])
class Rule(Contract):
    """One row per rule of the audit (sql/quality/rules.yml)."""

    rule_id: str = text("Id of the rule")
    severity: str = text("How bad a break is", one_of=SEVERITIES)
    title: str = text("What holds where the rule is kept")
    why: str = text("Why it should hold")
    breaks: str = text("The condition, in SQL")
    threshold: float = number(
        "Configured threshold", unit="as in `breaks`", null="the rule has none"
    )
