"""Verify the published files against the manifest and data/raw, and clear what can be rebuilt."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.snapshot import RawFile, name_time
from pipelines.ingest.split import Lines, split
from pipelines.publish import atomic, manifest
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, disk_errors, lock, published
from pipelines.warehouse.quoting import quote


def clear(settings: Settings) -> None:
    """Delete data/build, under the build lock. A decided publication is finished first."""
    with lock(settings), disk_errors(settings.data):
        atomic.recover(settings)
        for path in settings.build.iterdir():
            if path.name.startswith("lock"):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def verify(settings: Settings) -> list[str]:
    """Return every difference between the published files, the manifest and data/raw, in words.

    If a build publishes in the meantime, everything is read again.
    """
    for _ in range(5):
        atomic.wait(settings)
        before = manifest.read(settings)
        found = list(_differences(settings, before))
        if not found or manifest.read(settings) == before:
            break
    return found


def _differences(settings: Settings, described: dict[str, Any]) -> Iterator[str]:
    if atomic.is_pending(settings):
        yield f"the publication of build {atomic.pending_build(settings)} was interrupted"
    broken = manifest.check(settings).broken
    for name, what in broken.items():
        yield f"{manifest.place(settings, name)} {what}"
    if "warehouse.duckdb" in broken:
        return
    with published(settings) as db:
        yield from _against_manifest(db, settings, described, broken)
        yield from _against_raw(db, settings)


def _against_manifest(
    db: Warehouse, settings: Settings, described: dict[str, Any], broken: dict[str, str]
) -> Iterator[str]:
    """Compare counts and build id of the database and the Parquet files with the manifest."""
    counts = described["counts"]
    current = _count(db, "main.fact_case where not is_retired")
    in_newest = "main.case_sighting join quality.snapshot using (snapshot_id) where is_newest"
    yield from _differ("the newest snapshot", {"cases": (current, _count(db, in_newest))})
    findings = "select severity, count(*) from quality.finding group by severity"
    yield from _differ(
        "the manifest",
        {
            "build id": (
                db.rows("select build_id from quality.build")[0][0],
                described["build_id"],
            ),
            "cases": (current, counts["cases"]),
            "rejects": (_count(db, "quality.reject"), counts["rejects"]),
            "findings": (dict(db.rows(findings)), counts["findings"]),
        },
    )
    for entry in described["files"]:
        name = entry["file"]
        if not name.endswith(".parquet") or name in broken:
            continue
        file = manifest.place(settings, name)
        rows = _count(db, f"read_parquet({quote(file)})")
        ids = db.rows(
            f"select decode(value) from parquet_kv_metadata({quote(file)}) "
            "where decode(key) = 'build_id'"
        )
        table = _count(db, f"marts.{Path(name).stem}")
        yield from _differ(
            f"the manifest ({name})",
            {
                "rows": (rows, entry["rows"]),
                "rows of the table": (table, entry["rows"]),
                "build id": (ids[0][0] if ids else None, described["build_id"]),
            },
        )


def _against_raw(db: Warehouse, settings: Settings) -> Iterator[str]:
    """Compare the snapshots and the number of their items with data/raw."""
    rows = db.rows(
        "select generated_at, content_sha256, file_name, item_count, "
        "case_count + duplicate_count + reject_count, reject_count, "
        "(select count(*) from quality.reject as r "
        "where r.snapshot_id = s.snapshot_id and r.status = 'rejected') "
        "from quality.snapshot as s order by snapshot_order"
    )
    loaded = {(row[0], row[1]): row[2:] for row in rows}
    seen = set()
    try:
        files = snapshot.find(settings.raw)
    except RoofhouseError as error:
        files = []
        yield str(error)
    for file in files:
        try:
            lines = _lines(file, settings)
            at = name_time(file.path) if file.is_lines else lines.generated_at
        except RoofhouseError as error:
            yield str(error)
            continue
        key = (at, lines.content_sha256)
        if key not in loaded:
            yield f"{file.path} is not in the published set"
        elif key not in seen:
            seen.add(key)
            _, items, accounted, rejects, listed = loaded[key]
            yield from _differ(
                str(file.path),
                {
                    "items": (items, lines.item_count),
                    "cases, duplicates and rejects": (accounted, lines.item_count),
                    "rows of quality.reject": (listed, rejects),
                },
            )
    for key, (name, *_) in loaded.items():
        if key not in seen:
            yield f"{settings.raw / name} is published, but no longer there with that content"


def _lines(file: RawFile, settings: Settings) -> Lines:
    """Split a raw file as a build does, and keep the counts only."""
    try:
        with tempfile.TemporaryDirectory(prefix="roofhouse-") as work:
            return split(file, Path(work), settings.max_case_bytes)
    except OSError as error:
        where = error.filename or f"{tempfile.gettempdir()} (TMPDIR names another)"
        raise RoofhouseError(f"{file.path}: cannot be counted: {where}: {error.strerror}") from None


def _differ(what: str, values: dict[str, tuple[object, object]]) -> Iterator[str]:
    for name, (published_, expected) in values.items():
        if published_ != expected:
            yield f"{name}: {published_} published, {expected} in {what}"


def _count(db: Warehouse, source: str) -> int:
    try:
        return int(db.rows(f"select count(*) from {source}")[0][0])
    except duckdb.Error as error:
        raise RoofhouseError(f"{source}: cannot be read: {str(error).splitlines()[0]}") from None
