"""The published DuckDB file: every table of the build database, with comments and macros."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from pipelines.contracts import contracts, table_of
from pipelines.contracts.render import ddl, full_name
from pipelines.metadata import macros
from pipelines.metadata.provenance import comments
from pipelines.transform import sql_files
from pipelines.warehouse import STORAGE_VERSION, Warehouse
from pipelines.warehouse.quoting import quote

#: Share of empty blocks in the build database above which the tables are copied one by one, which
#: takes ten times as long as copying the file. Replaced tables leave empty blocks. DuckDB fills
#: them again, so a file that is built every day has about as many as its largest table.
MAX_EMPTY_SHARE = 0.25


def write(warehouse: Warehouse, path: Path) -> None:
    """Copy the build database to a new file, without the schema `staging`."""
    warehouse.execute("checkpoint")
    build, file = warehouse.rows(
        "select database_name, path from duckdb_databases() "
        "where database_name = current_database()"
    )[0]
    total, empty = warehouse.rows(
        "select total_blocks, free_blocks from pragma_database_size() "
        "where database_name = current_database()"
    )[0]
    is_dense = empty <= MAX_EMPTY_SHARE * total
    if is_dense:
        # Closing a copy's handle frees DuckDB's own lock on the file; the build lock stays.
        shutil.copyfile(file, path)
    warehouse.execute(f"attach {quote(path)} as fresh (storage_version {quote(STORAGE_VERSION)})")
    try:
        warehouse.execute("use fresh")
        warehouse.execute("begin transaction")
        if is_dense:
            warehouse.execute("drop schema staging cascade")
        else:
            _copy_tables(warehouse, build)
        for name in contracts():
            warehouse.con.execute(comments(name))
        _drop_former_macros(warehouse)
        warehouse.con.execute(sql_files.questions())
        warehouse.con.execute(macros.comments())
        warehouse.execute("commit")
    finally:
        with suppress(duckdb.Error):  # if all went well, there is nothing to roll back
            warehouse.execute("rollback")
        warehouse.execute(f"use {build}")
        warehouse.execute("detach fresh")


def _drop_former_macros(warehouse: Warehouse) -> None:
    """Drop macros that the build database still has but the project no longer does."""
    known = {one.name for one in macros.macros()}
    found = warehouse.rows(
        "select distinct function_name, function_type from duckdb_functions() "
        "where database_name = current_database() and not internal "
        "and function_type in ('macro', 'table_macro')"
    )
    for name, kind in found:
        if name not in known:
            table = "table " if kind == "table_macro" else ""
            warehouse.execute(f'drop macro {table}"{name}"')


def _copy_tables(warehouse: Warehouse, build: str) -> None:
    """Fill the new file table by table, which leaves no empty blocks."""
    for schema in sql_files.SCHEMAS:
        warehouse.execute(f"create schema if not exists {schema}")
    for contract in contracts().values():
        warehouse.execute(ddl(contract, "create table"))
        name = full_name(contract)
        warehouse.execute(f"insert into {name} select * from {build}.{name}")
    warehouse.con.execute(sql_files.macros())


def marts() -> list[str]:
    """Return the tables that are also published as Parquet."""
    return [name for name, contract in contracts().items() if table_of(contract).schema == "marts"]
