"""What the assets do, without Dagster: list, stage, make one table (graph says in which order)."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipelines.contracts import contracts
from pipelines.contracts.render import full_name
from pipelines.errors import RoofhouseError
from pipelines.ingest import load, snapshot
from pipelines.ingest.cluster import distribute
from pipelines.ingest.snapshot import RawFile
from pipelines.settings import Settings
from pipelines.transform import configuration, graph, lineage, rules, sql_files
from pipelines.warehouse import Note, Warehouse, begin_anew


def list_raw(db: Warehouse, settings: Settings) -> list[RawFile]:
    """Note which raw files there are, and their hashes."""
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
        _begin_anew(db, settings)
        load.load(db, staged, settings.max_reject_share)
    state = graph.staging_state(db, settings)
    db.note(graph.STAGING, Note(state, content=state))
    return found


def _newest(db: Warehouse) -> str | None:
    """The snapshot that is current, where any was loaded to the end."""
    if graph.STAGING not in db.noted():
        return None
    ((snapshot_id,),) = db.rows("select snapshot_id from staging.snapshot where is_newest")
    return str(snapshot_id)


def _begin_anew(db: Warehouse, settings: Settings) -> None:
    """Keep of the build database what follows from no snapshot.

    What is current is another snapshot: most tables will be others, and those that they
    replaced would leave a file of holes.
    """
    noted = db.noted()
    follow = graph.follow_from(graph.STAGING)
    kept = [
        (contracts()[name], db.frame(f"from {full_name(contracts()[name])}"), noted[name])
        for name in graph.tables()
        if name in noted and name not in follow
    ]
    raw_files = db.frame("from staging.raw_file")
    begin_anew(db, settings)
    db.replace_frame("staging.raw_file", raw_files)
    for contract, frame, note in kept:
        db.create_from_frame(contract, frame, note)


class Made(NamedTuple):
    """A table's rows, and whether it was made now or stood there already."""

    rows: int
    is_new: bool


def make(db: Warehouse, settings: Settings, name: str) -> Made:
    """Make one table from what stands upstream.

    A table that was made of the same rows is left as it is.

    Raises RoofhouseError where upstream is missing, or a SELECT or rule is wrong.
    """
    contract = contracts()[name]
    note, noted = graph.note(db, settings, name), db.noted().get(name)
    if noted is not None and noted.made_of == note.made_of:
        if noted.state != note.state:
            db.note(name, note._replace(content=noted.content))
        return Made(db.count(contract), is_new=False)
    if name in sql_files.models():
        rows = db.create(contract, sql_files.models()[name].text, note)
    elif name == "finding":
        for upstream in graph.tables()[name]:
            db.need(full_name(contracts()[upstream]), upstream)
        rows = _make_findings(db, note)
    elif name in configuration.TABLES:
        rows = db.create_from_frame(contract, configuration.frames(settings)[name], note)
    else:
        rows = db.create_from_frame(contract, _FRAMES[name](), note)
    return Made(rows, is_new=True)


#: Tables that follow from the project's own files.
_FRAMES = {
    "rule": rules.frame,
    "metric_definition": lineage.metric_definitions,
    "metric_input": lineage.metric_inputs,
    "metric_source": lineage.metric_sources,
}


def _make_findings(db: Warehouse, note: Note) -> int:
    loaded = rules.load()
    try:
        return db.create(contracts()["finding"], rules.select(loaded), note)
    except RoofhouseError:
        rules.find_wrong(loaded, lambda text: db.execute(f"explain {text}"))
        raise
