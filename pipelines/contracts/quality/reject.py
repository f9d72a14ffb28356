"""Items of the feed that were not loaded, or have no metrics."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, integer, text


@table(grain=["snapshot_id", "item_position"])
class Reject(Contract):
    """One row per snapshot and item without metrics, with the reason and its JSON.

    `case_id` is the id as given, cut to 200 characters.
    """

    snapshot_id: str = carried("snapshot.snapshot_id", references="snapshot.snapshot_id")
    item_position: int = integer("Position of the item in the snapshot, from 0")
    case_id: str = text(as_in("fact_case_history.case_id"), null="it has no readable id")
    status: str = text(
        "Status: `rejected` was not loaded; `derived` was loaded, but a value computed from it "
        "breaks a contract, so it has no metrics; `failed_repeat` has no result where an earlier "
        "revision of the case has one, which stays",
        one_of=["rejected", "derived", "failed_repeat"],
    )
    path: str = text("Path of the field in the feed item", null="the item as a whole")
    table_name: str = text("Table whose contract is broken", null="not loaded")
    column_name: str = text("Column whose contract is broken", null="not loaded")
    value: str = text(as_in("assumption.value"), null="not loaded")
    reason: str = text("Reason for the rejection", max_length=1_000_000)
    raw: str = text("Item as received; `null` for a failed repeat", max_length=2_000_000_000)
