"""Benchmark cases as they are now."""

from __future__ import annotations

from pipelines.contracts import Origin, table
from pipelines.contracts.star.fact_case_history import CaseRevision
from pipelines.contracts.vocabulary import NO_TIME, Moment, flag, moment


@table(grain=["case_id"], origin=Origin("case"))
class FactCase(CaseRevision):
    """One row per case: its newest revision."""

    first_seen_at: Moment = moment("Time of the first snapshot with the case", null=NO_TIME)
    last_seen_at: Moment = moment("Time of the last snapshot with the case", null=NO_TIME)
    is_retired: bool = flag(
        "True if the newest snapshot of its source no longer has the case, or the source took "
        "it back (`withdrawn` in SOURCE.yml)"
    )
