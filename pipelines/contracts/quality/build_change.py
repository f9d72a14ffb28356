"""What a build changed in what was published."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, flag, identifier, integer


@table(grain=["source_id"], at_publication=True)
class BuildChange(Contract):
    """One row per source: this build compared with the one that was published before it.

    The table does not follow from the raw files alone, because the previous build depends on when
    builds ran. Like quality.build, it is therefore in no Parquet file and in no hash.
    """

    source_id: str = identifier(as_in("dim_source.source_id"))
    is_new_source: bool = flag("True for a source without a case in the previous build")
    is_gone_source: bool = flag(
        "True for a source with cases in the previous build, but none in this one"
    )
    case_count: int = integer(as_in("snapshot.case_count"), unit="cases")
    added_case_count: int = integer(
        "Current cases that the previous build did not have", unit="cases"
    )
    changed_case_count: int = integer(
        "Current cases in both builds that differ: the case, its lists, or an entity of its stack",
        unit="cases",
    )
    retired_case_count: int = integer(
        "Current cases of the previous build that are no longer current", unit="cases"
    )
    verdict_change_count: int = integer(
        "Current cases in both builds whose plausibility or effective_tier differs", unit="cases"
    )
    new_reject_count: int = integer(
        "Cases in quality.reject that the previous build did not reject for the same reason",
        unit="cases",
    )
    new_drift_count: int = integer(
        "Fields and values in quality.drift that the previous build did not have there",
        unit="fields and values",
    )
