"""DuckDB: the only place that connects, and the lock that keeps builds apart."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import filelock
import polars as pl

from pipelines.contracts import Contract, columns, contracts
from pipelines.errors import RoofhouseError
from pipelines.schema import comments, ddl, full_name
from pipelines.settings import Settings
from pipelines.sql import SCHEMAS, macros

#: Rows that are held in memory at once where a table is read into Python.
BATCH_ROWS = 100_000

#: What a disk may refuse, in words, and what to do.
_REFUSALS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "a file would be larger than this process may write; raise the limit",
    errno.EROFS: "the folder is read-only; make it writable",
    errno.EACCES: "no permission to write there; change it",
}


def disk_error(error: BaseException, folder: Path | None = None) -> RoofhouseError | None:
    """What a user is told where the disk refused to write; None for any other error.

    DuckDB and Polars hand on the system's words. Without `folder`, the file is named.
    """
    text = str(error)
    for code, words in _REFUSALS.items():
        if os.strerror(code) in text:
            file = re.search(r"[\"'](/[^\"']+)[\"']", text)
            where = folder or (file.group(1) if file else "the data folder")
            return RoofhouseError(f"{where}: {words}, then run `roofhouse build` again")
    return None


@contextmanager
def disk_errors(folder: Path | None = None) -> Iterator[None]:
    """Turn a full or read-only disk into a RoofhouseError that names the folder."""
    try:
        yield
    except Exception as error:
        told = disk_error(error, folder)
        if told is None:
            raise
        raise told from None


def durable(path: Path) -> None:
    """Have the system write a file or folder to the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def connect(
    path: Path | str = ":memory:",
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int = 0,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that downloads no extension.

    Raises RoofhouseError where the file is missing, locked or not a database.
    """
    try:
        return _connect(
            path, read_only=read_only, memory_limit=memory_limit, threads=threads, temp=temp
        )
    except duckdb.Error as error:
        raise RoofhouseError(f"{path}: cannot be opened: {str(error).splitlines()[0]}") from None


def _connect(
    path: Path | str,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int = 0,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    if threads:
        config["threads"] = threads
    if temp:
        config["temp_directory"] = str(temp)
    return duckdb.connect(str(path), read_only=read_only, config=config)


class Warehouse:
    """An open DuckDB file and what the pipeline does with it."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement for its effect."""
        self.con.execute(sql, list(parameters)).fetchall()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query: for results known to be small."""
        return self.con.execute(sql, list(parameters)).fetchall()

    def frame(self, sql: str) -> pl.DataFrame:
        """A small query result as a data frame."""
        found: pl.DataFrame = self.con.sql(sql).pl()
        return found

    def frames(self, sql: str, batch_rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
        """A query result as data frames of at most `batch_rows` rows; at least one."""
        reader = self.con.sql(sql).to_arrow_reader(batch_rows)
        empty = True
        for batch in reader:
            if batch.num_rows or empty:
                empty = False
                yield pl.DataFrame(pl.from_arrow(batch))
        if empty:
            yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))

    def prepare(self) -> None:
        """Schemas and macros, so that any single table can be built."""
        for schema in SCHEMAS.values():
            self.execute(f"create schema if not exists {schema}")
        self.execute("create schema if not exists staging")
        self.execute(
            "create table if not exists staging.state (name varchar primary key, state varchar)"
        )
        # A macro binds when it is made: what it reads must exist, if only empty.
        self.execute(ddl(contracts()["assumption"], "create table if not exists"))
        self.con.execute(macros())

    def create(self, contract: type[Contract], select: str) -> int:
        """Fill a contract's table from a SELECT, in one transaction; returns its rows.

        Raises RoofhouseError where the SELECT fails, or lacks or adds a column.
        """
        name = full_name(contract)
        try:
            self.execute("begin transaction")
            self.execute(ddl(contract))
            found = [row[0] for row in self.rows(f"describe {select}")]
            expected = [column.name for column in columns(contract)]
            if set(found) != set(expected):
                raise RoofhouseError(
                    f"{name}: the SELECT and the contract differ: "
                    f"missing {sorted(set(expected) - set(found))}, "
                    f"unknown {sorted(set(found) - set(expected))}"
                )
            self.execute(f"insert into {name} by name {select}")
            self.con.execute(comments(contract))
            self.execute("commit")
        except Exception as error:
            with suppress(duckdb.Error):  # after a full disk there is nothing to roll back
                self.con.execute("rollback")
            if told := disk_error(error):
                raise told from None
            if isinstance(error, duckdb.CatalogException) and "does not exist" in str(error):
                raise RoofhouseError(
                    f"{name}: {str(error).splitlines()[0].removeprefix('Catalog Error: ')} "
                    "Materialize what stands upstream first, or run the job build_warehouse."
                ) from None
            if isinstance(error, duckdb.Error):
                raise RoofhouseError(f"{name}: {str(error).strip()}") from None
            raise
        return int(self.rows(f"select count(*) from {name}")[0][0])

    def create_from_frame(self, contract: type[Contract], frame: pl.DataFrame) -> int:
        """Fill a contract's table from a data frame."""
        self.con.register("incoming", frame)
        try:
            return self.create(contract, "select * from incoming")
        finally:
            self.con.unregister("incoming")

    def replace_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Make a working table, one without a contract, from a data frame."""
        self.con.register("incoming", frame)
        try:
            self.execute(f"create or replace table {name} as select * from incoming")
        finally:
            self.con.unregister("incoming")

    def need(self, table: str, asset: str) -> None:
        """Raise RoofhouseError where a table is not there yet."""
        if table not in self.tables():
            raise RoofhouseError(
                f"{table} is not there yet: materialize {asset} first, "
                "or run the job build_warehouse"
            )

    def tables(self) -> set[str]:
        """The tables that exist, as schema.name."""
        return {
            f"{schema}.{name}"
            for schema, name in self.rows(
                "select table_schema, table_name from information_schema.tables"
            )
        }


@contextmanager
def lock(settings: Settings, wait_s: float | None = None) -> Iterator[None]:
    """Hold the build lock; the operating system frees it when its holder dies.

    Raises RoofhouseError naming the holder where it is not free in time.
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
        with suppress(OSError):  # a full disk: the lock holds, nobody learns by whom
            holder.write_text(json.dumps({"pid": os.getpid()}))
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        held.release()


def is_locked(settings: Settings) -> bool:
    """Whether a build is running."""
    try:
        with lock(settings, wait_s=0):
            return False
    except RoofhouseError:
        return True


def _holder(path: Path) -> str:
    try:
        return f"process {json.loads(path.read_text())['pid']}"
    except (OSError, ValueError, KeyError):
        return "a process that does not say its number"


@contextmanager
def building(settings: Settings) -> Iterator[Warehouse]:
    """The build database, opened for writing under the build lock."""
    with lock(settings), disk_errors(settings.data):
        warehouse = _open_build(settings)
        try:
            yield warehouse
        finally:
            with suppress(duckdb.Error):  # it cannot be written any more; nothing is lost
                warehouse.con.close()


def _open_build(settings: Settings) -> Warehouse:
    """The build database; one that is damaged is deleted and begun anew, as it is rebuildable."""
    try:
        return _open(settings)
    except duckdb.Error as error:
        if not _is_damaged(error):
            raise RoofhouseError(
                f"{settings.build_db}: cannot be opened: {str(error).splitlines()[0]}"
            ) from None
    for path in (settings.build_db, settings.build_db.with_name("warehouse.duckdb.wal")):
        path.unlink(missing_ok=True)
    return _open(settings)


def _open(settings: Settings) -> Warehouse:
    con = _connect(
        settings.build_db,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        temp=settings.build / "tmp",
    )
    try:
        warehouse = Warehouse(con)
        warehouse.prepare()
    except BaseException:
        with suppress(duckdb.Error):
            con.close()
        raise
    return warehouse


def _is_damaged(error: duckdb.Error) -> bool:
    """Whether a database cannot be read for what is in it: not for a lock, the disk or memory."""
    if isinstance(error, duckdb.OutOfMemoryException | duckdb.PermissionException):
        return False
    words = ("lock on file", "Cannot open file", "Could not open file", "Could not create")
    return disk_error(error) is None and not any(word in str(error) for word in words)


@contextmanager
def published(settings: Settings) -> Iterator[Warehouse]:
    """The published database, opened for reading."""
    if not settings.published_db.is_file():
        raise RoofhouseError(
            f"{settings.published_db}: nothing is published yet; run `roofhouse build`"
        )
    con = connect(settings.published_db, read_only=True)
    try:
        yield Warehouse(con)
    finally:
        con.close()
