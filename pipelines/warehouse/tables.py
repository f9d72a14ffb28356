"""An open DuckDB file and what the pipeline does with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import duckdb
import polars as pl

from pipelines.contracts import Contract, columns, contracts, table_name, table_of
from pipelines.errors import RoofhouseError
from pipelines.schema import ddl, full_name
from pipelines.sql import SCHEMAS, macros, quote
from pipelines.warehouse.connect import STORAGE_VERSION
from pipelines.warehouse.disk import disk_error

#: A table of more rows is written to the file at once, and the blocks of the one that it
#: replaces are free for the next.
CHECKPOINT_ROWS = 100_000

#: Cases that a table is made of at once, where it is made case by case.
PART_CASES = 100_000

#: Rows that are held in memory at once where a table is read into Python.
BATCH_ROWS = 50_000


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
        if not self.noted():
            self.note(*kind())
        # A macro binds when it is made: what it reads must exist, if only empty.
        self.execute(ddl(contracts()["assumption"], "create table if not exists"))
        self.con.execute(macros())

    def create(self, contract: type[Contract], select: str, state: str = "") -> int:
        """Fill a contract's table from a SELECT, in one transaction; returns its rows.

        `state` is noted with it: what it was made of, so that it need not be made again.

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
            for part in self._parts(contract, select):
                self.execute(f"insert into {name} by name {part}")
            self.note(table_name(contract), state)
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
        rows = self.count(contract)
        if rows > CHECKPOINT_ROWS:
            self.execute("checkpoint")
        return rows

    def _parts(self, contract: type[Contract], select: str) -> list[str]:
        """A SELECT as several, one after the other, where it may have more than PART_CASES cases.

        DuckDB hands a range of case ids on to every table that is joined on the very column
        that the SELECT gives as its case id, so that no join holds more than that.
        """
        if not table_of(contract).by_case:
            return [select]
        cuts = self.rows(
            "select case_id from (select case_id, row_number() over (order by case_id) as position "
            f"from main.fact_case) where position % {PART_CASES} = 0 order by case_id"
        )
        after = ["true", *(f"case_id > {quote(cut)}" for (cut,) in cuts)]
        until = [*(f"case_id <= {quote(cut)}" for (cut,) in cuts), "true"]
        return [
            f"from ({select}) where {low} and {high}"
            for low, high in zip(after, until, strict=True)
        ]

    def create_from_frame(
        self, contract: type[Contract], frame: pl.DataFrame, state: str = ""
    ) -> int:
        """Fill a contract's table from a data frame."""
        self.con.register("incoming", frame)
        try:
            return self.create(contract, "select * from incoming", state)
        finally:
            self.con.unregister("incoming")

    def count(self, contract: type[Contract]) -> int:
        """The rows of a contract's table."""
        return int(self.rows(f"select count(*) from {full_name(contract)}")[0][0])

    def note(self, name: str, state: str) -> None:
        """Note what a table was made of."""
        self.execute("insert or replace into staging.state values (?, ?)", [name, state])

    def noted(self) -> dict[str, str]:
        """What every table was made of, as noted."""
        return dict(self.rows("select name, state from staging.state"))

    def replace_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Make a working table, one without a contract, from a data frame."""
        self.con.register("incoming", frame)
        try:
            self.execute(f"create or replace table {name} as select * from incoming")
        finally:
            self.con.unregister("incoming")

    def need(self, table: str, asset: str) -> None:
        """Raise RoofhouseError where a table is not there yet."""
        try:
            self.execute(f"from {table} limit 0")
        except duckdb.CatalogException:
            raise RoofhouseError(
                f"{table} is not there yet: materialize {asset} first, "
                "or run the job build_warehouse"
            ) from None


def kind() -> tuple[str, str]:
    """What all tables of a build database depend on: DuckDB, the macros, which tables there are."""
    tables = map(full_name, contracts().values())
    made_with = (duckdb.__version__, STORAGE_VERSION, macros(), *tables)
    return "(all tables)", hashlib.sha256("\0".join(made_with).encode()).hexdigest()[:16]
