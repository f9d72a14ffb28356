"""Staging: raw files as typed Parquet, with the cases that do not fit beside it.

A case is kept or rejected as a whole, together with the hardware, model, … that it refers to. It
is rejected if a value cannot be typed or breaks a bound, if its ids disagree, or if it contradicts
an earlier case of the file. Duplicates are counted. The result is a cache: a folder for one large
file or for many small ones, named by a hash of their staging keys, which also records the version
of the code. The staging key of a file is a hash of all that its cases follow from.

    stage()
      ├─ gather     files -> one file of lines, a case on each; readers read what is no feed
      ├─ tables     what is staged: entities, their lists and their columns, from the contracts
      ├─ job        the files being staged: their database, their lines, the output folder
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
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb

from pipelines import catalog
from pipelines.code_version import code_version
from pipelines.errors import RoofhouseError
from pipelines.ingest import result_file
from pipelines.ingest.snapshot import RawFile, sha256_of
from pipelines.ingest.split import refuse_deep
from pipelines.ingest.staging import read, reconcile, validate, write
from pipelines.ingest.staging.gather import Gathered, Keyed, gather
from pipelines.ingest.staging.job import Job
from pipelines.settings import Settings
from pipelines.warehouse import Warehouse, connect, durable
from pipelines.warehouse.quoting import quote

__all__ = [
    "Keyed",
    "described",
    "folder_name",
    "is_staged",
    "keyed",
    "place",
    "stage",
    "stage_all",
    "staged_members",
    "unfinished",
    "version",
    "versions",
]


#: Packages whose version a staged folder depends on.
_PACKAGES = ("duckdb", "polars", "pandera", "msgspec")
#: Rooms whose code a staged folder depends on.
ROOMS = ("catalog", "contracts", "ingest", "validation", "warehouse")
_SUMMARY = write.SUMMARY
_ROW_GROUP = 20_480


def version(settings: Settings) -> str:
    """Return a hash of everything that a staged folder depends on beside the raw bytes."""
    depends_on = json.dumps([versions(), settings.limits])
    return hashlib.sha256(depends_on.encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Return the versions of the packages that stage, and a hash of our own code."""
    packages = {name: metadata.version(name) for name in _PACKAGES}
    return {"roofhouse's staging": code_version(*ROOMS), **packages}


def keyed(files: Sequence[RawFile]) -> list[Keyed]:
    """Return files with their staging keys, in their order.

    The key of a feed is the hash of its bytes; that of a result file one of its bytes and name, of
    what lies beside it and of the catalog. Raises RoofhouseError naming a sidecar or an entry of
    the catalog that cannot be read.
    """
    results = [file for file in files if not file.source.is_feed]
    if not results:
        return [Keyed(file, file.sha256) for file in files]
    known = catalog.load()
    near = result_file.beside(results)
    found = []
    for file in files:
        if file.source.is_feed:
            found.append(Keyed(file, file.sha256))
            continue
        beside = near[file.path]
        parts = [file.sha256, file.name, file.source.format, beside.fingerprint]
        parts.append(known.fingerprint)
        config = known.folder / (beside.sidecar.merged().model_config or "")
        if config.is_file():
            parts.append(sha256_of(config))
        key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        found.append(Keyed(file, key, beside))
    return found


def folder_name(keys_of_files: Sequence[str]) -> str:
    """Return the name of the folder of files with these keys; that of one file is its key."""
    if len(keys_of_files) == 1:
        return keys_of_files[0]
    return hashlib.sha256("\0".join(sorted(keys_of_files)).encode()).hexdigest()


def stage(file: RawFile, settings: Settings) -> Path:
    """Return the folder with a file's staged Parquet; stage it if it is missing or outdated.

    Raises RoofhouseError if the file is not a feed.
    """
    return stage_all(keyed([file]), settings)


def stage_all(files: Sequence[Keyed], settings: Settings) -> Path:
    """Return the folder with the staged Parquet of files.

    Raises RoofhouseError if one of them cannot be read, MovedError if one has changed.
    """
    folder = settings.staging / folder_name([one.key for one in files])
    if is_staged(folder, settings):
        return folder
    work = unfinished(folder)
    work.mkdir(parents=True)
    try:
        known = catalog.load() if any(one.near is not None for one in files) else None
        gathered = gather(files, work, settings.limits, known)
        try:
            _run_or_refuse(gathered, work, settings)
        except duckdb.OutOfMemoryException:
            raise RoofhouseError(
                f"{files[0].file.path}: takes more memory than memory_limit "
                f"({settings.memory_limit}) allows; raise it, or lower max_case_bytes"
            ) from None
        place(work / "out", folder, settings)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def staged_members(settings: Settings) -> dict[str, Path]:
    """Return the folder of every file that is staged by this code, by staging key."""
    found: dict[str, Path] = {}
    for folder in sorted(settings.staging.glob("[0-9a-f]*")):
        if is_staged(folder, settings):
            for key in json.loads(folder.joinpath(_SUMMARY).read_bytes())["members"]:
                found.setdefault(key, folder)
    return found


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


def _run_or_refuse(gathered: Gathered, work: Path, settings: Settings) -> None:
    """Stage the lines; if some are nested too deeply for DuckDB, stage again without them."""
    try:
        _run(gathered, work, settings)
    except duckdb.Error as error:
        if "recursion depth" not in str(error):
            raise
        refuse_deep(gathered.lines, work)
        _run(gathered, work, settings)


def _run(gathered: Gathered, work: Path, settings: Settings) -> None:
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
        job = Job(Warehouse(con), gathered.lines, gathered.members, work / "out")
        read.read(job)
        validate.validate(job)
        reconcile.reconcile(job)
        write.write(job, version(settings))
    finally:
        con.close()
