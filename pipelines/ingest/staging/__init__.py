"""Staging: one raw file as typed Parquet, with the cases that do not fit beside it.

A case is kept or rejected as a whole, together with the hardware, model, … that it refers to. It
is rejected if a value cannot be typed or breaks a bound, if its ids disagree, or if it contradicts
an earlier case of the file. Duplicates are counted. The result is a cache: a folder named by the
hash of the file, which also records the version of the code.

    stage()
      ├─ tables     what is staged: entities, their lists and their columns, from the contracts
      ├─ job        the file being staged: its database, its lines, its output folder
      ├─ read       lines -> line, case_, document, field; content, hardware_, …; list tables
      ├─ validate   typed tables -> problem: what a contract forbids, in words
      ├─ reconcile  problem, and contradictions between cases -> rejected; case_key
      └─ write      kept rows, rejects and counts -> Parquet, snapshot.json
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

from pipelines.code_version import code_version
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
    "place",
    "stage",
    "unfinished",
    "version",
    "versions",
]


#: Packages whose version a staged folder depends on.
_PACKAGES = ("duckdb", "polars", "pandera", "msgspec")
#: Rooms whose code a staged folder depends on.
ROOMS = ("contracts", "ingest", "validation", "warehouse")
_SUMMARY = "snapshot.json"
_ROW_GROUP = 20_480


def version(settings: Settings) -> str:
    """Return a hash of everything that a staged folder depends on beside the raw bytes."""
    depends_on = json.dumps([versions(), settings.max_case_bytes])
    return hashlib.sha256(depends_on.encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Return the versions of the packages that stage, and a hash of our own code."""
    packages = {name: metadata.version(name) for name in _PACKAGES}
    return {"roofhouse's staging": code_version(*ROOMS), **packages}


def stage(file: RawFile, settings: Settings) -> Path:
    """Return the folder with a file's staged Parquet; stage it if it is missing or outdated.

    Raises RoofhouseError if the file is not a feed.
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
    """Return True if a folder is complete and was staged by this code with these settings."""
    try:
        files = described(folder.joinpath(_SUMMARY).read_bytes(), settings)
        return all(folder.joinpath(n).stat().st_size == size for n, size in files.items())
    except (OSError, ValueError):
        return False


def described(summary: bytes, settings: Settings) -> dict[str, int]:
    """Return the files of a staged folder and their sizes in bytes, from its snapshot.json.

    Raises ValueError if that cannot be read or is of another version.
    """
    try:
        read = json.loads(summary)
        if read["version"] == version(settings):
            return dict(read["files"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks {error}") from None
    raise ValueError("it is of another version")


def unfinished(folder: Path) -> Path:
    """Return a temporary folder for one attempt to stage, unique across machines."""
    host = re.sub(r"[^\w-]", "-", socket.gethostname())
    return folder.with_name(f".{folder.name}.{host}-{os.getpid()}-{secrets.token_hex(4)}.tmp")


def place(out: Path, folder: Path, settings: Settings) -> None:
    """Make a finished folder durable and rename it to its final name.

    If another attempt was faster, its folder stays; both hold the same bytes.
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
        # Threads share row groups. With DuckDB's default size there is one up to 122,880 rows.
        con.execute(f"attach {quote(work / 'stage.duckdb')} as stage (row_group_size {_ROW_GROUP})")
        con.execute("use stage")
        con.execute("pragma disable_checkpoint_on_shutdown")  # it is not opened again
        job = Job(Warehouse(con), file, lines, work / "out")
        read.read(job)
        validate.validate(job)
        reconcile.reconcile(job)
        write.write(job, version(settings))
    finally:
        con.close()
