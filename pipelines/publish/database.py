"""The published DuckDB file: a fresh copy of every table, with comments and macros."""

from __future__ import annotations

from pathlib import Path

from pipelines import sql
from pipelines.contracts import contracts, table_of
from pipelines.schema import comments, ddl, full_name
from pipelines.warehouse import Warehouse

#: Clients from this version on can open the file.
STORAGE_VERSION = "v1.2.0"


def write(warehouse: Warehouse, path: Path) -> None:
    """Copy every contract's table of the build database to a new file."""
    warehouse.execute(
        f"attach {sql.quote(path)} as fresh (storage_version {sql.quote(STORAGE_VERSION)})"
    )
    build = warehouse.rows("select current_database()")[0][0]
    try:
        warehouse.execute("use fresh")
        warehouse.execute("begin transaction")
        for schema in sql.SCHEMAS.values():
            warehouse.execute(f"create schema if not exists {schema}")
        for contract in contracts().values():
            warehouse.execute(ddl(contract, "create table"))
            name = full_name(contract)
            warehouse.execute(f"insert into {name} select * from {build}.{name}")
            warehouse.con.execute(comments(contract))
        warehouse.con.execute(sql.macros())
        warehouse.con.execute(sql.questions())
        warehouse.execute("commit")
    finally:
        warehouse.execute(f"use {build}")
        warehouse.execute("detach fresh")


def marts() -> list[str]:
    """The tables that are published as Parquet too."""
    return [name for name, contract in contracts().items() if table_of(contract).schema == "marts"]
