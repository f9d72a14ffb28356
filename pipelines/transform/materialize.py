"""List the raw files, stage them, build a table. The registry says in which order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import polars as pl

from pipelines import warehouse
from pipelines.errors import RoofhouseError
from pipelines.ingest import load, snapshot
from pipelines.ingest.cluster import distribute
from pipelines.ingest.snapshot import RawFile
from pipelines.settings import Settings
from pipelines.transform import fingerprint, registry
from pipelines.transform.quarantine import quarantine
from pipelines.transform.table import STAGING, Select, Table, quarantining
from pipelines.warehouse import Note, Warehouse


@contextmanager
def building(settings: Settings) -> Iterator[Warehouse]:
    """Open the build database for writing, under the build lock."""
    with warehouse.building(settings, registry.layout()) as db:
        yield db


def list_raw(db: Warehouse, settings: Settings) -> list[RawFile]:
    """Record the raw files and their hashes."""
    files = snapshot.find(settings.raw)
    db.replace_frame(
        "staging.raw_file",
        pl.DataFrame({"name": [f.path.name for f in files], "sha256": [f.sha256 for f in files]}),
    )
    return files


def stage_all(db: Warehouse, settings: Settings) -> pl.DataFrame:
    """Stage what is not staged yet, and point the staging views at all of it.

    Returns one row per snapshot, the newest last.
    """
    db.need("staging.raw_file", "raw_snapshots")
    rows = db.rows("select name, sha256 from staging.raw_file order by name")
    files = [RawFile(settings.raw / name, sha256) for name, sha256 in rows]
    staged = distribute.stage_files(files, settings)
    before = _newest(db)
    found = load.load(db, staged, settings.max_reject_share)
    if before is not None and before != found.row(-1, named=True)["snapshot_id"]:
        _start_over(db, settings)
        load.load(db, staged, settings.max_reject_share)
    state = fingerprint.staging_state(db, settings)
    db.note(STAGING, Note(state, content=state))
    return found


def _newest(db: Warehouse) -> str | None:
    """The newest snapshot of the last complete staging, if there was one."""
    if STAGING not in db.noted():
        return None
    ((snapshot_id,),) = db.rows("select snapshot_id from staging.snapshot where is_newest")
    return str(snapshot_id)


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
    raw_files = db.frame("from staging.raw_file")
    warehouse.start_over(db, settings, registry.layout())
    db.replace_frame("staging.raw_file", raw_files)
    for contract, frame, note in kept:
        db.create_from_frame(contract, frame, note)


class Materialized(NamedTuple):
    """Row count of a table, and if it was rebuilt or kept."""

    rows: int
    is_rebuilt: bool


def materialize(db: Warehouse, settings: Settings, table: Table) -> Materialized:
    """Build a table from the tables that it reads. One that was built from the same stays.

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
    """List and stage the raw files, and build all tables, or `only` some with their upstream."""
    list_raw(db, settings)
    stage_all(db, settings)
    for name in registry.upstream(*only) if only else registry.tables():
        materialize(db, settings, registry.tables()[name])
