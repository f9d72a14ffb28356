"""Changes of cases between revisions."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_spec_change import ABSENT
from pipelines.contracts.vocabulary import Moment, as_in, carried, integer, moment, number, text

NO_EFFICIENCY = "that revision has no such efficiency"


@table(grain=["case_id", "revision", "attribute"])
class MartCaseChange(Contract):
    """One row per case, revision and attribute that differs from the revision before it.

    An attribute is a column of fact_case_history or a list: evidence, issues_encountered,
    patterns. The efficiencies move by everything that changed between the two revisions.
    """

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    revision: int = integer(as_in("fact_case_history.revision"), ge=2)
    attribute: str = text(as_in("fact_hardware_spec.attribute"))
    changed_at: Moment = moment(as_in("mart_spec_change.changed_at"))
    old_value: str = text(as_in("mart_spec_change.old_value"), null=ABSENT)
    new_value: str = text(as_in("mart_spec_change.new_value"), null=ABSENT)
    roofline_efficiency_before: float = number(
        as_in("mart_spec_change.roofline_efficiency_before"),
        unit="1",
        null=NO_EFFICIENCY,
        ge=0,
    )
    roofline_efficiency_after: float = number(
        as_in("mart_spec_change.roofline_efficiency_after"),
        unit="1",
        null=NO_EFFICIENCY,
        ge=0,
    )
    roofline_efficiency_change: float = number(
        as_in("mart_spec_change.roofline_efficiency_change"),
        unit="1",
        null="one of the two revisions has no such efficiency",
    )
