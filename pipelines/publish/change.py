"""What a publication changes: its tables compared with those that it replaces, by source."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import duckdb
import polars as pl

from pipelines.contracts import columns, contracts
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

#: Columns of fact_case that change with the files around a case, though the case is the same.
_OF_HISTORY = ("revision", "first_seen_at", "last_seen_at", "is_retired")
_BEFORE = "published_before"
#: The types of drift that a single file has, without comparing two snapshots.
_UNKNOWN = ("unknown_field", "unknown_value")


def against_published(db: Warehouse, settings: Settings) -> pl.DataFrame:
    """Return the rows of quality.build_change.

    If nothing is published, or a version that cannot be compared, everything is new.
    """
    return _against(db, settings, _select)


def new_drift(db: Warehouse, settings: Settings) -> pl.DataFrame:
    """Return the drift that the published build does not have.

    Unknown fields and values are compared by source, whichever file has them; a difference between
    two snapshots belongs to the later one. If nothing comparable is published, drift is new if the
    newest file of a source has it and no earlier one does.
    """
    return _against(db, settings, _select_drift)


def _against(
    db: Warehouse, settings: Settings, select: Callable[[Warehouse, str | None], str]
) -> pl.DataFrame:
    """Run the query that `select` returns for the published database, or for None without one."""
    if not settings.published_db.is_file():
        return db.frame(select(db, None))
    try:
        db.execute(f"attach {quote(settings.published_db)} as {_BEFORE} (read_only)")
    except duckdb.Error:
        return db.frame(select(db, None))
    try:
        return db.frame(select(db, _BEFORE))
    except duckdb.Error:
        return db.frame(select(db, None))
    finally:
        with suppress(duckdb.Error):
            db.execute(f"detach {_BEFORE}")


def _select_drift(db: Warehouse, before: str | None) -> str:
    ((own,),) = db.rows("select current_database()")
    newest = f"""
        d.is_new and s.snapshot_order in (
            select max(snapshot_order) from {own}.quality.snapshot group by source_id
        )
    """
    unseen = f"""
        not exists (
            from {before}.quality.drift as p
            inner join {before}.quality.snapshot as q on p.snapshot_id = q.snapshot_id
            where q.source_id = s.source_id
                and p.drift_type = d.drift_type
                and p.path = d.path
                and p.detail is not distinct from d.detail
                and (p.snapshot_id = d.snapshot_id or d.drift_type in {_UNKNOWN})
        )
    """
    return f"""
        select s.source_id, d.drift_type, d.path, d.detail, sum(d.case_count)::bigint as case_count
        from {own}.quality.drift as d
        inner join {own}.quality.snapshot as s on d.snapshot_id = s.snapshot_id
        where {unseen if before else newest}
        group by all
        order by all
    """


def _select(db: Warehouse, before: str | None) -> str:
    """Return the query; `before` is the name of the database that is replaced."""
    ((own,),) = db.rows("select current_database()")
    past, limit = (before, "") if before else (own, " limit 0")
    return f"""
    with now_case as ({_cases(own)}),
    past_case as (from ({_cases(past)}){limit}),
    now_reject as ({_rejects(own)}),
    past_reject as (from ({_rejects(past)}){limit}),
    now_drift as ({_drift(own)}),
    past_drift as (from ({_drift(past)}){limit}),
    counted as (
        select
            coalesce(now.source_id, past.source_id) as source_id,
            now.case_id is not null as is_now,
            past.case_id is not null as was,
            now.content is distinct from past.content as differs,
            now.verdict is distinct from past.verdict as moved
        from now_case as now
        full join past_case as past using (source_id, case_id)
    ),
    by_case as (
        select
            source_id,
            count(*) filter (where is_now) as case_count,
            count(*) filter (where was) as past_count,
            count(*) filter (where is_now and not was) as added,
            count(*) filter (where is_now and was and differs) as changed,
            count(*) filter (where was and not is_now) as retired,
            count(*) filter (where is_now and was and moved) as moved
        from counted group by source_id
    ),
    reject_count as (
        select source_id, count(*) as rejects
        from (from now_reject except from past_reject) group by source_id
    ),
    drift_count as (
        select source_id, count(*) as drift
        from (from now_drift except from past_drift) group by source_id
    ),
    named as (
        select source_id from by_case
        union select source_id from {own}.main.dim_source
    )
    select
        source_id,
        coalesce(past_count, 0) = 0 and coalesce(case_count, 0) > 0 as is_new_source,
        coalesce(past_count, 0) > 0 and case_count = 0 as is_gone_source,
        coalesce(case_count, 0) as case_count,
        coalesce(added, 0) as added_case_count,
        coalesce(changed, 0) as changed_case_count,
        coalesce(retired, 0) as retired_case_count,
        coalesce(moved, 0) as verdict_change_count,
        coalesce(rejects, 0) as new_reject_count,
        coalesce(drift, 0) as new_drift_count
    from named
    left join by_case using (source_id)
    left join reject_count using (source_id)
    left join drift_count using (source_id)
    order by source_id
    """


def _cases(database: str) -> str:
    """Return the current cases of a database, each with a hash of its content, and its verdict."""
    content = ", ".join(
        f"f.{column.name}"
        for column in columns(contracts()["fact_case"])
        if column.name not in _OF_HISTORY
    )
    return f"""
        select
            f.source_id,
            f.case_id,
            hash({content}, l.lists) as content,
            concat(m.plausibility, '/', m.effective_tier) as verdict
        from {database}.main.fact_case as f
        left join {database}.marts.mart_case_metrics as m using (case_id)
        left join (
            select
                case_id, revision,
                string_agg(concat(list_name, elements_json), ',' order by list_name) as lists
            from {database}.main.case_list_history group by all
        ) as l on f.case_id = l.case_id and f.revision = l.revision
        where not f.is_retired
    """


def _rejects(database: str) -> str:
    return f"""
        select distinct
            s.source_id, r.status, coalesce(r.case_id, md5(r.raw)) as rejected, r.reason
        from {database}.quality.reject as r
        inner join {database}.quality.snapshot as s using (snapshot_id)
    """


def _drift(database: str) -> str:
    return f"""
        select distinct s.source_id, d.drift_type, d.path, d.detail
        from {database}.quality.drift as d
        inner join {database}.quality.snapshot as s using (snapshot_id)
    """
