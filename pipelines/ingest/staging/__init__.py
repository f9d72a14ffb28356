"""One snapshot as typed Parquet, and the cases that do not fit beside it.

A case is kept or rejected as a whole, with the parts that it resolves to. The order
of the screens: what cannot be typed, what breaks a contract's bounds, ids that
disagree, definitions that disagree, duplicates. The result is a cache by content.

    stage()
      ├─ tables    what is staged: entities, their lists, their columns, from the contracts
      ├─ job       the snapshot in hand: its database, its lines, its folder
      ├─ read      lines -> line, case_, document, field; content, hardware_ …; list tables
      ├─ screen    typed tables -> problem: what a contract forbids, in words
      ├─ agree     problem, and what contradicts itself -> rejected; case_key
      └─ write     what is kept, rejected and counted -> Parquet, snapshot.json
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import socket
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb

from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import Lines, refuse_deep, split
from pipelines.ingest.staging import read, reconcile, validate, write
from pipelines.ingest.staging.job import Job
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, connect, durable
from pipelines.warehouse.quoting import quote

__all__ = [
    "described",
    "is_staged",
    "modules",
    "place",
    "stage",
    "unfinished",
    "version",
    "versions",
]


#: The packages that stage.
_PACKAGES = ("duckdb", "polars", "pandera", "msgspec")
#: The modules that stage.
_MODULES = (
    "contracts/**/*.py",
    "ingest/extract.py",
    "ingest/snapshot.py",
    "ingest/split.py",
    "ingest/staging/*.py",
    "ingest/structure.py",
    "transform/sql_files.py",
    "validation/conformance.py",
    "warehouse/*.py",
)
_SUMMARY = "snapshot.json"
_ROW_GROUP = 20_480


def version(settings: Settings) -> str:
    """A hash of everything that a staged folder depends on beside the raw bytes."""
    depends_on = json.dumps([versions(), settings.max_case_bytes])
    return hashlib.sha256(depends_on.encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """The versions of what stages: of this code, a hash."""
    digest = hashlib.sha256()
    for path in modules():
        digest.update(path.read_bytes())
    packages = {name: metadata.version(name) for name in _PACKAGES}
    return {"roofhouse's staging": digest.hexdigest()[:16], **packages}


def modules() -> list[Path]:
    """The modules that stage."""
    pipelines = Path(__file__).parents[2]
    return [path for pattern in _MODULES for path in sorted(pipelines.glob(pattern))]


def stage(file: RawFile, settings: Settings) -> Path:
    """The folder with a snapshot's staged Parquet; made if it is not there or is outdated.

    Raises RoofhouseError where the file is not a feed.
    """
    folder = settings.staging / file.sha256
    if is_staged(folder, settings):
        return folder
    work = unfinished(folder)
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
        place(work / "out", folder, settings)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def is_staged(folder: Path, settings: Settings) -> bool:
    """Whether a folder holds a whole snapshot as this code stages it with these settings."""
    try:
        files = described(folder.joinpath(_SUMMARY).read_bytes(), settings)
        return all(folder.joinpath(n).stat().st_size == size for n, size in files.items())
    except (OSError, ValueError):
        return False


def described(summary: bytes, settings: Settings) -> dict[str, int]:
    """The files of a staged folder and their sizes in bytes, as its snapshot.json has them.

    Raises ValueError where that cannot be read or is of another version.
    """
    try:
        read = json.loads(summary)
        if read["version"] == version(settings):
            return dict(read["files"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks {error}") from None
    raise ValueError("it is of another version")


def unfinished(folder: Path) -> Path:
    """A folder to make a staged folder in: one for each attempt, on whichever machine it runs."""
    host = re.sub(r"[^\w-]", "-", socket.gethostname())
    return folder.with_name(f".{folder.name}.{host}-{os.getpid()}-{secrets.token_hex(4)}.tmp")


def place(out: Path, folder: Path, settings: Settings) -> None:
    """Have what was staged be the staged folder, made durable.

    Where another attempt was first its folder stays: both hold the same bytes.
    """
    for path in (*out.iterdir(), out):
        durable(path)
    try:
        out.replace(folder)
    except OSError:
        if is_staged(folder, settings):
            return
        shutil.rmtree(folder, ignore_errors=True)
        out.replace(folder)


def _run(file: RawFile, lines: Lines, work: Path, settings: Settings) -> None:
    (work / "out").mkdir(exist_ok=True)
    (work / "stage.duckdb").unlink(missing_ok=True)
    con = connect(
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        temp=work / "spill",
    )
    try:
        # Groups of rows are what threads share: of DuckDB's own size there is one up to 122,880.
        con.execute(f"attach {quote(work / 'stage.duckdb')} as stage (row_group_size {_ROW_GROUP})")
        con.execute("use stage")
        con.execute("pragma disable_checkpoint_on_shutdown")  # nobody opens it again
        job = Job(Warehouse(con), file, lines, work / "out")
        read.read(job)
        validate.validate(job)
        reconcile.reconcile(job)
        write.write(job, version(settings))
    finally:
        con.close()
