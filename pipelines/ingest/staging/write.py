"""Write a staged folder: kept rows, rejects, field paths, known values, and a summary.

Every row has the staging key of its file, `file_key`; positions count from the file's first item.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from pipelines.contracts import feed_path, table_name
from pipelines.errors import RoofhouseError
from pipelines.ingest.split import KEPT_TEXT
from pipelines.ingest.staging.job import Job
from pipelines.ingest.staging.tables import RESOLVED, Child, children, entity_contract, feed_columns
from pipelines.ingest.strict_json import DECODER
from pipelines.warehouse.quoting import quote

SUMMARY = "snapshot.json"
_REJECTS_AT_ONCE = 1_000
#: Maximum number of reasons that a reject lists.
_REASONS = 100
_LINE = {"seq": pl.Int64, "doc": pl.String}


def write(job: Job, version: str) -> None:
    """Write the Parquet files of a staged folder, and last its summary."""
    job.db.execute(
        """
        create table kept as
        select member, case_id, min(seq) as seq from case_key
        where seq not in (select seq from rejected)
        group by member, case_id
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
        "select m.file_key, s.* exclude (doc_key) from hardware_spec_ as s "
        "join hardware_kept using (doc_key) join member as m using (member) "
        "order by m.member, hardware_id, attribute",
    )
    _rejects(job)
    job.copy(
        "field",
        "select m.file_key, f.* exclude (member) from field as f join member as m using (member) "
        "order by m.member, path, json_type",
    )
    job.copy("vocabulary", _vocabulary_select(job.out))
    _summary(job, version)


def _cases(job: Job) -> None:
    docs = ", ".join(f"k.{entity}_key" for entity in RESOLVED)
    feed = ", ".join(f"c.{column.name}" for column in feed_columns(entity_contract("case")))
    runs = [run for one in job.members for run in one.runs]
    schema = {"seq": pl.Int64, "run_id": pl.String, "record_sha256": pl.String}
    job.keep("run", pl.DataFrame(runs, schema=schema, orient="row"))
    job.copy(
        "fact_case",
        "select m.file_key, kept.seq - m.first as seq, run.run_id, run.record_sha256, "
        f"k.revision_key as content_key, {docs}, {feed} from kept "
        "join case_key as k using (seq) join case_ as c using (seq) "
        "join member as m on m.member = kept.member left join run on run.seq = kept.seq "
        "order by kept.seq",
    )


def _entity(job: Job, entity: str) -> None:
    """Write one row per file and distinct content of an entity that its kept cases resolve to."""
    job.db.execute(
        f"""
        create table {entity}_kept as
        select c.member, e.content_key, arg_min(e.doc_key, e.seq) as doc_key
        from kept
        join case_ as c using (seq)
        join {entity}_ as e on e.doc_key = c.{entity}_doc
        group by all
        """
    )
    feed = ", ".join(f"e.{column.name}" for column in feed_columns(entity_contract(entity)))
    job.copy(
        f"dim_{entity}",
        f"select m.file_key, k.content_key, {feed} "
        f"from {entity}_kept as k join {entity}_ as e using (doc_key) "
        f"join member as m using (member) order by m.member, {entity}_id, k.content_key",
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
        order = "m.member, case_id"
    else:
        owner = f"k.content_key, e.{entity}_id"
        joined = (
            f"{entity}_kept as k join {entity}_ as e using (doc_key) "
            f"join {child.name}_ as t using (doc_key)"
        )
        order = f"m.member, {entity}_id, content_key"
    job.copy(
        child.name,
        f"select m.file_key, {owner}, t.ordinal, {own} from {joined} "
        f"join member as m using (member) order by {order}, t.ordinal",
    )


def _summary(job: Job, version: str) -> None:
    """Write `snapshot.json`: the version of the code, the sizes of the files, and each member.

    The counts of a member cover its records in scope. Raises RoofhouseError if one of these is
    neither a row nor a duplicate.
    """
    kept = dict(job.db.rows("select member, count(*) from kept group by member"))
    accepted = dict(
        job.db.rows(
            "select member, count(*) from case_key "
            "where seq not in (select seq from rejected) group by member"
        )
    )
    written = {name: _rows_by_file(job, name) for name in ("fact_case", "reject")}
    members = {}
    for at, one in enumerate(job.members):
        items = one.end - one.first
        duplicates = accepted.get(at, 0) - kept.get(at, 0)
        rows = [written[name].get(one.key, 0) for name in written]
        if sum(rows) + duplicates != items:
            raise RoofhouseError(
                f"{one.file.path}: {items:,} records were read, but {sum(rows) + duplicates:,} "
                f"would be staged: {rows[0]:,} cases, {rows[1]:,} rejects and {duplicates:,} "
                "duplicates; nothing of it was kept. Please report this with the file"
            )
        members[one.key] = {
            "content_sha256": one.content_sha256,
            "generated_at": one.generated_at and one.generated_at.isoformat(),
            "newest_run_at": one.newest_run_at,
            "declared_count": one.declared_count,
            "license": one.license,
            "item_count": items,
            "case_count": kept.get(at, 0),
            "duplicate_count": duplicates,
            "reject_count": items - accepted.get(at, 0),
            "skipped": dict(sorted(one.skipped.items())),
        }
    meta = {
        "version": version,
        "members": members,
        "files": {path.name: path.stat().st_size for path in job.out.glob("*.parquet")},
    }
    path = job.out / SUMMARY
    path.write_text(json.dumps(meta, indent=1, sort_keys=True))


def _rows_by_file(job: Job, name: str) -> dict[str, int]:
    """Return the number of positions that a written Parquet file holds, by staging key."""
    path = quote(job.out / f"{name}.parquet")
    return dict(job.db.rows(f"select file_key, count(*) from read_parquet({path}) group by all"))


def _rejects(job: Job) -> None:
    """Write one row per rejected case, with all its reasons and its JSON as received."""
    found = job.db.rows("select distinct seq from rejected order by seq")
    positions = [seq for (seq,) in found]
    for first in range(0, len(positions) or 1, _REJECTS_AT_ONCE):
        some = positions[first : first + _REJECTS_AT_ONCE]
        texts = [one[:KEPT_TEXT].decode(errors="ignore") for one in job.lines.at(some)]
        job.db.con.register("rejected_text", pl.DataFrame({"seq": some, "doc": texts}, _LINE))
        job.fill("rejected_line", "select * from rejected_text")
    job.db.execute(
        f"""
        create table reject_ as
        with reason as (
            select
                seq,
                nullif(first(path order by position, path), '') as path,
                concat_ws(
                    '; ',
                    string_agg(
                        concat(if(path = '', 'the item', path), ' ', reason),
                        '; ' order by position, path
                    ) filter (nth <= {_REASONS}),
                    if(count(*) > {_REASONS}, concat(count(*) - {_REASONS}, ' more'), null)
                ) as reason
            from (
                select
                    *, row_number() over (partition by seq order by position, path, reason) as nth
                from (select seq, min(position) as position, path, reason
                      from rejected group by all)
            )
            group by seq
        )
        select
            seq, left(case_id, 200) as case_id, path, reason, doc as raw
        from reason join rejected_line using (seq) left join (select seq, case_id from case_)
        using (seq)
        """
    )
    refused = [
        (seq, one.case_id or _id_of(one.text), one.path, one.reason, one.text)
        for seq, one in job.lines.refused.items()
    ]
    names = ("case_id", "path", "reason", "raw")
    schema = {"seq": pl.Int64, **dict.fromkeys(names, pl.String)}
    job.keep("refused", pl.DataFrame(refused, schema=schema, orient="row"))
    job.copy(
        "reject",
        "with told as (select * from reject_ where seq not in (select seq from refused) "
        "union all by name select * from refused) "
        "select m.file_key, r.seq - m.first as seq, r.* exclude (seq) from told as r "
        "join member as m on r.seq >= m.first and r.seq < m.end_ order by r.seq, r.case_id",
    )


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
                        f"select file_key, {quote(field)} as path, "
                        f"{column.name} as value, count(*) as row_count, "
                        f"{column.name} in ({known}) as is_known "
                        f"from read_parquet({quote(path)}) "
                        f"where {column.name} is not null group by file_key, {column.name}"
                    )
    return f"select * from ({' union all '.join(parts)}) order by file_key, path, value"


def _id_of(text: str) -> str | None:
    """Return the id of an item that is not staged, if it can be read."""
    try:
        value = DECODER.decode(text).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return (
        str(value[:200]).encode(errors="backslashreplace").decode()
        if isinstance(value, str)
        else None
    )
