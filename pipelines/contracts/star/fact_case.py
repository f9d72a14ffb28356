"""Benchmark cases as they are now."""

from __future__ import annotations

from pipelines.contracts import Origin, table
from pipelines.contracts.star.fact_case_history import CaseRevision
from pipelines.contracts.vocabulary import Moment, flag, moment


@table(grain=["case_id"], origin=Origin("case"))
class FactCase(CaseRevision):
    """One row per case: its newest revision."""

    first_seen_at: Moment = moment("Time of the first snapshot with the case")
    last_seen_at: Moment = moment("Time of the last snapshot with the case")
    is_retired: bool = flag("True if the newest snapshot no longer has the case")
