"""Quarantine: take a case whose derived values break their contract out of the metrics.

No single case stops a publication. The rows of such a case are deleted from the table; table,
column and value go to `staging.quarantine`, and from there, with the item as received, to
`quality.reject`. A row of the reference basis is deleted alone and not recorded: the case itself
stays, as claimed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import catalog
from pipelines.contracts import columns, schema
from pipelines.ingest import staging
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.sources import discover
from pipelines.ingest.staging.gather import gather
from pipelines.settings import Settings
from pipelines.transform.table import QUARANTINE, Table
from pipelines.validation.conformance import breaches, holds
from pipelines.warehouse import Warehouse

#: The basis of rows that are computed with the catalog.
REFERENCE = "reference"

_SCHEMA = {
    "table_name": pl.String,
    "case_id": pl.String,
    "revision": pl.Int64,
    "basis": pl.String,
    "column_name": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "raw": pl.String,
}


def quarantine(db: Warehouse, settings: Settings, table: Table) -> int:
    """Move the cases that break a table's contract to quarantine; return the rows taken out."""
    name = table.full_name
    db.execute(f"delete from {QUARANTINE} where table_name = ?", [name])
    expected = schema(table.contract)
    if holds(db, name, expected):
        return 0
    found = _first_breaches(db, table)
    if not found:
        return 0
    claimed = [(one["case_id"], one["revision"]) for one in found if one["basis"] != REFERENCE]
    raw = _as_received(db, settings, claimed)
    rows = [one | {"raw": raw.get((one["case_id"], one["revision"]))} for one in found]
    db.con.register("incoming", pl.DataFrame(rows, schema=_SCHEMA))
    before = db.count(table.contract)
    try:
        db.execute(
            f"insert into {QUARANTINE} by name select * exclude (basis) from incoming "
            "where basis is distinct from ?",
            [REFERENCE],
        )
        names = {column.name for column in columns(table.contract)}
        revision = "and own.revision = incoming.revision" if "revision" in names else ""
        basis = "and incoming.basis in ('claimed', own.basis)" if "basis" in names else ""
        db.execute(
            f"delete from {name} as own using incoming "
            f"where own.case_id = incoming.case_id {revision} {basis}"
        )
    finally:
        db.con.unregister("incoming")
    return before - db.count(table.contract)


def _first_breaches(db: Warehouse, table: Table) -> list[dict[str, Any]]:
    """The first value of each case (and revision, and basis) that breaks the contract."""
    found: dict[tuple[str, int | None, str | None], dict[str, Any]] = {}
    for frame in db.frames(f"from {table.full_name}"):
        for row, column, reason in breaches(frame, schema(table.contract)):
            case_id = frame["case_id"][row]
            revision = frame["revision"][row] if "revision" in frame.columns else None
            basis = frame["basis"][row] if "basis" in frame.columns else None
            found.setdefault(
                (case_id, revision, basis),
                {
                    "table_name": table.full_name,
                    "case_id": case_id,
                    "revision": revision,
                    "basis": basis,
                    "column_name": column,
                    "value": str(frame[column][row]),
                    "reason": reason,
                },
            )
    return list(found.values())


def _as_received(
    db: Warehouse, settings: Settings, cases: list[tuple[str, int | None]]
) -> dict[tuple[str, int | None], str]:
    """The items as received, or as their reader made them, read from the raw files again."""
    found: dict[tuple[str, int | None], str] = {}
    by_file: dict[tuple[str, str, str], list[tuple[int, tuple[str, int | None]]]] = {}
    for case_id, revision in cases:
        rows = db.rows(
            "select s.source_id, s.file_name, s.file_sha256, c.seq "
            "from main.fact_case_history as h "
            "join staging.fact_case as c "
            "on h.case_id = c.case_id and h.from_snapshot_order = c.snapshot_order "
            "join staging.snapshot as s on s.snapshot_order = c.snapshot_order "
            "where h.case_id = ? and (h.revision = ? or (? is null and h.is_current))",
            [case_id, revision, revision],
        )
        for *file_of, position in rows:
            by_file.setdefault(tuple(file_of), []).append((position, (case_id, revision)))
    sources = {folder.source.id: folder.source for folder in discover(settings.raw)}
    paths = {
        (source_id, sha256): path
        for source_id, path, sha256 in db.rows(
            "select source_id, path, sha256 from staging.raw_file"
        )
    }
    for (source_id, name, sha256), places in by_file.items():
        file = RawFile(settings.raw / paths[source_id, sha256], sha256, sources[source_id], name)
        with tempfile.TemporaryDirectory(dir=settings.build) as work:
            known = None if file.source.is_feed else catalog.load()
            gathered = gather(staging.keyed([file]), Path(work), settings.limits, known)
            positions = [position for position, _ in places]
            for (_, case), line in zip(places, gathered.lines.at(positions), strict=True):
                found[case] = line.decode()
    return found
