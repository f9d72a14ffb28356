"""The build database, opened under the build lock, and the published one, opened for reading."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import filelock

from pipelines.errors import RoofhouseError
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect, raw_connect
from pipelines.warehouse.disk import disk_error, disk_errors
from pipelines.warehouse.quoting import quote
from pipelines.warehouse.tables import LAYOUT, Layout, Warehouse


@contextmanager
def lock(settings: Settings, wait_s: float | None = None) -> Iterator[None]:
    """Hold the build lock; the operating system frees it when its holder dies.

    Raises RoofhouseError naming the holder if the lock is not free in time.
    """
    path = settings.build / "lock"
    holder = settings.build / "lock.holder.json"
    held = filelock.FileLock(path)
    try:
        with disk_errors(settings.data):
            settings.build.mkdir(parents=True, exist_ok=True)
            held.acquire(timeout=settings.lock_timeout_s if wait_s is None else wait_s)
    except filelock.Timeout:
        raise RoofhouseError(
            f"another build holds {path} ({_holder(holder)}); wait for it or end it"
        ) from None
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot lock: {error.strerror}") from None
    try:
        with suppress(OSError):  # on a full disk the lock holds, but its holder is not named
            holder.write_text(json.dumps({"pid": os.getpid()}))
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        held.release()


def is_locked(settings: Settings) -> bool:
    """Return True if a build is running.

    Raises RoofhouseError if the lock cannot be opened.
    """
    path = settings.build / "lock"
    try:
        with filelock.FileLock(path).acquire(timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be opened: {error.strerror}") from None


def _holder(path: Path) -> str:
    try:
        return f"process {json.loads(path.read_text())['pid']}"
    except (OSError, ValueError, KeyError):
        return "an unknown process"


@contextmanager
def building(settings: Settings, layout: Layout) -> Iterator[Warehouse]:
    """Open the build database for writing, under the build lock."""
    with lock(settings), disk_errors(settings.data):
        warehouse = _open_build(settings, layout)
        try:
            yield warehouse
        finally:
            with suppress(duckdb.Error):  # if closing fails, nothing is lost: it can be rebuilt
                warehouse.con.close()


def _open_build(settings: Settings, layout: Layout) -> Warehouse:
    """Open the build database. If it is damaged or of another version, start from an empty one."""
    try:
        warehouse = _open(settings, layout)
        noted = warehouse.noted().get(LAYOUT)
        if noted is not None and noted.state == layout.version:
            return warehouse
        warehouse.con.close()
    except duckdb.Error as error:
        if not _is_damaged(error):
            raise RoofhouseError(
                f"{settings.build_db}: cannot be opened: {str(error).splitlines()[0]}"
            ) from None
    _remove(settings)
    return _open(settings, layout)


def start_over(warehouse: Warehouse, settings: Settings, layout: Layout) -> None:
    """Replace the open build database with an empty file.

    Replacing tables one by one leaves empty blocks in the file.
    """
    warehouse.con.close()
    _remove(settings)
    warehouse.con = _open_build(settings, layout).con


def _remove(settings: Settings) -> None:
    for path in (settings.build_db.with_name("warehouse.duckdb.wal"), settings.build_db):
        path.unlink(missing_ok=True)


def _open(settings: Settings, layout: Layout) -> Warehouse:
    con = raw_connect(
        settings.build_db,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        temp=settings.build / "tmp",
    )
    try:
        warehouse = Warehouse(con)
        warehouse.execute(f"set file_search_path = {quote(settings.data)}")
        # Each checkpoint rewrites tables and leaves holes in the file that will be published.
        warehouse.execute("set checkpoint_threshold = '256MB'")
        warehouse.prepare(layout)
    except BaseException:
        with suppress(duckdb.Error):
            con.close()
        raise
    return warehouse


def _is_damaged(error: duckdb.Error) -> bool:
    """Return True if the content of a database is broken, not its lock, the disk or memory."""
    if isinstance(error, duckdb.OutOfMemoryException | duckdb.PermissionException):
        return False
    words = ("lock on file", "Cannot open file", "Could not open file", "Could not create")
    return disk_error(error) is None and not any(word in str(error) for word in words)


@contextmanager
def published(
    settings: Settings, *, files: bool = True, memory_limit: str | None = None
) -> Iterator[Warehouse]:
    """Open the published database for reading; without `files`, SQL cannot read anything else.

    With a `memory_limit`, a query that needs more fails and does not spill to disk.

    Raises RoofhouseError if nothing is published.
    """
    if not settings.published_db.is_file():
        raise RoofhouseError(
            f"{settings.published_db}: nothing is published yet; run `roofhouse build`"
        )
    con = connect(settings.published_db, read_only=True)
    try:
        if memory_limit:
            con.execute(f"set memory_limit = {quote(memory_limit)}")
            con.execute("set temp_directory = ''")
        if not files:
            # In this order: after the last statement, nobody can undo these.
            con.execute("set python_enable_replacements = false")
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
        yield Warehouse(con)
    finally:
        con.close()
