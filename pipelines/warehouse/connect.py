"""Connections to DuckDB. Nothing else in the project calls `duckdb.connect`."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.errors import RoofhouseError

#: Clients from this version on can open the published database.
STORAGE_VERSION = "v1.2.0"


def connect(
    path: Path | str = ":memory:",
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int = 0,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection that downloads no extension.

    Raises RoofhouseError if the file is missing, locked or not a database.
    """
    try:
        return raw_connect(
            path, read_only=read_only, memory_limit=memory_limit, threads=threads, temp=temp
        )
    except duckdb.Error as error:
        raise RoofhouseError(f"{path}: cannot be opened: {str(error).splitlines()[0]}") from None


def raw_connect(
    path: Path | str,
    *,
    read_only: bool = False,
    memory_limit: str | None = None,
    threads: int = 0,
    temp: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a connection like `connect`, but raise DuckDB's own errors."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "storage_compatibility_version": STORAGE_VERSION,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    if threads:
        config["threads"] = threads
    if temp:
        config["temp_directory"] = str(temp)
    return duckdb.connect(str(path), read_only=read_only, config=config)
