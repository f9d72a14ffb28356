"""What the assets do, without Dagster: list, stage, make one table (graph says in which order)."""

from __future__ import annotations

import polars as pl

from pipelines import configure, graph, lineage, rules, sql
from pipelines.contracts import contracts
from pipelines.errors import RoofhouseError
from pipelines.ingest import load, snapshot, spread
from pipelines.ingest.snapshot import RawFile
from pipelines.publish.database import marts
from pipelines.publish.report import apart
from pipelines.schema import full_name
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, begin_anew


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
    staged = spread.stage_files(files, settings)
    found = load.load(db, staged)
    state = graph.staging_state(db)
    before = db.noted().get(graph.STAGING)
    if before is not None and before != state:
        _begin_anew(db, settings)
        load.load(db, staged)
    db.note(graph.STAGING, state)
    return found


def _begin_anew(db: Warehouse, settings: Settings) -> None:
    """Keep of the build database what follows from no snapshot, which is little."""
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
    for contract, frame, state in kept:
        db.create_from_frame(contract, frame, state)


def make(db: Warehouse, settings: Settings, name: str) -> int:
    """Make one table from what stands upstream; returns its rows.

    A table that was made of the same is left as it is.

    Raises RoofhouseError where upstream is missing, or a SELECT or rule is wrong.
    """
    contract = contracts()[name]
    is_configuration = name in configure.TABLES
    state = graph.configuration_state(name, settings) if is_configuration else graph.state(db, name)
    if db.noted().get(name) == state:
        return db.count(contract)
    if name in marts():
        apart.prepare()  # something new will be published
    if name in sql.models():
        return db.create(contract, sql.models()[name].text, state)
    if name == "finding":
        for upstream in graph.tables()[name]:
            db.need(full_name(contracts()[upstream]), upstream)
        return _make_findings(db, state)
    frame = configure.frames(settings)[name] if is_configuration else _frame(name)
    return db.create_from_frame(contract, frame, state)


def _frame(name: str) -> pl.DataFrame:
    """A table that follows from the project's own files."""
    if name == "rule":
        return rules.frame()
    if name == "metric_definition":
        return lineage.metric_definitions()
    return lineage.metric_inputs()


def _make_findings(db: Warehouse, state: str) -> int:
    loaded = rules.load()
    try:
        return db.create(contracts()["finding"], rules.select(loaded), state)
    except RoofhouseError:
        rules.find_wrong(loaded, lambda text: db.execute(f"explain {text}"))
        raise
