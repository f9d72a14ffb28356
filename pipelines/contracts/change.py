"""What changed between snapshots, and which published efficiencies moved with it."""

from __future__ import annotations

from pipelines.contracts.fields import (
    Contract,
    Moment,
    Texts,
    hashed,
    identifier,
    integer,
    moment,
    number,
    table,
    text,
    texts,
)

ABSENT = "not given"
NO_EFFICIENCY = "no affected case has an efficiency before and after"


@table("marts", grain=["version_key", "attribute"])
class MartSpecChange(Contract):
    """One row per dimension version and attribute that differs from the version before it."""

    dimension: str = text(
        "Dimension that changed", one_of=["hardware", "server", "model", "engine", "quant"]
    )
    entity_id: str = identifier("Id of the hardware, server, model, engine or quantization")
    version_key: str = hashed(
        "Version that brought the change", references="dimension_version.version_key"
    )
    attribute: str = text(
        "Column of the dimension; `<column>.evidence_id` for the evidence that a specification "
        "refers to; engines, quantizations, operators, hardware_vendors, evidence for lists"
    )
    changed_at: Moment = moment("Time of the first snapshot with the new value")
    old_value: str = text("Value before, as text; a list as JSON", null=ABSENT)
    new_value: str = text("Value after, as text; a list as JSON", null=ABSENT)
    affected_case_count: int = integer("Cases that were revised to this version", unit="cases")
    affected_case_ids: Texts = texts("Ids of these cases")
    moved_case_ids: Texts = texts(
        "Of these, the ids of cases whose decode roofline efficiency moved, by all that "
        "changed with it"
    )
    largest_move_case_id: str = identifier(
        "Id of the case whose decode roofline efficiency moved most", null=NO_EFFICIENCY
    )
    decode_roofline_efficiency_before: float = number(
        "Decode roofline efficiency of that case before", unit="1", null=NO_EFFICIENCY, ge=0
    )
    decode_roofline_efficiency_after: float = number(
        "Decode roofline efficiency of that case after", unit="1", null=NO_EFFICIENCY, ge=0
    )
    decode_roofline_efficiency_change: float = number(
        "After minus before", unit="1", null=NO_EFFICIENCY
    )


@table("marts", grain=["case_id", "revision", "attribute"])
class MartCaseChange(Contract):
    """One row per case, revision and attribute that differs from the revision before it."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision that brought the change", ge=2)
    attribute: str = text("Column of fact_case_history")
    changed_at: Moment = moment("Time of the first snapshot with the new value")
    old_value: str = text("Value before, as text", null=ABSENT)
    new_value: str = text("Value after, as text", null=ABSENT)
    decode_roofline_efficiency_before: float = number(
        "Decode roofline efficiency of the revision before",
        unit="1",
        null="that revision has no such efficiency",
        ge=0,
    )
    decode_roofline_efficiency_after: float = number(
        "Decode roofline efficiency of this revision",
        unit="1",
        null="that revision has no such efficiency",
        ge=0,
    )
    decode_roofline_efficiency_change: float = number(
        "After minus before, by all that changed between the two",
        unit="1",
        null="one of the two has no such efficiency",
    )
