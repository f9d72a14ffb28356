"""The checks of tables: one per contract, per rule and per file of sql/checks, and one of drift.

A contract check is blocking: if it fails, nothing downstream is built. The others warn, except
for the share of rejected cases, which stops the publication. The check of a rule with severity
info always passes and only counts its findings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.contracts import columns, contracts, render, table_of
from pipelines.orchestration import ui_metadata
from pipelines.orchestration.last_run import Failed
from pipelines.orchestration.resource import WarehouseResource
from pipelines.orchestration.set_checks import set_checks
from pipelines.publish import change
from pipelines.report.wording import many
from pipelines.transform import check_files, registry, rules
from pipelines.transform.check_files import Check
from pipelines.validation.violations import SHOWN, violations


def _words(row: Mapping[str, Any]) -> str:
    """A violation in one line."""
    *keys, column, problem = row.items()
    named = ", ".join(f"{key} {value}" for key, value in keys)
    return f"{named}: {column[1]} {problem[1]}"


def _failed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Metadata of a failing check: the rows as a table."""
    if not rows:
        return {}
    return {"failures": ui_metadata.table(rows[:SHOWN])}


def _contract_check(name: str) -> dg.AssetChecksDefinition:
    contract = contracts()[name]
    targets = {c.references.partition(".")[0] for c in columns(contract) if c.references}

    @dg.asset_check(
        asset=dg.AssetKey([name]),
        name="contract_holds",
        blocking=True,
        additional_deps=[dg.AssetKey([target]) for target in sorted(targets - {name})],
        description=(
            f"{render.full_name(contract)} keeps its contract: types, nullability, bounds, "
            f"allowed values, one row per {' × '.join(table_of(contract).grain)}, references."
        ),
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        with warehouse.user_errors():
            for needed in (name, *sorted(targets)):
                warehouse.db.need(render.full_name(contracts()[needed]), needed)
            found = violations(warehouse.db, contract)
        words = f"{name}: {_words(found[0])}" if found else None
        result = dg.AssetCheckResult(
            passed=not found,
            severity=dg.AssetCheckSeverity.ERROR,
            description=words,
            metadata=_failed(found),
        )
        warehouse.evaluated(result, Failed(name, "contract_holds", "error", words or ""))
        return result

    return check


#: Severity of a check file -> Dagster's.
_SEVERITIES = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}


def _query_check(told: Check) -> dg.AssetChecksDefinition:
    """The check of a file of sql/checks: it passes if its query returns no row."""

    @dg.asset_check(
        asset=dg.AssetKey([told.table]),
        name=told.name,
        blocking=told.is_blocking,
        additional_deps=[dg.AssetKey([one]) for one in told.reads if one != told.table],
        description=told.description,
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        with warehouse.user_errors():
            for needed in (told.table, *told.reads):
                warehouse.db.need(render.full_name(contracts()[needed]), needed)
            rows = warehouse.db.frame(f"from ({told.query}) limit {SHOWN}").to_dicts()
            ((count,),) = warehouse.db.rows(f"select count(*) from ({told.query})")
        words = line = None
        if rows:
            words = f"{many(count, 'exception')} to: {told.description}"
            first = ", ".join(f"{key} {value}" for key, value in rows[0].items())
            line = f"{words} The first: {first}. {told.action}".strip()
        result = dg.AssetCheckResult(
            passed=not rows,
            severity=dg.AssetCheckSeverity.ERROR
            if told.is_blocking
            else dg.AssetCheckSeverity.WARN,
            description=line if told.is_blocking else words,
            metadata={"count": count, **_failed(rows)},
        )
        warehouse.evaluated(result, Failed(told.table, told.name, told.severity, line or ""))
        return result

    return check


def _rule_checks() -> dg.AssetChecksDefinition:
    """Return one check per rule, all in one step: they read one table, and none blocks."""
    loaded = rules.load()

    @dg.multi_asset_check(
        name="rules",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                rule.check,
                asset=dg.AssetKey(["finding"]),
                description=f"{rule.title}. {rule.why}",
            )
            for rule in loaded
        ],
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.name for key in context.selected_asset_check_keys}
        with warehouse.user_errors():
            warehouse.db.need("quality.finding", "finding")
            found = {
                rule_id: (count, first)
                for rule_id, count, first in warehouse.db.rows(
                    f"""
                    select
                        rule_id,
                        count(*),
                        arg_min(finding, case_id, {SHOWN})
                    from (select rule_id, case_id, struct_pack(
                        case_id, severity, observed, limit_value, message
                    ) as finding from quality.finding)
                    group by rule_id
                    """
                )
            }
        for rule in (rule for rule in loaded if rule.check in wanted):
            count, first = found.get(rule.id, (0, []))
            words = f"{count} cases break it. {rule.why}" if count else None
            is_info = rule.severity == "info"
            result = dg.AssetCheckResult(
                asset_key=dg.AssetKey(["finding"]),
                check_name=rule.check,
                passed=not count or is_info,
                severity=dg.AssetCheckSeverity.WARN,
                description=words,
                metadata={"count": count, "severity": rule.severity, **_failed(first)},
            )
            line = f"{many(count, 'case breaks', 'cases break')} the rule {rule.id}: {rule.title}"
            warehouse.evaluated(result, Failed("finding", rule.check, rule.severity, line))
            yield result

    return check


@dg.asset_check(
    asset=dg.AssetKey(["drift"]),
    name="no_drift",
    additional_deps=[dg.AssetKey(["snapshot"])],
    description=(
        "Since the last publication, no file has brought a field, value or type that is in no "
        "contract or differs from the previous snapshot. Older drift is in quality.drift, and "
        "does not warn again."
    ),
)
def _drift(warehouse: WarehouseResource) -> dg.AssetCheckResult:
    # Not a query of sql/checks: the published set is not a table of this build, and no table may
    # depend on it. The same files give the same tables, whatever was published before.
    with warehouse.user_errors():
        for needed in ("drift", "snapshot"):
            warehouse.db.need(f"quality.{needed}", needed)
        rows = change.new_drift(warehouse.db, warehouse.settings).to_dicts()
    first = ", ".join(f"{key} {value}" for key, value in rows[0].items()) if rows else ""
    words = f"{len(rows)} new since the last publication. The first: {first}. {_DRIFT_ACTION}"
    result = dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=words if rows else None,
        metadata={"count": len(rows), **_failed(rows)},
    )
    warehouse.evaluated(result, Failed("drift", "no_drift", "warn", words))
    return result


_DRIFT_ACTION = "Add the field or the value to its contract, if it is useful."


def checks() -> Iterable[dg.AssetChecksDefinition]:
    """Yield the checks of every build."""
    for name in registry.tables():
        yield _contract_check(name)
    for told in check_files.against(registry.tables()):
        yield _query_check(told)
    yield _rule_checks()
    yield _drift
    yield from set_checks()
