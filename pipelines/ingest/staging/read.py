"""Read lines of cases into typed tables: cases, the entities in them, their lists."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import duckdb
import polars as pl

from pipelines.contracts import columns, feed_path
from pipelines.ingest import extract, structure
from pipelines.ingest.split import explain_bad_line
from pipelines.ingest.staging.job import LONG_BYTES, Job, Part
from pipelines.ingest.staging.tables import RESOLVED, children, entity_contract
from pipelines.warehouse.quoting import quote

_KNOWN_FIELDS = sorted({p.split(".")[0].split("[")[0] for p in structure.known_paths()})


def read(job: Job) -> None:
    """Create the typed tables of the files: one per entity and one per list inside an entity.

    Long lines are read in parts, so that DuckDB's memory does not grow with their number. The texts
    of lists and documents are kept for one part only. Raises RoofhouseError if a line is not JSON.
    """
    job.show_members()
    job.db.execute("create table content (entity varchar, doc_key varchar, content_key varchar)")
    counts: Counter[tuple[int, str, str]] = Counter()
    for part in job.parts():
        job.show_lines("line", part.path)
        try:
            cases(job, part)
            documents(job)
            fields(job, counts)
        except duckdb.InvalidInputException as error:
            if "recursion depth" in str(error):
                raise
            raise explain_bad_line(job.members[0].file, job.lines, str(error)) from None
        entities(job)
        elements(job)
        if not part.is_all:
            _set_aside(job)
    if not part.is_all:
        for entity in ("case", *RESOLVED):
            job.db.execute(f"drop {'view' if entity == 'case' else 'table'} {entity}_")
            job.db.execute(f"create view {entity}_ as from {entity}_read")
    _keep_fields(job, counts)


def _set_aside(job: Job) -> None:
    """Keep the typed cases and entities of a part, without the texts that are parsed already."""
    texts = ", ".join(f"{child.name}_json" for child in children("case"))
    job.fill("case_read", f"select * exclude ({texts}) from case_")
    for entity in RESOLVED:
        job.fill(f"{entity}_read", f"select * exclude (doc) from {entity}_")


def cases(job: Job, part: Part) -> None:
    """Type every case of a part, and keep the texts of its lists and the keys of its entities."""
    texts = {f"{child.name}_json": child.path for child in children("case")}
    docs = {f"{entity}_doc": feed_path.ROOTS[entity] for entity in RESOLVED}
    select = extract.typed(
        "(select doc, starts_with(cast(doc as varchar), '{') as is_item from line)",
        "doc",
        columns(entity_contract("case")),
        ["is_item"],
        prefix="",
        parts=texts | docs,
    )
    typed = [column.name for column in columns(entity_contract("case")) if column.source]
    packed = ", ".join(
        [
            *(f"'{name}': {name}" for name in [*typed, *texts]),
            *(f"'{name}': md5({name})" for name in docs),
        ]
    )
    # DuckDB uses as many threads as have 4 MB of memory per column; a struct is one column.
    job.db.execute(
        "create or replace table case_line as "
        f"select is_item, problems, {{{packed}}} as parts from ({select})"
    )
    # A table keeps the order in which it was filled, so rowid is the number of the line.
    numbered = (
        f"select rowid + {part.first} as seq, cast(0 as bigint) as member, "
        "* exclude (parts), parts.* from case_line"
        if len(job.members) == 1
        else "select seq, member, case_line.* exclude (parts), parts.* "
        "from case_line positional join seq_part"
    )
    if len(job.members) > 1:
        job.db.execute(
            "create or replace view seq_part as select * from seq_member "
            f"where seq >= {part.first} and seq < {part.end} order by seq"
        )
    job.db.execute(f"create or replace view case_ as {numbered}")


def documents(job: Job) -> None:
    """Collect the distinct JSON texts of the entities that cases resolve to.

    `sighting` counts the cases of each file that hold one.
    """
    names = ", ".join(quote(entity) for entity in RESOLVED)
    paths = ", ".join(quote(extract.json_path(feed_path.ROOTS[entity])) for entity in RESOLVED)
    seen = " union all ".join(
        f"select {quote(entity)} as entity, {entity}_doc as doc_key, member, min(seq) as seq, "
        f"count(*) as cases from case_ where {entity}_doc is not null group by {entity}_doc, member"
        for entity in RESOLVED
    )
    job.db.execute(f"create or replace table sighting as {seen}")
    job.db.execute(
        "create or replace table seen as "
        "select entity, doc_key, min(seq) as seq from sighting group by entity, doc_key"
    )
    first = job.db.rows("select distinct seq from seen order by seq")
    job.pick("first_line", [seq for (seq,) in first])
    job.db.execute(
        f"""
        create or replace table document as
        with first_document as (
            select
                seq,
                unnest([{names}]) as entity,
                cast(unnest(json_extract(doc, [{paths}])) as varchar) as doc
            from first_line
        )
        select entity, doc, doc_key, seq from seen join first_document using (seq, entity)
        """
    )


def fields(job: Job, counts: Counter[tuple[int, str, str]]) -> None:
    """For each feed in a part, count the cases that have each field path, by JSON type."""
    top = [name for name in _KNOWN_FIELDS if name != "resolved"]
    paths = ", ".join(quote(extract.json_path(name)) for name in top)
    found: dict[int, list[tuple[str, str, int]]] = {}
    feeds = [at for at, one in enumerate(job.members) if one.is_feed]
    if feeds:
        line = "line" if len(job.members) == 1 else "(from line positional join seq_part)"
        member = "0" if len(job.members) == 1 else "member"
        of_feed = f"{member} in ({', '.join(map(str, feeds))})"
        for member_, (keys, resolved_keys), structures, n in job.db.rows(
            f"""
            select
                {member} as member,
                json_keys(doc, ['$', '$.resolved']) as keys,
                list_transform(
                    json_extract(doc, [{paths}]),
                    lambda x: cast(json_structure(x) as varchar)
                ) as structures,
                count(*)
            from {line}
            where starts_with(cast(doc as varchar), '{{') and {of_feed}
            group by all
            """
        ):
            for name, one in zip(top, structures, strict=True):
                if one is not None:
                    found.setdefault(member_, []).append((name, one, n))
            new = {structure.spelled(key) for key in set(keys) - {*top, "resolved"}}
            new |= {f"resolved.{structure.spelled(key)}" for key in resolved_keys or []}
            for path in new - set(feed_path.ROOTS.values()):
                counts[member_, path, "unknown"] += n
        for member_, entity, one, n in job.db.rows(
            "select s.member, d.entity, cast(json_structure(d.doc) as varchar), "
            "cast(sum(s.cases) as bigint) from document as d "
            f"join sighting as s using (entity, doc_key) where s.{of_feed} group by all"
            if len(job.members) > 1
            else "select 0, d.entity, cast(json_structure(d.doc) as varchar), "
            "cast(sum(s.cases) as bigint) from document as d "
            "join sighting as s using (entity, doc_key) group by all"
        ):
            found.setdefault(member_, []).append((feed_path.ROOTS[entity], one, n))
    for at, structures in found.items():
        for (path, kind), n in structure.count(structures).items():
            counts[at, path, kind] += n


def _keep_fields(job: Job, counts: Counter[tuple[int, str, str]]) -> None:
    """Store the counted fields; for a result file, those that its reader did not look at."""
    for at, one in enumerate(job.members):
        counts.update({(at, f"feed:{name}", "unknown"): 1 for name in one.extra_fields})
        counts.update({(at, name, "unknown"): n for name, n in one.unknown_fields.items()})
    known = structure.known_paths().keys() | structure.known_parents()
    frame = pl.DataFrame(
        [
            (at, path, kind, n, job.members[at].is_feed and path in known)
            for (at, path, kind), n in sorted(counts.items())
        ],
        schema={
            "member": pl.Int64,
            "path": pl.String,
            "json_type": pl.String,
            "case_count": pl.Int64,
            "is_known": pl.Boolean,
        },
        orient="row",
    )
    job.keep("field", frame)


def entities(job: Job) -> None:
    """Type each new document once, and key it by the hash of its known content.

    For a long document, only the known content is typed.
    """
    keys = []
    for frame in job.db.frames(
        "select entity, doc_key, doc from document anti join content using (entity, doc_key)", 2048
    ):
        for entity, doc_key, doc in frame.iter_rows():
            pruned = structure.prune(json.loads(doc, parse_int=_whole), feed_path.ROOTS[entity])
            canonical = json.dumps(pruned, sort_keys=True)
            known = canonical if len(doc) > LONG_BYTES else None
            keys.append((entity, doc_key, _md5(canonical), known))
    job.keep(
        "new_content",
        pl.DataFrame(
            keys,
            schema=dict.fromkeys(("entity", "doc_key", "content_key", "known"), pl.String),
            orient="row",
        ),
    )
    job.db.execute("insert into content select * exclude (known) from new_content")
    for entity in RESOLVED:
        relation = (
            "(select doc_key, content_key, document.seq, "
            "coalesce(cast(known as json), doc) as doc from document "
            f"join new_content using (entity, doc_key) where entity = {quote(entity)})"
        )
        select = extract.typed(
            relation,
            "doc",
            columns(entity_contract(entity)),
            ["doc_key", "content_key", "seq", "doc"],
            prefix=f"{feed_path.ROOTS[entity]}.",
        )
        job.db.execute(f"create or replace table {entity}_ as {select}")


def elements(job: Job) -> None:
    """Type the elements of every list: one table per list."""
    for entity in ("case", *RESOLVED):
        key = "seq" if entity == "case" else "doc_key"
        for child in children(entity):
            source = (
                f"{child.name}_json"
                if entity == "case"
                else f"json_extract(doc, {quote(extract.json_path(child.path))})"
            )
            prefix = feed_path.join(feed_path.ROOTS[entity], child.path)
            select = extract.typed(
                f"({extract.elements(f'{entity}_', key, source)})",
                "element",
                child.columns,
                [key, "ordinal"],
                prefix=f"{prefix}[{{ordinal}}].",
            )
            job.fill(f"{child.name}_", select)
    job.fill("hardware_spec_", _spec_select())


def _spec_select() -> str:
    """Return a SELECT with a row per hardware document and attribute {value, evidence_ref}."""
    parts = []
    for column in columns(entity_contract("hardware")):
        if column.source and column.source.endswith(".value"):
            parent = column.source.removesuffix(".value")
            parts.append(
                f"""
                select
                    doc_key,
                    content_key,
                    hardware_id,
                    {quote(column.name)} as attribute,
                    {quote(parent)} as source_path,
                    {column.name} as value,
                    {quote(column.unit)} as unit,
                    doc ->> {quote(extract.json_path(parent + ".evidence_ref"))}
                        as evidence_id
                from hardware_
                where json_extract(doc, {quote(extract.json_path(parent))}) is not null
                """
            )
    return " union all ".join(parts)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _whole(digits: str) -> int | str:
    """Convert a JSON integer; one with thousands of digits, which Python refuses, stays text."""
    return int(digits) if len(digits) < 1_000 else digits
