"""Write a staged folder: kept rows, rejects, field paths, known values, and a summary."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from pipelines.contracts import feed_path, table_name
from pipelines.ingest.staging.job import Job
from pipelines.ingest.staging.tables import RESOLVED, Child, children, entity_contract, feed_columns
from pipelines.warehouse.quoting import quote


def write(job: Job, version: str) -> None:
    """Write the Parquet files of a staged folder, and last its summary."""
    job.db.execute(
        """
        create table kept as
        select case_id, min(seq) as seq from case_key
        where seq not in (select seq from rejected)
        group by case_id
        """
    )
    _cases(job)
    for entity in RESOLVED:
        _entity(job, entity)
    for entity in ("case", *RESOLVED):
        for child in children(entity):
            _list(job, entity, child)
    job.copy(
        "fact_hardware_spec",
        "select s.* exclude (doc_key) from hardware_spec_ as s "
        "join hardware_kept using (doc_key) order by hardware_id, attribute",
    )
    _rejects(job)
    job.copy("field", "select * from field order by path, json_type")
    job.copy("vocabulary", _vocabulary_select(job.out))
    _summary(job, version)


def _cases(job: Job) -> None:
    docs = ", ".join(f"k.{entity}_key" for entity in RESOLVED)
    feed = ", ".join(f"c.{column.name}" for column in feed_columns(entity_contract("case")))
    job.copy(
        "fact_case",
        f"select k.seq, k.revision_key as content_key, {docs}, {feed} from kept "
        "join case_key as k using (seq) join case_ as c using (seq) order by seq",
    )


def _entity(job: Job, entity: str) -> None:
    """Write one row per distinct content of an entity that kept cases resolve to."""
    job.db.execute(
        f"""
        create table {entity}_kept as
        select content_key, arg_min(doc_key, e.seq) as doc_key
        from {entity}_ as e
        join content using (doc_key, content_key)
        where content.entity = {quote(entity)} and doc_key in (
            select {entity}_doc from case_ join kept using (seq)
        )
        group by content_key
        """
    )
    feed = ", ".join(f"e.{column.name}" for column in feed_columns(entity_contract(entity)))
    job.copy(
        f"dim_{entity}",
        f"select content_key, {feed} "
        f"from {entity}_kept join {entity}_ as e using (doc_key, content_key) "
        f"order by {entity}_id",
    )


def _list(job: Job, entity: str, child: Child) -> None:
    """Write the elements of a list with the id of the case or entity that holds them."""
    own = ", ".join(f"t.{column.name}" for column in child.columns)
    if child.elements.__name__ == "DimEvidence":
        row = ", ".join(f"'{c.name}': t.{c.name}" for c in child.columns)
        own += f", md5(cast(to_json({{{row}}}) as varchar)) as evidence_content_key"
    if entity == "case":
        owner = "kept.case_id"
        joined = f"kept join {child.name}_ as t using (seq)"
    else:
        owner = f"content_key, e.{entity}_id"
        joined = (
            f"{entity}_kept join {entity}_ as e using (doc_key, content_key) "
            f"join {child.name}_ as t using (doc_key)"
        )
    job.copy(
        child.name,
        f"select {owner}, t.ordinal, {own} from {joined} order by {entity}_id, t.ordinal",
    )


def _summary(job: Job, version: str) -> None:
    """Write `snapshot.json`: the version of the code, counts, and the sizes of the files."""
    ((kept, accepted),) = job.db.rows(
        "select (select count(*) from kept), "
        "(select count(*) from case_key where seq not in (select seq from rejected))"
    )
    meta = {
        "version": version,
        "file_sha256": job.file.sha256,
        "content_sha256": job.lines.content_sha256,
        "generated_at": job.lines.generated_at and job.lines.generated_at.isoformat(),
        "declared_count": job.lines.declared_count,
        "license": job.lines.license,
        "item_count": job.lines.item_count,
        "case_count": kept,
        "duplicate_count": accepted - kept,
        "reject_count": job.db.rows("select count(*) from reject_")[0][0],
        "files": {path.name: path.stat().st_size for path in job.out.glob("*.parquet")},
    }
    path = job.out / "snapshot.json"
    path.write_text(json.dumps(meta, indent=1, sort_keys=True))


def _rejects(job: Job) -> None:
    """Write one row per rejected case, with all its reasons and its JSON as received."""
    positions = job.db.rows("select distinct seq from rejected order by seq")
    job.pick("rejected_line", [seq for (seq,) in positions])
    job.db.execute(
        """
        create table reject_ as
        with reason as (
            select
                seq,
                nullif(first(path order by position, path), '') as path,
                string_agg(
                    concat(if(path = '', 'the item', path), ' ', reason),
                    '; ' order by position, path
                ) as reason
            from (select distinct seq, min(position) as position, path, reason
                  from rejected group by all)
            group by seq
        )
        select
            seq, left(case_id, 200) as case_id, path, reason, cast(doc as varchar) as raw
        from reason join rejected_line using (seq) left join (select seq, case_id from case_)
        using (seq)
        """
    )
    for position, (reason, text) in job.lines.refused.items():
        job.db.execute(
            "update reject_ set case_id = ?, reason = ?, raw = ? where seq = ?",
            [_id_of(text), f"the item {reason}", text, position],
        )
    job.copy("reject", "select * from reject_ order by seq, case_id")


def _vocabulary_select(out: Path) -> str:
    """Return a SELECT that counts the kept rows by value, for columns with known values."""
    parts = []
    for entity in ("case", *RESOLVED):
        contract = entity_contract(entity)
        tables = [(table_name(contract), "", feed_columns(contract))]
        tables += [(c.name, f"{c.path}[]", c.columns) for c in children(entity)]
        for name, each, found in tables:
            path = out / f"{name}.parquet"
            for column in found:
                if column.known:
                    known = ", ".join(quote(value) for value in column.known)
                    field = feed_path.join(feed_path.ROOTS[entity], each, column.source or "")
                    parts.append(
                        f"select {quote(field)} as path, "
                        f"{column.name} as value, count(*) as row_count, "
                        f"{column.name} in ({known}) as is_known "
                        f"from read_parquet({quote(path)}) "
                        f"where {column.name} is not null group by {column.name}"
                    )
    return f"select * from ({' union all '.join(parts)}) order by path, value"


def _id_of(text: str) -> str | None:
    """Return the id of an item that is not staged, if it can be read."""
    try:
        value = msgspec.json.decode(text).get("id")
    except (msgspec.DecodeError, AttributeError, RecursionError):
        return None
    return value[:200] if isinstance(value, str) else None
