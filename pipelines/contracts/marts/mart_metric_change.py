"""Changes of efficiencies between revisions of a case."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import (
    Moment,
    Texts,
    as_in,
    carried,
    integer,
    moment,
    number,
    text,
    texts,
)


@table(grain=["case_id", "revision", "metric"])
class MartMetricChange(Contract):
    """One row per case, revision and efficiency that differs from the revision before it."""

    case_id: str = carried("fact_case.case_id", references="fact_case.case_id")
    revision: int = integer(as_in("fact_case_history.revision"), ge=2)
    metric: str = text(as_in("metric_definition.metric"))
    changed_at: Moment = moment(as_in("mart_spec_change.changed_at"))
    value_before: float = number(
        "Value of the metric in the revision before",
        unit="as the metric's",
        null="that revision has none",
    )
    value_after: float = number(
        "Value of the metric in this revision",
        unit="as the metric's",
        null="this revision has none",
    )
    value_change: float = number(
        "Value of the metric in this revision minus the one before",
        unit="as the metric's",
        null="one of the two revisions has none",
    )
    changed_with: Texts = texts(
        "Parts that changed between the two revisions: case, hardware, server, model, engine, quant"
    )
