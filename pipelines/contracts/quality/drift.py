"""Drift: what a snapshot holds that no contract knows, or that the one before held otherwise."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, flag, integer, text


@table(grain=["snapshot_id", "drift_type", "path", "detail"])
class Drift(Contract):
    """One row per snapshot and field or value that is new, gone or of another type.

    An unknown field or value is one that no contract knows. The others compare a known field
    with the snapshot before: it is new, gone, or has another JSON type. `case_count` is the
    number of cases with the field, of rows with the value, or, for a field that is gone, of
    cases with it in the snapshot before.
    """

    snapshot_id: str = carried("snapshot.snapshot_id", references="snapshot.snapshot_id")
    drift_type: str = text(
        "Kind of drift",
        one_of=["unknown_field", "unknown_value", "new_field", "vanished_field", "type_change"],
    )
    path: str = text(as_in("reject.path"))
    detail: str = text(
        "The unknown value, or the JSON types of the field; of a type change, before and after"
    )
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    is_new: bool = flag(
        "True if the source has earlier files and none of them has this; always for a comparison "
        "with the previous snapshot"
    )
