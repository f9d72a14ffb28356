"""One publication: write a set, describe it in a manifest, swap it in."""

from __future__ import annotations

import datetime as dt
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import report
from pipelines.code_version import code_version
from pipelines.contracts import contracts
from pipelines.contracts.render import full_name
from pipelines.errors import RoofhouseError
from pipelines.ingest import readers
from pipelines.ingest.snapshot import sha256_of
from pipelines.metadata import croissant, datapackage, licences
from pipelines.publish import atomic, change, database, manifest, parquet
from pipelines.report import renderer
from pipelines.settings import Settings
from pipelines.transform import fingerprint, materialize, sql_files
from pipelines.transform.table import hash_of
from pipelines.warehouse import STORAGE_VERSION, Note, Warehouse

#: Note of the build database: the build that was published from it. `build --full` deletes it.
_PUBLISHED = "(published)"
#: Rooms whose code the published files depend on.
ROOMS = ("contracts", "metadata", "publish", "report", "transform", "warehouse")


#: New drift in the newest file of each source; drift of earlier files is no longer new.
_NEW_DRIFT = """
    select count(*) from quality.drift join quality.snapshot using (snapshot_id)
    where is_new
        and snapshot_order in (select max(snapshot_order) from quality.snapshot group by source_id)
"""


def publish(warehouse: Warehouse, settings: Settings) -> dict[str, Any]:
    """Publish the tables of the build database and return the manifest.

    If the same set was already published from this build database and is intact, it stays. Raises
    RoofhouseError if a table is missing or belongs to another build.
    """
    build_id = fingerprint.build_id(warehouse, settings)
    is_published = warehouse.noted().get(_PUBLISHED) == Note(build_id)
    if is_published and (kept := _kept(settings, build_id)):
        return kept
    published_at = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    _write_build(warehouse, build_id, published_at)
    changed = change.against_published(warehouse, settings)
    warehouse.create_from_frame(contracts()["build_change"], changed, Note(build_id))
    folder = atomic.fresh(settings)
    description = _describe(warehouse, build_id)
    description |= {"published_at": _utc(published_at), "changes": changed.to_dicts()}
    sources = licences.in_build(description)
    marts = folder / "marts"
    for name in database.marts():
        parquet.write(warehouse, name, marts / f"{name}.parquet", build_id, sources)
    description["files"] = [_entry(file, warehouse) for file in sorted(marts.iterdir())]
    for name, described in (
        ("datapackage.json", datapackage.describe(description)),
        ("croissant.json", croissant.describe(description)),
    ):
        _write_json(marts / name, described)
    limit_s = settings.report_timeout_s
    with renderer.writing(marts, description, marts / report.NAME, limit_s=limit_s):
        database.write(warehouse, folder / "warehouse.duckdb")
    files = (*sorted(marts.iterdir()), folder / "warehouse.duckdb")
    description["files"] = [_entry(file, warehouse) for file in files]
    _write_json(folder / manifest.NAME, description)
    atomic.commit(settings, folder)
    warehouse.note(_PUBLISHED, Note(build_id))
    return description


def _kept(settings: Settings, build_id: str) -> dict[str, Any] | None:
    """Return the published manifest if publishing again would change nothing, else None."""
    try:
        status = manifest.check(settings)
    except (RoofhouseError, OSError, KeyError, TypeError):  # damaged: publish again
        return None
    if settings.published_db.with_name("warehouse.duckdb.wal").exists():
        return None  # somebody changed the published file
    found = status.manifest
    ours = {file.name for file in settings.marts.iterdir() if manifest.is_ours(file.name)}
    listed = {entry["file"] for entry in found["files"]} - {"warehouse.duckdb"}
    is_same = (
        found["build_id"] == build_id
        and found.get("versions") == _versions()
        and ours == listed | {manifest.NAME}
        and not status.broken
    )
    return found if is_same else None


def _versions() -> dict[str, str]:
    """Return what a published set depends on besides its build: packages and the project's code."""
    packages = ("roofhouse", "duckdb", "polars", "altair", "vl-convert-python")
    return {
        **{name: version(name) for name in packages},
        "writer": code_version(*ROOMS),
        "storage": STORAGE_VERSION,
        "questions": hash_of(sql_files.macros(), sql_files.questions()),
    }


def _entry(file: Path, warehouse: Warehouse) -> dict[str, Any]:
    """Return the manifest's entry for a file; `rows` is None if it is not a table."""
    rows = None
    if file.suffix == ".parquet":
        rows = warehouse.rows(f"select count(*) from {full_name(contracts()[file.stem])}")[0][0]
    return {
        "file": file.name,
        "bytes": file.stat().st_size,
        "rows": rows,
        "sha256": sha256_of(file),
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_build(warehouse: Warehouse, build_id: str, published_at: dt.datetime) -> None:
    snapshots, newest = warehouse.rows("select count(*), max(generated_at) from quality.snapshot")[
        0
    ]
    cases = warehouse.rows("select count(*) from main.fact_case where not is_retired")[0][0]
    frame = pl.DataFrame(
        {
            "build_id": [build_id],
            "published_at": [published_at],
            "newest_snapshot_at": [newest],
            "snapshot_count": [snapshots],
            "case_count": [cases],
            "roofhouse_version": [version("roofhouse")],
            "duckdb_version": [version("duckdb")],
        }
    )
    warehouse.create_from_frame(contracts()["build"], frame, Note(build_id))


def _utc(at: dt.datetime | None) -> str | None:
    return None if at is None else f"{at.isoformat()}Z"


def _sources(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The sources: the files and current cases of each, and the reason if it is left out.

    If a format of the cases prescribes its own credit (MLPerf), the attribution includes it.
    """
    rows = warehouse.frame(
        "select source_id as id, source_name as name, mode, license, attribution, url, citation, "
        "file_count as files, "
        "(select count(*) from main.fact_case as f "
        "where f.source_id = s.source_id and not is_retired) as cases, "
        "(select max(generated_at) from quality.snapshot as q "
        "where q.source_id = s.source_id) as newest_at, problem "
        "from main.dim_source as s order by source_id"
    ).to_dicts()
    formats = dict(
        warehouse.rows(
            "select source_id, list(distinct source_format order by source_format) "
            "from main.fact_case_history where source_format is not null group by source_id"
        )
    )
    for row in rows:
        row["newest_at"] = _utc(row["newest_at"])
        row["attribution"] = _credited(row["attribution"], formats.get(row["id"], []))
    return rows


def _credited(stated: str | None, formats: list[str]) -> str | None:
    """Return an attribution with the credits that the formats prescribe, each once."""
    asked = [readers.attributions()[one] for one in formats if one in readers.attributions()]
    missing = [words for words in asked if words not in (stated or "")]
    before = [f"{stated.strip().rstrip('.')}."] if stated else []
    return " ".join([*before, *missing]) if missing else stated


def _held(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The snapshots that are held back."""
    rows = warehouse.frame(
        "select source_id as source, file_name as file, file_sha256 as sha256, generated_at, "
        "guard, is_waiting, held_reason as reason "
        "from quality.held_snapshot order by source_id, generated_at, file_name"
    ).to_dicts()
    return [row | {"generated_at": _utc(row["generated_at"])} for row in rows]


def _describe(warehouse: Warehouse, build_id: str) -> dict[str, Any]:
    sources = _sources(warehouse)
    published = licences.in_build({"sources": sources})
    return {
        "build_id": build_id,
        "license": licences.expression(published),
        "attribution": licences.credits_of(published),
        "versions": _versions(),
        "raw_fingerprint": materialize.raw_fingerprint(warehouse),
        "newest_at": _utc(warehouse.rows("select newest_snapshot_at from quality.build")[0][0]),
        "sources": sources,
        "snapshots": [
            {
                "source": source,
                "file": name,
                "sha256": sha,
                "generated_at": _utc(at),
                "cases": cases,
            }
            for source, name, sha, at, cases in warehouse.rows(
                "select source_id, file_name, file_sha256, generated_at, case_count "
                "from quality.snapshot where mode = 'snapshot' order by snapshot_order"
            )
        ],
        "held": _held(warehouse),
        "counts": {
            "cases": warehouse.rows("select case_count from quality.build")[0][0],
            "rejects": warehouse.rows("select count(*) from quality.reject")[0][0],
            "drift": warehouse.rows(_NEW_DRIFT)[0][0],
            "findings": dict(
                warehouse.rows(
                    "select severity, count(*) from quality.finding group by 1 order by 1"
                )
            ),
        },
        "files": [],
    }
