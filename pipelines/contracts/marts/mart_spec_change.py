"""Changes of specifications between snapshots, and the published efficiencies that moved."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    Moment,
    Texts,
    as_in,
    carried,
    identifier,
    integer,
    moment,
    number,
    text,
    texts,
)

ABSENT = "not given"
NO_MOVE = "no roofline efficiency that depends on the attribute moved"
NO_VALUE = f"{NO_MOVE}, or the case had none at that time"


@table(grain=["version_key", "attribute"])
class MartSpecChange(Contract):
    """One row per dimension version and attribute that differs from the version before it.

    An attribute is a column of the dimension, `<column>.evidence_id` for the evidence that a
    specification refers to, or a list: engines, quantizations, operators, hardware_vendors,
    evidence. Efficiencies move by everything that changed in a revision, not by the attribute
    alone. Those shown are of the case whose roofline efficiency moved most.
    """

    dimension: str = text(
        as_in("dimension_version.dimension"),
        one_of=["hardware", "server", "model", "engine", "quant"],
    )
    entity_id: str = identifier(as_in("dimension_version.entity_id"))
    version_key: str = carried(
        "dimension_version.version_key", references="dimension_version.version_key"
    )
    attribute: str = text(as_in("fact_hardware_spec.attribute"))
    changed_at: Moment = moment("Time of the first snapshot with the change")
    old_value: str = text("Value before the change, as text; a list as JSON", null=ABSENT)
    new_value: str = text("Value after the change, as text; a list as JSON", null=ABSENT)
    affected_case_count: int = integer(
        "Cases of which one revision uses the version before and the next revision this one",
        unit="cases",
    )
    affected_case_ids: Texts = texts("Ids of the affected cases")
    moved_case_ids: Texts = texts(
        "Ids of the affected cases in which an efficiency that depends on the attribute moved "
        "(metric_source, mart_metric_change)"
    )
    moved_metrics: Texts = texts("Efficiencies that moved in these cases")
    largest_move_case_id: str = identifier(
        "Id of the case whose roofline efficiency moved most", null=NO_MOVE
    )
    roofline_efficiency_before: float = number(
        "Roofline efficiency before the change", unit="1", null=NO_VALUE, ge=0
    )
    roofline_efficiency_after: float = number(
        "Roofline efficiency after the change", unit="1", null=NO_VALUE, ge=0
    )
    roofline_efficiency_change: float = number(
        "Roofline efficiency after the change minus before", unit="1", null=NO_VALUE
    )
