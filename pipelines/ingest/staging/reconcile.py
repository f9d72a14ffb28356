"""Reject cases with problems, and cases that contradict an earlier one of the same file."""

from __future__ import annotations

from pipelines.contracts import contracts, feed_path
from pipelines.ingest.staging.job import Job
from pipelines.ingest.staging.tables import (
    OPTIONAL,
    RESOLVED,
    children,
    entity_contract,
    feed_columns,
)
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

#: Number of cases whose keys are computed in one statement.
_KEYED_AT_ONCE = 200_000


def reconcile(job: Job) -> None:
    """Turn problems into rejected cases, then compare the remaining cases with each other."""
    db = job.db
    db.execute("create table rejected (seq bigint, position bigint, path varchar, reason varchar)")
    _reject(db, "select cast(key as bigint), path, reason from problem where entity = 'case'")
    for entity in RESOLVED:
        _entity(db, entity)
    for entity in ("case", "hardware", "server"):
        _evidence(db, entity)
    _key_cases(db)
    _cases(db)
    feeds = [at for at, one in enumerate(job.members) if one.is_feed]
    for entity in RESOLVED if feeds else ():
        _definitions(db, entity, feeds)


def _entity(db: Warehouse, entity: str) -> None:
    """Reject cases whose entity has problems, is missing, or has another id than they name."""
    id_, path = RESOLVED[entity]
    root = feed_path.ROOTS[entity]
    _reject(
        db,
        f"select c.seq, p.path, p.reason from problem as p "
        f"join case_ as c on c.{entity}_doc = p.key where p.entity = {quote(entity)}",
    )
    if entity != OPTIONAL:
        _reject(
            db,
            f"select seq, {quote(root)}, 'is required' from case_ "
            f"where {entity}_doc is null and is_item",
        )
    _reject(
        db,
        f"""
        select
            c.seq,
            {quote(f"{root}.id")},
            concat('is ', e.{id_}, {quote(f", but {path} is ")}, c.{id_})
        from case_ as c
        join {entity}_ as e on e.doc_key = c.{entity}_doc
        where c.{id_} <> e.{id_}
        """,
    )


def _evidence(db: Warehouse, entity: str) -> None:
    """Reject cases in which two different evidence items of one owner have the same id."""
    key = "seq" if entity == "case" else "doc_key"
    owner = "c.seq = t.seq" if entity == "case" else f"c.{entity}_doc = t.doc_key"
    root = feed_path.join(feed_path.ROOTS[entity], "evidence")
    content = ", ".join(column.name for column in feed_columns(contracts()["dim_evidence"]))
    _reject(
        db,
        f"""
        select distinct
            c.seq,
            {quote(root)},
            concat('holds two different items with the id ', t.evidence_id)
        from case_ as c
        join (
            select {key}, evidence_id
            from (select distinct {key}, {content} from bridge_{entity}_evidence_)
            group by {key}, evidence_id
            having count(*) > 1
        ) as t on {owner}
        """,
    )


def _key_cases(db: Warehouse) -> None:
    """Key every case by a hash of all that the feed says about it, its entities included.

    In portions, since DuckDB holds a list per case in memory.
    """
    db.execute(
        "create table case_key (seq bigint, member bigint, case_id varchar, revision_key varchar, "
        + ", ".join(f"{entity}_key varchar" for entity in RESOLVED)
        + ")"
    )
    ((count,),) = db.rows("select count(*) from case_")
    for first in range(0, count, _KEYED_AT_ONCE):
        _key_some(db, first, first + _KEYED_AT_ONCE)


def _key_some(db: Warehouse, first: int, end: int) -> None:
    """Add the keys of the cases from one position up to another."""
    within = f"seq >= {first} and seq < {end}"
    lists = ""
    parts = []
    for child in children("case"):
        row = ", ".join(f"'{c.name}': {c.name}" for c in child.columns)
        name = child.name
        lists += (
            f" left join (select seq, cast(to_json(list({{{row}}} order by ordinal)) "
            f"as varchar) as {name} from {name}_ where {within} group by seq) as {name} "
            f"on {name}.seq = c.seq"
        )
        parts.append(f"coalesce({name}.{name}, '')")
    row = ", ".join(
        f"'{column.name}': c.{column.name}" for column in feed_columns(entity_contract("case"))
    )
    docs = [f"coalesce({entity}_key.content_key, '')" for entity in RESOLVED]
    for entity in RESOLVED:
        lists += (
            f" left join content as {entity}_key on {entity}_key.entity = {quote(entity)} "
            f"and {entity}_key.doc_key = c.{entity}_doc"
        )
    db.execute(
        f"""
        insert into case_key
        select
            c.seq,
            c.member,
            c.case_id,
            md5(concat_ws('|', cast(to_json({{{row}}}) as varchar),
                {", ".join(parts + docs)})) as revision_key,
            {", ".join(f"{entity}_key.content_key as {entity}_key" for entity in RESOLVED)}
        from (from case_ where {within}) as c {lists}
        """
    )


def _cases(db: Warehouse) -> None:
    """Reject cases that differ from an earlier one with the same id."""
    _reject(
        db,
        """
        with kept as (
            select seq, member, case_id, revision_key from case_key
            where seq not in (select seq from rejected)
        ),
        first_ as (
            select member, case_id, arg_min(revision_key, seq) as revision_key
            from kept group by all
        )
        select
            k.seq,
            'id',
            'is also the id of an earlier, different case; the first is kept'
        from kept as k join first_ as f using (member, case_id)
        where k.revision_key <> f.revision_key
        """,
    )


def _definitions(db: Warehouse, entity: str, feeds: list[int]) -> None:
    """Reject cases of feeds whose definition of an entity differs from an earlier one.

    Definitions of result files come from the catalog, or are as exact as the file.
    """
    id_, _ = RESOLVED[entity]
    _reject(
        db,
        f"""
        with kept as (
            select c.seq, c.member, c.case_id, e.{id_}, e.content_key
            from case_ as c
            join {entity}_ as e on e.doc_key = c.{entity}_doc
            where c.seq not in (select seq from rejected)
                and c.member in ({", ".join(map(str, feeds))})
        ),
        first_ as (
            select
                member, {id_}, arg_min(content_key, seq) as content_key,
                arg_min(case_id, seq) as case_id
            from kept
            group by all
        )
        select
            k.seq,
            {quote(feed_path.ROOTS[entity])},
            concat(
                'defines ', k.{id_}, ' differently from case ', f.case_id,
                ' of the same snapshot; the first definition is kept'
            )
        from kept as k
        join first_ as f using (member, {id_})
        where k.content_key <> f.content_key
        """,
    )


def _reject(db: Warehouse, select: str) -> None:
    """Add rejected cases from a SELECT of seq, path, reason. A case may have several reasons."""
    db.execute(
        f"insert into rejected select seq, (select count(*) from rejected), path, reason "
        f"from ({select}) as t (seq, path, reason)"
    )
