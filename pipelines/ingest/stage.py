"""One snapshot as typed Parquet, and the cases that do not fit beside it.

A case is kept or rejected as a whole, with the parts that it resolves to. The order
of the screens: what cannot be typed, what breaks a contract's bounds, ids that
disagree, definitions that disagree, duplicates. The result is a cache by content.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pandera.polars as pa
import polars as pl

from pipelines.contracts import Column, Contract, columns, contracts, table_name, table_of
from pipelines.errors import RoofhouseError
from pipelines.ingest import extract, structure
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import Lines, explain_bad_line, refuse_deep, split
from pipelines.schema import feed_schema
from pipelines.settings import Settings
from pipelines.sql import quote
from pipelines.warehouse import BATCH_ROWS, Warehouse, connect

#: Entities that a case resolves to, and the field of the case that names their id.
RESOLVED = {
    "hardware": ("hardware_id", "stack.hardware.id"),
    "server": ("server_id", "stack.server.id"),
    "model": ("model_id", "stack.model.id"),
    "engine": ("engine_id", "stack.engine.id"),
    "quant": ("quant_id", "stack.quantization"),
}
_OPTIONAL = "server"
_KNOWN_FIELDS = sorted({p.split(".")[0].split("[")[0] for p in structure.known_paths()})
#: DuckDB reads with two buffers of this size per thread, or more where a line is longer.
_SCAN_BYTES = 1 << 22
_CODE = ("stage.py", "extract.py", "structure.py", "split.py", "snapshot.py")


@cache
def version() -> str:
    """A hash of everything that a staged folder depends on beside the raw bytes."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for folder, names in ((here, _CODE), (here.parent / "contracts", None)):
        for path in sorted(folder.glob("*.py")):
            if names is None or path.name in names:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def entity_contract(entity: str) -> type[Contract]:
    """The contract with one row per entity: fact_case for case, dim_hardware for hardware."""
    return contracts()["fact_case" if entity == "case" else f"dim_{entity}"]


@dataclass(frozen=True)
class Child:
    """A list inside an entity: `path` in it, and the contract that types its elements."""

    name: str
    path: str
    elements: type[Contract]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that come from an element."""
        return feed_columns(self.elements)


@cache
def children(entity: str) -> tuple[Child, ...]:
    """The lists inside an entity that are tables of their own."""
    found = []
    for contract in contracts().values():
        origin = table_of(contract).origin
        if origin and origin.entity == entity and origin.each:
            found.append(Child(table_name(contract), origin.each, origin.elements or contract))
    return tuple(found)


def feed_columns(contract: type[Contract]) -> tuple[Column, ...]:
    """The columns of a contract that come from the feed."""
    return tuple(column for column in columns(contract) if column.source is not None)


def stage(file: RawFile, settings: Settings) -> Path:
    """The folder with a snapshot's staged Parquet; made if it is not there or is outdated.

    Raises RoofhouseError where the file is not a feed.
    """
    folder = settings.staging / file.sha256
    meta = folder / "snapshot.json"
    if meta.is_file() and json.loads(meta.read_text())["version"] == version():
        return folder
    work = settings.staging / f".{file.sha256}.tmp"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        lines = split(file, work, settings.max_case_bytes)
        try:
            _run(file, lines, work, settings)
        except duckdb.InternalException as error:
            if "recursion depth" not in str(error):
                raise
            refuse_deep(lines, work)
            _run(file, lines, work, settings)
        shutil.rmtree(folder, ignore_errors=True)
        (work / "out").replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _run(file: RawFile, lines: Lines, work: Path, settings: Settings) -> None:
    (work / "out").mkdir(exist_ok=True)
    (work / "stage.duckdb").unlink(missing_ok=True)
    con = connect(work / "stage.duckdb", memory_limit=settings.memory_limit, temp=work / "spill")
    try:
        _Stage(Warehouse(con), file, lines, work / "out").run()
    finally:
        con.close()


class _Stage:
    """The steps of staging one snapshot, in the order in which `run` calls them."""

    def __init__(self, db: Warehouse, file: RawFile, lines: Lines, out: Path) -> None:
        self.db = db
        self.file = file
        self.lines = lines
        self.out = out

    def run(self) -> None:
        self.read_lines()
        self.read_entities()
        self.read_children()
        self.check_contracts()
        self.check_agreement()
        self.write()

    def read_lines(self) -> None:
        """Type every case, and keep the texts of its lists and of what it resolves to."""
        self.db.execute(
            f"""
            create view line as
            select row_number() over () - 1 as seq, coalesce(json, 'null') as doc
            from read_json(
                {quote(self.lines.path)}, format = 'newline_delimited', records = 'false',
                columns = {{json: 'JSON'}}, compression = 'none',
                maximum_object_size = {max(_SCAN_BYTES, self.lines.longest + 1024)}
            )
            """
        )
        lists = ", ".join(
            f"json_extract(doc, {quote(extract.json_path(child.path))}) as {child.name}_json"
            for child in children("case")
        )
        documents = ", ".join(
            f"nullif(cast(json_extract(doc, "
            f"{quote(extract.json_path(structure.ROOTS[entity]))}) as varchar), 'null')"
            f" as {entity}_doc"
            for entity in RESOLVED
        )
        kept = ["seq", *(f"{entity}_doc" for entity in RESOLVED)]
        kept += [f"{child.name}_json" for child in children("case")]
        select = extract.typed(
            f"(select seq, doc, json_type(doc) as doc_type, {lists}, {documents} from line)",
            "doc",
            columns(entity_contract("case")),
            ["doc_type", *kept],
            prefix="",
        )
        docs = ", ".join(f"md5({entity}_doc) as {entity}_doc" for entity in RESOLVED)
        try:
            self.db.execute(f"create table case_ as select * replace ({docs}) from ({select})")
            entities = ", ".join(quote(entity) for entity in RESOLVED)
            paths = ", ".join(
                quote(extract.json_path(structure.ROOTS[entity])) for entity in RESOLVED
            )
            self.db.execute(
                f"""
                create table document as
                select entity, doc, md5(doc) as doc_key, min(seq) as seq, count(*) as cases
                from (
                    select
                        seq,
                        unnest([{entities}]) as entity,
                        unnest(json_extract(doc, [{paths}])) as doc
                    from line
                )
                where doc is not null and cast(doc as varchar) <> 'null'
                group by entity, doc
                """
            )
            self.read_structure()
        except duckdb.InvalidInputException as error:
            raise explain_bad_line(self.file, self.lines, str(error)) from None

    def read_structure(self) -> None:
        """Count the cases that hold each field path, by JSON type."""
        fields = [name for name in _KNOWN_FIELDS if name != "resolved"]
        paths = ", ".join(quote(extract.json_path(name)) for name in fields)
        found: list[tuple[str, str, int]] = []
        unknown: dict[str, int] = {}
        for keys, resolved_keys, structures, cases in self.db.rows(
            f"""
            select
                json_keys(doc) as keys,
                json_keys(doc, '$.resolved') as resolved_keys,
                list_transform(
                    json_extract(doc, [{paths}]), lambda x: cast(json_structure(x) as varchar)
                ) as structures,
                count(*)
            from line
            where json_type(doc) = 'OBJECT'
            group by all
            """
        ):
            for name, one in zip(fields, structures, strict=True):
                if one is not None:
                    found.append((name, one, cases))
            new = {structure.spelled(key) for key in set(keys) - {*fields, "resolved"}}
            new |= {f"resolved.{structure.spelled(key)}" for key in resolved_keys or []}
            for path in new - set(structure.ROOTS.values()):
                unknown[path] = unknown.get(path, 0) + cases
        for entity, one, cases in self.db.rows(
            "select entity, cast(json_structure(doc) as varchar), cast(sum(cases) as bigint) "
            "from document group by all"
        ):
            found.append((structure.ROOTS[entity], one, cases))
        counted = [(path, kind, n) for (path, kind), n in structure.count(found).items()]
        counted += [(path, "unknown", n) for path, n in unknown.items()]
        counted += [(f"feed:{name}", "unknown", 1) for name in self.lines.extra_fields]
        known = structure.known_paths().keys() | structure.known_parents()
        frame = pl.DataFrame(
            [(path, kind, n, path in known) for path, kind, n in sorted(counted)],
            schema={
                "path": pl.String,
                "json_type": pl.String,
                "case_count": pl.Int64,
                "is_known": pl.Boolean,
            },
            orient="row",
        )
        self.keep("field", frame)

    def read_entities(self) -> None:
        """Type each distinct document once, and give it the key of its known content."""
        keys = []
        for entity, doc_key, doc in self.db.rows("select entity, doc_key, doc from document"):
            pruned = structure.prune(json.loads(doc, parse_int=_whole), structure.ROOTS[entity])
            canonical = json.dumps(pruned, sort_keys=True)
            keys.append((entity, doc_key, _md5(canonical)))
        self.keep(
            "content",
            pl.DataFrame(
                keys,
                schema={"entity": pl.String, "doc_key": pl.String, "content_key": pl.String},
                orient="row",
            ),
        )
        for entity in RESOLVED:
            relation = (
                "(select doc_key, content_key, document.seq, doc from document "
                f"join content using (entity, doc_key) where entity = {quote(entity)})"
            )
            select = extract.typed(
                relation,
                "doc",
                columns(entity_contract(entity)),
                ["doc_key", "content_key", "seq", "doc"],
                prefix=f"{structure.ROOTS[entity]}.",
            )
            self.db.execute(f"create table {entity}_ as {select}")

    def read_children(self) -> None:
        """Type the elements of every list: one table per list."""
        for entity in ("case", *RESOLVED):
            key = "seq" if entity == "case" else "doc_key"
            for child in children(entity):
                source = (
                    f"{child.name}_json"
                    if entity == "case"
                    else f"json_extract(doc, {quote(extract.json_path(child.path))})"
                )
                prefix = structure.join(structure.ROOTS[entity], child.path)
                select = extract.typed(
                    f"({extract.elements(f'{entity}_', key, source)})",
                    "element",
                    child.columns,
                    [key, "ordinal"],
                    prefix=f"{prefix}[{{ordinal}}].",
                )
                self.db.execute(f"create table {child.name}_ as {select}")
        self.db.execute(f"create table hardware_spec_ as {self.spec_select()}")

    def spec_select(self) -> str:
        """One row per hardware document and attribute of the form {value, evidence_ref}."""
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

    def check_contracts(self) -> None:
        """Collect what cannot be typed and what breaks a bound, by document or case."""
        problems: dict[tuple[str, str, str], str] = {}
        for entity in ("case", *RESOLVED):
            key = "seq" if entity == "case" else "doc_key"
            root = structure.ROOTS[entity]
            self.collect(problems, entity, f"{entity}_", key, entity_contract(entity), root)
            for child in children(entity):
                path = structure.join(root, child.path)
                self.collect(problems, entity, f"{child.name}_", key, child.elements, path + "[{}]")
        frame = pl.DataFrame(
            [
                (*place, reason)
                for place, reason in problems.items()
                if not any((*place[:2], above) in problems for above in _above(place[2]))
            ],
            schema=dict.fromkeys(("entity", "key", "path", "reason"), pl.String),
            orient="row",
        )
        self.keep("problem", frame)

    def collect(
        self,
        problems: dict[tuple[str, str, str], str],
        entity: str,
        table: str,
        key: str,
        contract: type[Contract],
        root: str,
    ) -> None:
        """Add the problems of one typed table: {(entity, key, path): reason}."""
        ordinal = "ordinal" if "[{}]" in root else "null"
        for owner, found in self.db.rows(
            f"select cast({key} as varchar), problems from {table} where len(problems) > 0"
        ):
            for one in found:
                problems.setdefault((entity, owner, one["path"].rstrip(".")), one["reason"])
        sources = {column.name: column.source or "" for column in columns(contract)}
        screen = feed_schema(contract)
        names = ", ".join(screen.columns)
        for frame in self.db.frames(
            f"select cast({key} as varchar) as _key, cast({ordinal} as bigint) as _ordinal, "
            f"{names} from {table} order by {key}, _ordinal",
            BATCH_ROWS,
        ):
            for row, column, reason in screen_frame(frame.select(list(screen.columns)), screen):
                owner, position = frame.row(row)[:2]
                path = structure.join(root.replace("{}", str(position)), sources[column])
                problems.setdefault((entity, owner, path), reason)

    def check_agreement(self) -> None:
        """Turn problems into rejected cases; then hold the rest against each other."""
        self.db.execute(
            "create table rejected (seq bigint, position bigint, path varchar, reason varchar)"
        )
        self.reject("select cast(key as bigint), path, reason from problem where entity = 'case'")
        for entity, (id_, path) in RESOLVED.items():
            root = structure.ROOTS[entity]
            self.reject(
                f"select c.seq, p.path, p.reason from problem as p "
                f"join case_ as c on c.{entity}_doc = p.key where p.entity = {quote(entity)}"
            )
            if entity != _OPTIONAL:
                self.reject(
                    f"select seq, {quote(root)}, 'is required' from case_ "
                    f"where {entity}_doc is null and doc_type = 'OBJECT'"
                )
            self.reject(
                f"""
                select
                    c.seq,
                    {quote(f"{root}.id")},
                    concat('is ', e.{id_}, {quote(f", but {path} is ")}, c.{id_})
                from case_ as c
                join {entity}_ as e on e.doc_key = c.{entity}_doc
                where c.{id_} <> e.{id_}
                """
            )
        for entity in ("case", "hardware", "server"):
            self.reject_evidence_twice(
                entity, "seq" if entity == "case" else "doc_key", f"bridge_{entity}_evidence"
            )
        self.key_cases()
        self.reject(
            """
            with kept as (
                select seq, case_id, revision_key from case_key
                where seq not in (select seq from rejected)
            ),
            first_ as (
                select case_id, arg_min(revision_key, seq) as revision_key from kept group by 1
            )
            select
                k.seq,
                'id',
                'is also that of an earlier case, which says otherwise; the first is kept'
            from kept as k join first_ as f using (case_id)
            where k.revision_key <> f.revision_key
            """
        )
        for entity, (id_, _) in RESOLVED.items():
            self.reject(
                f"""
                with kept as (
                    select c.seq, c.case_id, e.{id_}, e.content_key
                    from case_ as c
                    join {entity}_ as e on e.doc_key = c.{entity}_doc
                    where c.seq not in (select seq from rejected)
                ),
                first_ as (
                    select
                        {id_}, arg_min(content_key, seq) as content_key,
                        arg_min(case_id, seq) as case_id
                    from kept
                    group by {id_}
                )
                select
                    k.seq,
                    {quote(structure.ROOTS[entity])},
                    concat(
                        'defines ', k.{id_}, ' otherwise than case ', f.case_id,
                        ' of the same snapshot; the first definition is kept'
                    )
                from kept as k
                join first_ as f using ({id_})
                where k.content_key <> f.content_key
                """
            )

    def reject_evidence_twice(self, entity: str, key: str, table: str) -> None:
        """An evidence id that means two things within one owner names nothing."""
        owner = "c.seq = t.seq" if entity == "case" else f"c.{entity}_doc = t.doc_key"
        root = structure.join(structure.ROOTS[entity], "evidence")
        content = ", ".join(column.name for column in feed_columns(contracts()["dim_evidence"]))
        self.reject(
            f"""
            select distinct
                c.seq,
                {quote(root)},
                concat('holds two different items with the id ', t.evidence_id)
            from case_ as c
            join (
                select {key}, evidence_id
                from (select distinct {key}, {content} from {table}_)
                group by {key}, evidence_id
                having count(*) > 1
            ) as t on {owner}
            """
        )

    def reject(self, select: str) -> None:
        """Add rejected cases: (seq, path, reason). A case may have several reasons."""
        self.db.execute(
            f"insert into rejected select seq, (select count(*) from rejected), path, reason "
            f"from ({select}) as t (seq, path, reason)"
        )

    def key_cases(self) -> None:
        """A hash of all that the feed says about a case, resolved parts included."""
        lists = ""
        parts = []
        for child in children("case"):
            row = ", ".join(f"'{c.name}': {c.name}" for c in child.columns)
            name = child.name
            lists += (
                f" left join (select seq, cast(to_json(list({{{row}}} order by ordinal)) "
                f"as varchar) as {name} from {name}_ group by seq) as {name} "
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
        self.db.execute(
            f"""
            create table case_key as
            select
                c.seq,
                c.case_id,
                md5(concat_ws('|', cast(to_json({{{row}}}) as varchar),
                    {", ".join(parts + docs)})) as revision_key,
                {", ".join(f"{entity}_key.content_key as {entity}_key" for entity in RESOLVED)}
            from case_ as c {lists}
            """
        )

    def write(self) -> None:
        """Write the kept rows, the rejected cases, the fields and values, and last the summary."""
        self.db.execute(
            """
            create table kept as
            select case_id, min(seq) as seq from case_key
            where seq not in (select seq from rejected)
            group by case_id
            """
        )
        for entity in ("case", *RESOLVED):
            contract = entity_contract(entity)
            feed = [column.name for column in feed_columns(contract)]
            if entity == "case":
                docs = ", ".join(f"k.{other}_key" for other in RESOLVED)
                self.copy(
                    "fact_case",
                    f"select k.seq, k.revision_key as content_key, {docs}, "
                    f"{', '.join(f'c.{name}' for name in feed)} from kept "
                    "join case_key as k using (seq) join case_ as c using (seq) order by seq",
                )
            else:
                self.db.execute(
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
                self.copy(
                    f"dim_{entity}",
                    f"select content_key, {', '.join(f'e.{name}' for name in feed)} "
                    f"from {entity}_kept join {entity}_ as e using (doc_key, content_key) "
                    f"order by {entity}_id",
                )
            for child in children(entity):
                own = ", ".join(f"t.{column.name}" for column in child.columns)
                if child.elements.__name__ == "DimEvidence":
                    row = ", ".join(f"'{c.name}': t.{c.name}" for c in child.columns)
                    own += f", md5(cast(to_json({{{row}}}) as varchar)) as evidence_content_key"
                source = (
                    "select kept.case_id"
                    if entity == "case"
                    else f"select content_key, e.{entity}_id"
                )
                joined = (
                    "kept join {0}_ as t using (seq)"
                    if entity == "case"
                    else f"{entity}_kept join {entity}_ as e using (doc_key, content_key) "
                    "join {0}_ as t using (doc_key)"
                )
                self.copy(
                    child.name,
                    f"{source}, t.ordinal, {own} from {joined.format(child.name)} "
                    f"order by {entity}_id, t.ordinal",
                )
        self.copy(
            "fact_hardware_spec",
            "select s.* exclude (doc_key) from hardware_spec_ as s "
            "join hardware_kept using (doc_key) order by hardware_id, attribute",
        )
        self.write_rejects()
        self.copy("field", "select * from field order by path, json_type")
        self.copy("vocabulary", self.vocabulary_select())
        meta = {
            "version": version(),
            "file_sha256": self.file.sha256,
            "content_sha256": self.lines.content_sha256,
            "generated_at": self.lines.generated_at and self.lines.generated_at.isoformat(),
            "declared_count": self.lines.declared_count,
            "license": self.lines.license,
            "item_count": self.lines.item_count,
            "case_count": self.db.rows("select count(*) from kept")[0][0],
            "reject_count": self.db.rows("select count(*) from reject_")[0][0],
        }
        path = self.out / "snapshot.json"
        path.write_text(json.dumps(meta, indent=1, sort_keys=True))

    def write_rejects(self) -> None:
        """One row per rejected case: all its reasons, and its JSON as received."""
        self.db.execute(
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
            from reason join line using (seq) left join (select seq, case_id from case_)
            using (seq)
            """
        )
        for position, (reason, text) in self.lines.refused.items():
            self.db.execute(
                "update reject_ set case_id = ?, reason = ?, raw = ? where seq = ?",
                [_id_of(text), f"the item {reason}", text, position],
            )
        self.copy("reject", "select * from reject_ order by seq, case_id")

    def vocabulary_select(self) -> str:
        """How many kept rows hold each value of a column with known values."""
        parts = []
        for entity in ("case", *RESOLVED):
            contract = entity_contract(entity)
            tables = [(table_name(contract), "", feed_columns(contract))]
            tables += [(c.name, f"{c.path}[]", c.columns) for c in children(entity)]
            for name, each, found in tables:
                path = self.out / f"{name}.parquet"
                for column in found:
                    if column.known:
                        known = ", ".join(quote(value) for value in column.known)
                        field = structure.join(structure.ROOTS[entity], each, column.source or "")
                        parts.append(
                            f"select {quote(field)} as path, "
                            f"{column.name} as value, count(*) as row_count, "
                            f"{column.name} in ({known}) as is_known "
                            f"from read_parquet({quote(path)}) "
                            f"where {column.name} is not null group by {column.name}"
                        )
        return f"select * from ({' union all '.join(parts)}) order by path, value"

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        """Store a data frame as a table."""
        self.db.con.register("incoming", frame)
        self.db.execute(f"create table {name} as select * from incoming")
        self.db.con.unregister("incoming")

    def copy(self, name: str, select: str) -> None:
        """Write a SELECT to a Parquet file of the staged folder."""
        self.db.execute(
            f"copy ({select}) to {quote(self.out / f'{name}.parquet')} "
            "(format parquet, compression zstd)"
        )


def screen_frame(frame: pl.DataFrame, screen: pa.DataFrameSchema) -> Iterator[tuple[int, str, str]]:
    """(row, column, reason) of every value of a data frame that breaks its contract."""
    try:
        screen.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dicts():
            if case["index"] is None:
                raise RoofhouseError(
                    f"staged column {case['column']}: {case['check']}: {case['failure_case']}"
                ) from None
            yield case["index"], case["column"], _reason(case["check"], case["failure_case"])


_REASONS = (
    (r"not_nullable", "is required"),
    (r"in_range\(-1.7e\+?308, 1.7e\+?308\)", "is {value}, not a finite number"),
    (r"in_range\((.+), 1.7e\+?308\)", "is {value}; it must be at least {0}"),
    (r"in_range\((.+), (.+)\)", "is {value}; it must be from {0} to {1}"),
    (r"greater_than_or_equal_to\((.+)\)", "is {value}; it must be at least {0}"),
    (r"less_than_or_equal_to\((.+)\)", "is {value}; it must be at most {0}"),
    (r"str_matches.*", "is {value!r}: not an id (lower-case letters, digits, dots, hyphens)"),
    (r"str_length\(None, (.+)\)", "is longer than {0} characters"),
)


def _reason(check: str, value: Any) -> str:
    """A failed Pandera check in plain words."""
    shown = str(value)[:80]
    for pattern, words in _REASONS:
        if match := re.fullmatch(pattern, check):
            return words.format(*match.groups(), value=shown)
    return f"is {shown}: breaks {check}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _above(path: str) -> Iterator[str]:
    """The paths above one: of `a.b.c` these are nothing, `a` and `a.b`."""
    if path:
        yield ""
    for at, character in enumerate(path):
        if character == ".":
            yield path[:at]


def _whole(digits: str) -> int | str:
    """A JSON integer; Python refuses to convert thousands of digits."""
    return int(digits) if len(digits) < 1_000 else digits


def _id_of(text: str) -> str | None:
    """The id of an item that is not staged, if it has a readable one."""
    try:
        value = msgspec.json.decode(text).get("id")
    except (msgspec.DecodeError, AttributeError, RecursionError):
        return None
    return value[:200] if isinstance(value, str) else None
