"""The checks: one per contract, and the few that are about what arrived.

A contract check is blocking: what breaks it stops what follows. The others warn, but for
the share of rejected cases, which stops the publication.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.contracts import columns, contracts, render, table_of
from pipelines.orchestration import ui_metadata
from pipelines.orchestration.resource import WarehouseResource, user_errors
from pipelines.transform import graph, rules
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
        with user_errors():
            for needed in (name, *sorted(targets)):
                warehouse.db.need(render.full_name(contracts()[needed]), needed)
            found = violations(warehouse.db, contract)
        return dg.AssetCheckResult(
            passed=not found,
            severity=dg.AssetCheckSeverity.ERROR,
            description=f"{name}: {_words(found[0])}" if found else None,
            metadata=_failed(found),
        )

    return check


def _query_check(
    asset: str,
    name: str,
    description: str,
    query: str,
    *,
    reads: Sequence[str] = (),
    blocking: bool = False,
    mend: str = "",
) -> dg.AssetChecksDefinition:
    """A check that passes where its query returns no row; blocking ones are errors.

    `reads` are the other tables of the query; `mend` tells what to do about a blocking one.
    """

    @dg.asset_check(
        asset=dg.AssetKey([asset]),
        name=name,
        blocking=blocking,
        additional_deps=[dg.AssetKey([one]) for one in reads],
        description=description,
    )
    def check(warehouse: WarehouseResource) -> dg.AssetCheckResult:
        with user_errors():
            for needed in (asset, *reads):
                warehouse.db.need(render.full_name(contracts()[needed]), needed)
            rows = warehouse.db.frame(f"{query} limit {SHOWN}").to_dicts()
            ((count,),) = warehouse.db.rows(f"select count(*) from ({query})")
        words = f"{description} {count} exceptions." if rows else None
        if rows and blocking:
            words = ", ".join(f"{key} {value}" for key, value in rows[0].items())
            words = f"{description} Found: {words}. {mend}"
        return dg.AssetCheckResult(
            passed=not rows,
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            description=words,
            metadata={"count": count, **_failed(rows)},
        )

    return check


def _rule_checks() -> dg.AssetChecksDefinition:
    """One check per rule, in one step: they read one table, and none of them blocks."""
    loaded = rules.load()

    @dg.multi_asset_check(
        name="rules",
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                rule.id,
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
        with user_errors():
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
        for rule in (rule for rule in loaded if rule.id in wanted):
            count, first = found.get(rule.id, (0, []))
            yield dg.AssetCheckResult(
                asset_key=dg.AssetKey(["finding"]),
                check_name=rule.id,
                passed=not count,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{count} cases break it. {rule.why}" if count else None,
                metadata={"count": count, **_failed(first)},
            )

    return check


def checks() -> Iterable[dg.AssetChecksDefinition]:
    """All checks."""
    for name in graph.tables():
        yield _contract_check(name)
    yield _query_check(
        "reject",
        "rejects_below_limit",
        "No more cases of the newest snapshot are rejected than the settings allow.",
        """
        select
            file_name as file,
            reject_count as rejected,
            item_count as of_items,
            coalesce(path, 'the item') as most_often,
            count(*) as times,
            arg_min(concat_ws(': ', case_id, left(reason, 200)), item_position) as first
        from quality.snapshot join quality.reject using (snapshot_id)
        where is_newest and not is_publishable
        group by all
        order by times desc, most_often
        """,
        reads=["snapshot"],
        blocking=True,
        mend="Take the file out of data/raw, or raise max_reject_share.",
    )
    yield _query_check(
        "reject",
        "every_case_loaded",
        "Every case of every snapshot was loaded.",
        "select case_id, path, left(reason, 200) as reason from quality.reject "
        "order by snapshot_id, item_position",
    )
    yield _query_check(
        "snapshot",
        "times_differ",
        "Every snapshot has a time of its own: of two with one, a hash decides which is newer.",
        "select generated_at, string_agg(file_name, ', ' order by file_name) as files "
        "from quality.snapshot group by generated_at having count(*) > 1 order by all",
    )
    yield _query_check(
        "snapshot",
        "no_time_to_come",
        "No snapshot is of a time to come: what arrives before that time would count as older.",
        "select file_name as file, generated_at from quality.snapshot "
        "where epoch(generated_at) > epoch(now()) + 86400 order by all",
    )
    yield _query_check(
        "drift",
        "no_drift",
        "The newest snapshot holds the fields and values that the contracts know, with the "
        "types of the snapshot before it.",
        "select drift_type, path, detail, drift.case_count from quality.drift "
        "join quality.snapshot using (snapshot_id) where is_newest order by all",
        reads=["snapshot"],
    )
    yield _query_check(
        "fact_hardware_spec",
        "evidence_resolves",
        "Every evidence reference names evidence of the same hardware.",
        "select hardware_id, attribute, evidence_id from main.fact_hardware_spec "
        "where evidence_id is not null and evidence_key is null order by all",
    )
    yield _rule_checks()
