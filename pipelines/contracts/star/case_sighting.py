"""Sightings of cases in snapshots."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import NO_TIME, Moment, carried, flag, moment


@table(grain=["case_id", "snapshot_id"])
class CaseSighting(Contract):
    """One row per snapshot and case in it, loaded or rejected."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    snapshot_id: str = carried("snapshot.snapshot_id", references="snapshot.snapshot_id")
    snapshot_order: int = carried("snapshot.snapshot_order")
    seen_at: Moment = moment("Time of the snapshot", null=NO_TIME)
    is_rejected: bool = flag(
        "True if the case was rejected there; the revision before it stays in force"
    )
