"""What a build changed in what was published."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, flag, identifier, integer


@table(grain=["source_id"], at_publication=True)
class BuildChange(Contract):
    """One row per source: this build against the one that was published before it.

    It is no function of the raw files alone, since which build was published before depends on
    when builds ran. So, like quality.build, it is in no Parquet file and in no hash.
    """

    source_id: str = identifier(as_in("dim_source.source_id"))
    is_new_source: bool = flag("True for a source with no case in the build before")
    is_gone_source: bool = flag(
        "True for a source with no case in this build, but in the one before"
    )
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    added_case_count: int = integer(
        "Current cases that were none in the build before", unit="cases"
    )
    changed_case_count: int = integer(
        "Current cases of both builds that differ: the case, its lists, or an entity of its stack",
        unit="cases",
    )
    retired_case_count: int = integer(
        "Current cases of the build before that are none in this one", unit="cases"
    )
    verdict_change_count: int = integer(
        "Current cases of both builds with another plausibility or effective_tier", unit="cases"
    )
    new_reject_count: int = integer(
        "Cases in quality.reject that the build before did not have there for the same reason",
        unit="cases",
    )
    new_drift_count: int = integer(
        "Fields and values in quality.drift that the build before did not have there",
        unit="fields and values",
    )
