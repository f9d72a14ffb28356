"""Verify the published files against the manifest and data/raw, and clear what can be rebuilt."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines import catalog
from pipelines.errors import RoofhouseError
from pipelines.ingest import result_file, snapshot
from pipelines.ingest.snapshot import RawFile, Survey, name_time
from pipelines.ingest.sources import FLAT, discover
from pipelines.ingest.split import split
from pipelines.publish import atomic, manifest
from pipelines.settings import Settings
from pipelines.transform import registry
from pipelines.transform.materialize import building, materialize_all
from pipelines.warehouse import Warehouse, disk_errors, lock, published


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


def builds(settings: Settings) -> dict[str, str | None]:
    """Return the build that each published file names; None if it names none.

    Files that are not tables, or are missing, are left out. Raises RoofhouseError if nothing is
    published.
    """
    described = manifest.read(settings)
    found: dict[str, str | None] = {manifest.NAME: described["build_id"]}
    with published(settings) as db:
        found["warehouse.duckdb"] = str(db.rows("select build_id from quality.build")[0][0])
        for entry in described["files"]:
            file = manifest.place(settings, entry["file"])
            if file.suffix == ".parquet" and file.is_file():
                found[entry["file"]] = _build_of(file)
    return found


def _build_of(file: Path) -> str | None:
    """Return the build that a Parquet file names. Not by DuckDB: it takes a path for a pattern."""
    with file.open("rb") as opened:
        return pl.read_parquet_metadata(opened).get("build_id")


def _differences(settings: Settings, described: dict[str, Any]) -> Iterator[str]:
    if atomic.is_pending(settings):
        yield f"the publication of build {atomic.pending_build(settings)} was interrupted"
    broken = manifest.check(settings).broken
    for name, what in broken.items():
        yield f"{manifest.place(settings, name)} {what}"
    if "warehouse.duckdb" in broken:
        return
    with published(settings) as db:
        differences = list(_against_manifest(db, settings, described, broken))
        differences += _against_raw(db, settings, described)
        # If a file was renamed or SOURCE.yml has changed, rows may rightly differ.
        is_same = snapshot.fingerprint(settings.raw) == described.get("raw_fingerprint")
        yield from differences or (_against_values(db, settings) if is_same else ())


def _against_manifest(
    db: Warehouse, settings: Settings, described: dict[str, Any], broken: dict[str, str]
) -> Iterator[str]:
    """Compare counts and build id of the database and the Parquet files with the manifest."""
    counts = described["counts"]
    current = _count(db, "main.fact_case where not is_retired")
    in_newest = {
        case_id
        for (case_id,) in db.rows(
            "select case_id from main.case_sighting join quality.snapshot using (snapshot_id) "
            "where is_newest"
        )
    }
    for folder in discover(settings.raw):
        in_newest.difference_update(folder.source.withdrawn_ids)
    yield from _differ("the newest snapshots", {"cases": (current, len(in_newest))})
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
        rows = pl.scan_parquet(file, glob=False).select(pl.len()).collect().item()
        table = _count(db, f"marts.{Path(name).stem}")
        yield from _differ(
            f"the manifest ({name})",
            {
                "rows": (rows, entry["rows"]),
                "rows of the table": (table, entry["rows"]),
                "build id": (_build_of(file), described["build_id"]),
            },
        )


def _against_raw(db: Warehouse, settings: Settings, described: dict[str, Any]) -> Iterator[str]:
    """Compare the files of each source, and the number of their records, with data/raw."""
    try:
        found = snapshot.survey(settings.raw)
    except RoofhouseError as error:
        found = Survey()
        yield str(error)
    left_out = dict(
        db.rows("select source_id, problem from main.dim_source where problem is not null")
    )
    # The build reported the sources that it left out, and published nothing of them.
    found.files = [file for file in found.files if file.source.id not in left_out]
    yield from (why for source, why in found.problems.items() if source not in left_out)
    if found.fingerprint != described.get("raw_fingerprint"):
        for source in sorted(left_out.keys() - found.problems.keys()):
            yield f"{source}: left out of what is published, but data/raw has changed since"
    published_ = _published(db, settings, found)
    # The build also reported the snapshots that it held back.
    held = set(db.rows("select source_id, content_sha256 from quality.held_snapshot"))
    seen = set()
    unread = set(found.problems)
    for file, counted in _counted(found.files, settings):
        if isinstance(counted, _Unread):
            yield counted.reason
            if counted.is_whole_source:
                unread.add(file.source.id)
            continue
        key = _key(file, counted.at, counted.content_sha256)
        if key not in published_:
            if (file.source.id, counted.content_sha256) not in held:
                yield f"{file.path} is not in the published set"
        elif key not in seen:
            seen.add(key)
            _, items, accounted, rejects, listed, skipped = published_[key]
            yield from _differ(
                str(file.path),
                {
                    "items": (items, counted.items),
                    "cases, duplicates and rejects": (accounted, counted.items),
                    "rows of quality.reject": (listed, rejects),
                    "records skipped": (skipped, dict(counted.skipped)),
                },
            )
    for key, (path, *_) in published_.items():
        if key not in seen and key[0] not in unread:
            yield f"{path} is published, but no longer there with that content"


def _against_values(db: Warehouse, settings: Settings) -> Iterator[str]:
    """Build the star from data/raw again, in a separate file, and compare each of its rows."""
    with tempfile.TemporaryDirectory(prefix="roofhouse-verify-") as folder:
        aside = settings.model_copy(update={"data": Path(folder), "ray": "", "shared": ""})
        aside.raw.symlink_to(settings.raw)
        if settings.accepted.is_file():
            aside.accepted.symlink_to(settings.accepted)
        tables = [table for table in registry.tables().values() if table.layer == "star"]
        with building(aside) as fresh:
            materialize_all(fresh, aside, *(table.name for table in tables))
            for table in tables:
                query = f"select count(*), sum(hash(t)) from {table.full_name} as t"
                if db.rows(query) != fresh.rows(query):
                    yield f"{table.full_name}: its rows are not those that data/raw gives"


#: Identifies a file of a source, whatever its name.
_Key = tuple[str, dt.datetime | None, str]


def _key(file: RawFile, at: dt.datetime | None, content_sha256: str) -> _Key:
    return file.source.id, at if file.source.is_feed else file.told_at, content_sha256


def _published(
    db: Warehouse, settings: Settings, found: Survey
) -> dict[_Key, tuple[Path, int, int, int, int, dict[str, int]]]:
    """Return each file in the schema quality: its path, and the counts of its records."""
    skipped: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for snapshot_id, reason, count in db.rows(
        "select snapshot_id, skip_reason, record_count from quality.skipped"
    ):
        skipped[snapshot_id][reason] = count
    folders = {one.source.id: one.own or settings.raw for one in discover(settings.raw)}
    folders.setdefault(FLAT.id, settings.raw)
    entries = {}
    for snapshot_id, source_id, at, content_sha256, name, *counts in db.rows(
        "select snapshot_id, source_id, generated_at, content_sha256, file_name, item_count, "
        "case_count + duplicate_count + reject_count, reject_count, "
        "(select count(*) from quality.reject as r "
        "where r.snapshot_id = s.snapshot_id and r.status = 'rejected') "
        "from quality.snapshot as s order by snapshot_order"
    ):
        path = folders.get(source_id, settings.raw / source_id) / name
        source = found.sources.get(source_id)
        file = RawFile(path, "", source or FLAT, name)
        key = _key(file, at, content_sha256) if source else (source_id, at, content_sha256)
        entries[key] = (path, *counts, skipped[snapshot_id])
    return entries


@dataclass(frozen=True)
class _Counts:
    """The numbers of records of a raw file, as a build reads them, and the key of the file."""

    items: int
    skipped: Counter[str]
    at: dt.datetime | None
    content_sha256: str


@dataclass(frozen=True)
class _Unread:
    """The reason why a file, or its whole source, cannot be counted."""

    reason: str
    is_whole_source: bool


def _counted(
    files: Sequence[RawFile], settings: Settings
) -> Iterator[tuple[RawFile, _Counts | _Unread]]:
    """Yield each file with its counts, or with the reason why it cannot be read."""
    known = catalog.load() if any(not file.source.is_feed for file in files) else None
    for _, of_source in groupby(files, key=lambda file: file.source.id):
        members = list(of_source)
        try:
            near = {} if members[0].source.is_feed else result_file.beside(members)
        except RoofhouseError as error:  # a sidecar, which applies to several files
            yield members[0], _Unread(str(error), is_whole_source=True)
            continue
        for file in members:
            try:
                if known is None or file.source.is_feed:
                    yield file, _of_feed(file, settings)
                else:
                    found = result_file.read(
                        file, near[file.path], known, settings.max_result_bytes
                    )
                    yield file, _Counts(len(found.items), found.skipped, None, file.sha256)
            except RoofhouseError as error:
                yield file, _Unread(str(error), is_whole_source=False)
            except OSError as error:
                why = f"{error.filename or file.path}: cannot be read: {error.strerror}"
                yield file, _Unread(why, is_whole_source=False)


def _of_feed(file: RawFile, settings: Settings) -> _Counts:
    """Split a feed as a build does, but keep only the counts."""
    try:
        with tempfile.TemporaryDirectory(prefix="roofhouse-") as work:
            lines = split(file, Path(work), settings.limits)
            at = name_time(file.path) if file.is_lines else lines.generated_at
            return _Counts(lines.item_count, Counter(), at, lines.content_sha256)
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
