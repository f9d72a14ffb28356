"""List the raw files, stage them, and build tables in the order of the registry."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import polars as pl

from pipelines import warehouse
from pipelines.errors import RoofhouseError
from pipelines.ingest import load, snapshot
from pipelines.ingest.cluster import distribute
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.sources import Source, discover
from pipelines.settings import Settings
from pipelines.transform import fingerprint, registry
from pipelines.transform.quarantine import quarantine
from pipelines.transform.table import STAGING, Select, Table, hash_of, quarantining
from pipelines.warehouse import Note, Warehouse

_RAW_FILE = "staging.raw_file"
_RAW_PROBLEM = "staging.raw_problem"
_RAW_STATE = "staging.raw_state"
#: How often data/raw is listed again if a file changes while it is read.
_LISTINGS = 3


@contextmanager
def building(settings: Settings) -> Iterator[Warehouse]:
    """Open the build database for writing, under the build lock."""
    with warehouse.building(settings, registry.layout()) as db:
        yield db


def list_raw(db: Warehouse, settings: Settings) -> list[RawFile]:
    """Record the raw files and their hashes, and the sources that cannot be read."""
    found = snapshot.survey(settings.raw)
    rows = [
        (one.source.id, one.name, one.path.relative_to(settings.raw).as_posix(), one.sha256)
        for one in found.files
    ]
    names = ("source_id", "name", "path", "sha256")
    db.replace_frame(
        _RAW_FILE, pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    )
    db.replace_frame(
        _RAW_PROBLEM,
        pl.DataFrame(
            sorted(found.problems.items()),
            schema={"source_id": pl.String, "problem": pl.String},
            orient="row",
        ),
    )
    db.replace_frame(_RAW_STATE, pl.DataFrame({"fingerprint": [found.fingerprint]}))
    return found.files


def raw_fingerprint(db: Warehouse) -> str:
    """Return the fingerprint that data/raw had when its files were listed.

    Raises RoofhouseError if they were not listed yet.
    """
    db.need(_RAW_STATE, "raw_snapshots")
    return str(db.rows(f"select fingerprint from {_RAW_STATE}")[0][0])


def stage_all(db: Warehouse, settings: Settings, accept: Collection[str] = ()) -> pl.DataFrame:
    """Stage the files that are not staged yet, and point the staging views at all files.

    A source that cannot be read, or has too many rejects, is left out, unless it is the only one.
    A snapshot that the guard on volume holds back is set aside, unless its source is in `accept`.
    Returns one row per file, the newest last.
    """
    db.need(_RAW_FILE, "raw_snapshots")
    for attempt in range(_LISTINGS):
        sources = {folder.source.id: folder.source for folder in discover(settings.raw)}
        files = _raw_files(db, settings, sources)
        done = distribute.stage_files(files, settings)
        if not done.moved or attempt + 1 == _LISTINGS:
            break
        for moved in done.moved:
            snapshot.wait_until_still(moved)
        list_raw(db, settings)
    problems = dict(db.rows(f"from {_RAW_PROBLEM}")) | done.problems
    untimed = load.untimed(done.staged)
    problems |= untimed
    readable = [one for one in done.staged if one.file.source.id not in untimed]
    if not readable:
        gone = f"{settings.raw}: its files are gone; put them back, and build again"
        raise RoofhouseError(next(iter(problems.values()), gone))
    through, held = load.hold_back(readable, settings, accept)
    here = {one.file.source.id for one in through}
    none_left = {
        one.staged.file.source.id: f"{one.staged.file.path}: {one.held_reason}"
        for one in held
        if one.staged.file.source.id not in here
    }
    problems |= none_left
    if not through:
        raise RoofhouseError(next(iter(none_left.values())))
    over = load.over_limit(through, settings.max_reject_share)
    staged = [one for one in through if one.file.source.id not in over]
    if staged:
        problems |= over
    else:  # a check reports this and stops the run
        staged = through
    before = _newest(db)
    # Published files must contain no path of this machine.
    told = {key: why.replace(f"{settings.data}/", "") for key, why in problems.items()}
    known = (staged, settings.max_reject_share, list(sources.values()), told, held)
    found = load.load(db, *known)
    if before is not None and before != _newest_of(db):
        _start_over(db, settings)
        load.load(db, *known)
    _note_staging(db, settings)
    return found


def restage(
    db: Warehouse, settings: Settings, source_ids: Collection[str], accept: Collection[str] = ()
) -> pl.DataFrame:
    """Stage all files of these sources again, and new files of others; see stage_all().

    The build id stays, since it depends on the files. The tables that read staging are still
    built again, since the rows may differ. Raises RoofhouseError for a source that has no file
    or cannot be staged.
    """
    db.need(_RAW_FILE, "raw_snapshots")
    listed = f"select distinct source_id from {_RAW_FILE}"
    folders = [folder for folder in discover(settings.raw) if not folder.problem]
    known = {folder.source.id: folder.source for folder in folders}
    if set(source_ids) - ({one for (one,) in db.rows(listed)} & known.keys()):
        list_raw(db, settings)
    files = _raw_files(db, settings, {one: known[one] for one in source_ids if one in known})
    without = set(source_ids) - {file.source.id for file in files}
    _refuse(without, dict(db.rows(f"from {_RAW_PROBLEM}")), f"{settings.raw}: no files of")
    distribute.forget(files, settings)
    found = stage_all(db, settings, accept)
    _note_staging(db, settings, mark=secrets.token_hex(8))
    left_out = set(source_ids) - set(found["source_id"])
    _refuse(left_out, dict(db.rows("select source_id, problem from staging.source")), "left out:")
    return found


def _refuse(source_ids: Collection[str], problems: Mapping[str, str], words: str) -> None:
    """Raise RoofhouseError for the first of these sources, with its problem if it is known."""
    for source_id in sorted(source_ids):
        raise RoofhouseError(problems.get(source_id) or f"{words} {source_id}")


def _note_staging(db: Warehouse, settings: Settings, mark: str = "") -> None:
    """Note the state of the staging views. With a `mark`, their rows count as new."""
    state = fingerprint.staging_state(db, settings)
    before = db.noted().get(STAGING)
    is_same = before is not None and before.state == state and not mark
    content = before.content if before and is_same else hash_of(state, mark)
    db.note(STAGING, Note(state, content=content))


def _raw_files(db: Warehouse, settings: Settings, sources: Mapping[str, Source]) -> list[RawFile]:
    """Return the listed files of these sources."""
    return [
        RawFile(settings.raw / path, sha256, sources[source_id], name)
        for source_id, name, path, sha256 in db.rows(f"from {_RAW_FILE} order by all")
        if source_id in sources
    ]


def _newest(db: Warehouse) -> str | None:
    """The newest snapshots of the last complete staging, if there was one."""
    return _newest_of(db) if STAGING in db.noted() else None


def _newest_of(db: Warehouse) -> str:
    ((ids,),) = db.rows(
        "select string_agg(snapshot_id, ' ' order by snapshot_order) "
        "from staging.snapshot where is_newest"
    )
    return str(ids)


def _start_over(db: Warehouse, settings: Settings) -> None:
    """Start from an empty build database that keeps the tables which read no snapshot.

    With another newest snapshot most tables change, and replacing them one by one would leave
    a file full of holes.
    """
    noted = db.noted()
    follow = registry.downstream(STAGING)
    kept = [
        (table.contract, db.frame(f"from {table.full_name}"), noted[name])
        for name, table in registry.tables().items()
        if name in noted and name not in follow
    ]
    listed = {name: db.frame(f"from {name}") for name in (_RAW_FILE, _RAW_PROBLEM, _RAW_STATE)}
    warehouse.start_over(db, settings, registry.layout())
    for name, frame in listed.items():
        db.replace_frame(name, frame)
    for contract, frame, note in kept:
        db.create_from_frame(contract, frame, note)


class Materialized(NamedTuple):
    """Row count of a table, and whether it was rebuilt or kept."""

    rows: int
    is_rebuilt: bool


def materialize(db: Warehouse, settings: Settings, table: Table) -> Materialized:
    """Build a table from the tables that it reads, unless these have not changed.

    Raises RoofhouseError if a table that it reads is missing, or its SELECT or a rule is wrong.
    """
    noted = db.noted()
    if missing := [one for one in table.reads if one not in noted]:
        raise RoofhouseError(
            f"{table.name}: not there yet: {', '.join(missing)}; materialize them first, "
            "or run the job build_warehouse"
        )
    note, before = fingerprint.note(db, settings, table), noted.get(table.name)
    if before is not None and before.made_of == note.made_of:
        if before.state != note.state:
            db.note(table.name, note._replace(content=before.content))
        return Materialized(db.count(table.contract), is_rebuilt=False)
    if isinstance(table.maker, Select):
        rows = _select(db, table, table.maker, note)
        if table.name in quarantining():
            rows -= quarantine(db, settings, table)
    else:
        rows = db.create_from_frame(table.contract, table.maker.rows(settings), note)
    return Materialized(rows, is_rebuilt=True)


def _select(db: Warehouse, table: Table, maker: Select, note: Note) -> int:
    try:
        return db.create(table.contract, maker.text, note)
    except RoofhouseError as error:
        if maker.explain:
            maker.explain(db)
            raise
        raise RoofhouseError(f"{table.files[0]}: {error}") from None


def materialize_all(db: Warehouse, settings: Settings, *only: str) -> None:
    """List and stage the raw files, and build all tables, or `only` these with their upstream."""
    list_raw(db, settings)
    stage_all(db, settings)
    for name in registry.upstream(*only) if only else registry.tables():
        materialize(db, settings, registry.tables()[name])
