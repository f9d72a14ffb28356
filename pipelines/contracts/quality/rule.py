"""Rules of the audit."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, number, text

SEVERITIES = ("error", "warn", "info")
CATEGORIES = ("physics", "consistency", "specification", "evidence", "support")


@table(grain=["rule_id"])
class Rule(Contract):
    """One row per rule of the audit (sql/quality/rules.yml); its title says what should hold."""

    rule_id: str = text("Id of the rule (sql/quality/rules.yml)")
    category: str = text(
        "Subject of the rule: physics, consistency, specification, evidence or support",
        one_of=CATEGORIES,
    )
    severity: str = text(
        "Severity: `error` is impossible as reported, `warn` implausible, `info` worth a look",
        one_of=SEVERITIES,
    )
    title: str = text(as_in("fact_case_history.title"))
    why: str = text("Reason for the rule")
    breaks: str = text("Condition that breaks the rule, in SQL")
    threshold: float = number(
        "Configured threshold", unit="as in `breaks`", null="the rule has none"
    )
