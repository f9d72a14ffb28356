"""Views over the staged folders, so that SQL files read `staging.fact_case`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import RawFile, has_time, name_time, parse_time
from pipelines.ingest.sources import FLAT, Source
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "snapshot_id": pl.String,
    "source_id": pl.String,
    "mode": pl.String,
    "snapshot_order": pl.Int64,
    "generated_at": pl.Datetime("us"),
    "is_newest": pl.Boolean,
    "file_name": pl.String,
    "file_sha256": pl.String,
    "content_sha256": pl.String,
    "license": pl.String,
    "declared_count": pl.Int64,
    "item_count": pl.Int64,
    "case_count": pl.Int64,
    "duplicate_count": pl.Int64,
    "reject_count": pl.Int64,
    "is_publishable": pl.Boolean,
}
#: What the staging views need to know of a file, beside some of the above.
_FILE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file_key": pl.String,
    "id_prefix": pl.String,
    "previous_snapshot_order": pl.Int64,
}
_OF_FILE = (
    "snapshot_id",
    "source_id",
    "mode",
    "snapshot_order",
    "generated_at",
    "file_name",
    *_FILE_SCHEMA,
)
_SOURCE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_id": pl.String,
    "source_name": pl.String,
    "declared_format": pl.String,
    "mode": pl.String,
    "has_versions": pl.Boolean,
    "license": pl.String,
    "attribution": pl.String,
    "url": pl.String,
    "citation": pl.String,
    "accessed_on": pl.Date,
    "file_count": pl.Int64,
    "problem": pl.String,
}


@dataclass(frozen=True)
class Staged:
    """A raw file, the folder that holds its staged form, and its key there."""

    file: RawFile
    folder: Path
    key: str


def snapshots(staged: list[Staged], max_reject_share: float) -> pl.DataFrame:
    """Return one row per file, ordered by time, source and content.


    Two files of a source with the same time and content are one, whatever their name or
    compression. In a source of snapshots the last file is the newest; in one that appends, each
    is. Raises RoofhouseError for a snapshot without a time.
    """
    rows: dict[str, dict[str, Any]] = {}
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        source = one.file.source
        meta = _member(one, members)
        at = _time_of(one.file, meta)
        identity = [at.isoformat() if at else "", meta["content_sha256"]]
        if source.id != FLAT.id:
            identity.append(source.id)
        row = {
            **{name: meta[name] for name in _SCHEMA if name in meta},
            "snapshot_id": hashlib.sha256("|".join(identity).encode()).hexdigest()[:16],
            "source_id": source.id,
            "generated_at": at,
            "file_name": one.file.name,
            "file_sha256": one.file.sha256,
            "file_key": one.key,
            "id_prefix": source.qualified(""),
            "mode": source.mode,
            "source": source,
        }
        kept = rows.get(row["snapshot_id"])
        if kept is None or kept["file_name"] > row["file_name"]:
            rows[row["snapshot_id"]] = row
    ordered = sorted(
        rows.values(),
        key=lambda row: (
            row["generated_at"] or dt.datetime.min,
            row["source_id"],
            row["content_sha256"],
            row["file_name"],
        ),
    )
    _place(ordered, max_reject_share)
    return pl.DataFrame(
        [{name: row[name] for name in _SCHEMA | _FILE_SCHEMA} for row in ordered],
        schema=_SCHEMA | _FILE_SCHEMA,
        orient="row",
    )


def _place(ordered: list[dict[str, Any]], max_reject_share: float) -> None:
    """Add what follows from the place of a file among all, and among those of its source."""
    last: dict[str, dict[str, Any]] = {}
    items: Counter[str] = Counter()
    rejects: Counter[str] = Counter()
    for order, row in enumerate(ordered):
        source_id = row["source_id"]
        is_snapshot = row["source"].is_snapshot
        before = last.get(source_id)
        row["snapshot_order"] = order
        row["previous_snapshot_order"] = (
            before["snapshot_order"] if before and is_snapshot else None
        )
        row["is_newest"] = True
        if before and is_snapshot:
            before["is_newest"] = False
        last[source_id] = row
        items[source_id] += row["item_count"]
        rejects[source_id] += row["reject_count"]
    for row in ordered:
        source = row["source"]
        limit = source.max_reject_share
        limit = max_reject_share if limit is None else limit
        of, bad = row["item_count"], row["reject_count"]
        if not source.is_snapshot:
            of, bad = items[source.id], rejects[source.id]
        row["is_publishable"] = bad / max(of, 1) <= limit


def untimed(staged: list[Staged]) -> dict[str, str]:
    """Return, by id, the sources with a file whose time is not known, and why."""
    found: dict[str, str] = {}
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        try:
            _time_of(one.file, _member(one, members))
        except RoofhouseError as error:
            found.setdefault(one.file.source.id, str(error))
    return found


def _member(one: Staged, members: dict[Path, dict[str, Any]]) -> dict[str, Any]:
    """Return what staging noted of a file; `members` keeps what is read of each folder."""
    if one.folder not in members:
        summary = json.loads((one.folder / "snapshot.json").read_text())
        members[one.folder] = summary["members"]
    found: dict[str, Any] = members[one.folder][one.key]
    return found


def over_limit(staged: list[Staged], max_reject_share: float) -> dict[str, str]:
    """Return, by id, the sources of which too much is rejected to publish them, and why."""
    found: dict[str, str] = {}
    frame = snapshots(staged, max_reject_share)
    bad = frame.filter(pl.col("is_newest") & ~pl.col("is_publishable"))
    for source_id, rows in bad.group_by("source_id", maintain_order=True):
        of = frame.filter(pl.col("source_id") == source_id[0], pl.col("is_newest"))
        keys = set(rows["file_key"])
        folders = sorted({one.folder for one in staged if one.key in keys})
        rejects = pl.concat(
            pl.read_parquet(folder / "reject.parquet", glob=False) for folder in folders
        ).filter(pl.col("file_key").is_in(keys))
        often = rejects.group_by("path", "reason").len().sort(["len", "reason"], descending=True)
        found[str(source_id[0])] = (
            f"{rejects.height:,} of {of['item_count'].sum():,} records are rejected, more than "
            f"max_reject_share; most often: {often['reason'][0][:200]}"
        )
    return found


def _time_of(file: RawFile, meta: dict[str, Any]) -> dt.datetime | None:
    """Return the time of a file: as it says, else by its name, else when it was accessed."""
    if file.source.is_feed:
        if file.is_lines:
            return name_time(file.path)
        return parse_time(meta["generated_at"], file.path, "generated")
    if not file.source.is_snapshot and meta["newest_run_at"]:
        return parse_time(meta["newest_run_at"], file.path, "time of the run")
    if has_time(file.path):
        return name_time(file.path)
    if file.source.accessed:
        return dt.datetime.combine(file.source.accessed, dt.time())
    if file.source.is_snapshot:
        raise RoofhouseError(
            f"{file.path}: a snapshot needs its time; put it into the file name, as in "
            "results-2026-04-29T103747Z.json, or say `accessed` in SOURCE.yml"
        )
    return None


def sources(
    known: Iterable[Source], staged: list[Staged], problems: Mapping[str, str]
) -> pl.DataFrame:
    """Return one row per source, ordered by id."""
    files = Counter(one.file.source.id for one in staged)
    rows = [
        (
            one.id,
            one.name or one.id,
            one.format,
            one.mode,
            one.has_versions,
            one.license,
            one.attribution,
            one.url,
            one.citation,
            one.accessed,
            files[one.id],
            problems.get(one.id),
        )
        for one in sorted(known, key=lambda one: one.id)
    ]
    return pl.DataFrame(rows, schema=_SOURCE_SCHEMA, orient="row")


def load(
    warehouse: Warehouse,
    staged: list[Staged],
    max_reject_share: float,
    known: Iterable[Source] = (FLAT,),
    problems: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Create `staging.snapshot`, `staging.source` and a view per staged table.

    Returns the snapshots. Views show `case_id` as it is unique in the warehouse. Raises
    RoofhouseError for an id that two sources have.
    """
    frame = snapshots(staged, max_reject_share)
    known = list(known)
    warehouse.replace_frame("staging.source", sources(known, staged, problems or {}))
    warehouse.replace_frame("staging.withdrawn", _withdrawn(known))
    warehouse.replace_frame("staging.snapshot", frame.select(list(_SCHEMA)))
    warehouse.replace_frame("staging.file", frame.select(_OF_FILE))
    used = set(frame["file_key"])
    folders = sorted({one.folder for one in staged if one.key in used})
    warehouse.replace_frame("staging.skipped", _skipped(staged, frame))
    _renamed(warehouse, folders)
    for path in sorted(folders[0].glob("*.parquet")):
        with_case = "case_id" in _columns(path)
        case_id = (
            "replace (coalesce(r.case_id, s.id_prefix || t.case_id) as case_id)"
            if with_case
            else ""
        )
        renamed = (
            "left join staging.renamed as r "
            "on t.file_key = r.file_key and t.case_id = r.staged_case_id "
            "where r.is_copy is not true"
            if with_case
            else ""
        )
        left_out = {"file_key", "run_id", "record_sha256"} & _columns(path)
        warehouse.execute(
            f"""
            create or replace view staging.{path.stem} as
            select
                s.snapshot_id, s.snapshot_order, s.generated_at, s.source_id,
                t.* exclude ({", ".join(sorted(left_out))}) {case_id}
            from read_parquet([{_files(folders, path.name)}]) as t
            join staging.file as s using (file_key)
            {renamed}
            """
        )
    if frame["source_id"].n_unique() > 1 and not all(one.qualify_ids for one in known):
        _refuse_shared_ids(warehouse)
    return frame


def _refuse_shared_ids(warehouse: Warehouse) -> None:
    """Raise RoofhouseError for a case id that two sources have: one would replace the other."""
    shared = warehouse.rows(
        "select case_id, string_agg(distinct source_id, ' and ' order by source_id) "
        "from staging.fact_case group by case_id having count(distinct source_id) > 1 "
        "order by case_id limit 1"
    )
    for case_id, sources_ in shared:
        raise RoofhouseError(
            f"the case id {case_id} is in the sources {sources_}; "
            "take `qualify_ids: false` out of the SOURCE.yml of one of them"
        )


def _files(folders: list[Path], name: str) -> str:
    return ", ".join(quote(_from_data(folder / name)) for folder in folders)


def _columns(path: Path) -> frozenset[str]:
    return frozenset(pl.read_parquet_schema(path))


def _renamed(warehouse: Warehouse, folders: list[Path]) -> None:
    """Create `staging.renamed`: runs of one id in a source that need an id of their own.

    Different records with one id each get 12 hex digits of their hash at its end. Of equal ones
    the first counts, by file name and position, and the others are copies.
    """
    warehouse.execute(
        f"""
        create or replace table staging.renamed as
        with run as (
            select
                t.file_key, t.case_id as staged_case_id, t.run_id, t.record_sha256,
                s.source_id, s.id_prefix,
                row_number() over (
                    partition by s.source_id, t.run_id, t.record_sha256
                    order by s.file_name, t.seq, t.file_key
                ) > 1 as is_copy
            from read_parquet([{_files(folders, "fact_case.parquet")}]) as t
            join staging.file as s using (file_key)
            where s.mode = 'append' and t.run_id is not null
        ),
        several as (
            select source_id, run_id, count(distinct record_sha256) > 1 as are_several
            from run group by all having count(*) > 1
        )
        select
            run.file_key,
            run.staged_case_id,
            concat(
                run.id_prefix, run.run_id,
                if(several.are_several, concat('.', left(run.record_sha256, 12)), '')
            ) as case_id,
            run.is_copy
        from run join several using (source_id, run_id)
        """
    )


def _withdrawn(known: list[Source]) -> pl.DataFrame:
    """Return the ids of runs that a source has taken back, as they are in the warehouse."""
    rows = [(one.id, case_id) for one in known for case_id in one.withdrawn_ids]
    schema = {"source_id": pl.String, "case_id": pl.String}
    return pl.DataFrame(sorted(set(rows)), schema=schema, orient="row")


def _skipped(staged: list[Staged], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the records that are out of scope, counted by file and reason."""
    ids = dict(zip(frame["file_key"], frame["snapshot_id"], strict=True))
    rows = []
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        if one.key in ids:
            counted = _member(one, members)["skipped"]
            rows += [(ids[one.key], one.file.source.id, why, n) for why, n in counted.items()]
    schema = {
        "snapshot_id": pl.String,
        "source_id": pl.String,
        "reason": pl.String,
        "record_count": pl.Int64,
    }
    return pl.DataFrame(sorted(rows), schema=schema, orient="row")


def _from_data(path: Path) -> str:
    """Return the path of a staged file relative to the data folder, where DuckDB looks for it.

    The published database is a copy of the build database and must not contain paths of this
    machine.
    """
    if "," in str(path):  # DuckDB's search path would split it
        return str(path)
    return "/".join(path.parts[-4:])
