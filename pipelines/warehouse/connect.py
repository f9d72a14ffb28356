"""The only place that connects to DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.errors import RoofhouseError

#: Clients from this version on can open what is published.
STORAGE_VERSION = "v1.2.0"


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
    """The same; errors are DuckDB's own."""
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
