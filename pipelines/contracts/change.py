"""What changed between snapshots, and which published efficiencies moved with it."""

from __future__ import annotations

from pipelines.contracts.vocabulary import (
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
NO_MOVE = "no decode roofline efficiency follows from the attribute and moved"
NO_VALUE = f"{NO_MOVE}, or that case had none then"


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
    affected_case_count: int = integer(
        "Cases of which one revision stands on the version before, and the next on this",
        unit="cases",
    )
    affected_case_ids: Texts = texts("Ids of these cases")
    moved_case_ids: Texts = texts(
        "Of these, the ids of cases with an efficiency that follows from the attribute "
        "(metric_source) and moved, by all that changed with it (mart_metric_change)"
    )
    moved_metrics: Texts = texts("These efficiencies")
    largest_move_case_id: str = identifier(
        "Of these, the id of the case whose decode roofline efficiency moved most",
        null=NO_MOVE,
    )
    decode_roofline_efficiency_before: float = number(
        "Decode roofline efficiency of that case before", unit="1", null=NO_VALUE, ge=0
    )
    decode_roofline_efficiency_after: float = number(
        "Decode roofline efficiency of that case after", unit="1", null=NO_VALUE, ge=0
    )
    decode_roofline_efficiency_change: float = number("After minus before", unit="1", null=NO_VALUE)


@table("marts", grain=["case_id", "revision", "attribute"])
class MartCaseChange(Contract):
    """One row per case, revision and attribute that differs from the revision before it."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision that brought the change", ge=2)
    attribute: str = text(
        "Column of fact_case_history; evidence, issues_encountered, patterns for lists"
    )
    changed_at: Moment = moment("Time of the first snapshot with the new value")
    old_value: str = text("Value before, as text; a list as JSON", null=ABSENT)
    new_value: str = text("Value after, as text; a list as JSON", null=ABSENT)
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


@table("marts", grain=["case_id", "revision", "metric"])
class MartMetricChange(Contract):
    """One row per case, revision and efficiency that is not what it was in the revision before."""

    case_id: str = identifier("Id of the case", references="fact_case.case_id")
    revision: int = integer("Revision that brought the change", ge=2)
    metric: str = text("The efficiency: a column of mart_case_metrics")
    changed_at: Moment = moment("Time of the first snapshot with this revision")
    value_before: float = number(
        "Its value in the revision before", unit="as the metric's", null="that revision has none"
    )
    value_after: float = number(
        "Its value in this revision", unit="as the metric's", null="this revision has none"
    )
    value_change: float = number(
        "After minus before", unit="as the metric's", null="one of the two has none"
    )
    changed_with: Texts = texts(
        "All that changed between the two: case, hardware, server, model, engine, quant"
    )
