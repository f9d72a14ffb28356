"""An open DuckDB file: queries, filled tables, and notes of what they were built from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import polars as pl

from pipelines.contracts import Contract, columns, table_name, table_of
from pipelines.contracts.render import ddl, full_name
from pipelines.errors import RoofhouseError
from pipelines.warehouse.connect import STORAGE_VERSION
from pipelines.warehouse.disk import disk_error
from pipelines.warehouse.quoting import quote

#: After a table with more rows, a checkpoint frees the blocks of the table that it replaced.
CHECKPOINT_ROWS = 100_000

#: The number of cases per statement that fills a table, if its contract is `by_case`.
PART_CASES = 100_000

#: Rows in memory at once when a table is read into Python.
BATCH_ROWS = 50_000


class Note(NamedTuple):
    """Hashes recorded for a table when it is built; see transform/fingerprint."""

    state: str
    """The build that the table belongs to."""
    made_of: str = ""
    """The rows and the code that it was built from."""
    content: str = ""
    """Its rows; empty if they are not tracked."""


#: Name of the note that holds the version of the layout.
LAYOUT = "(layout)"


@dataclass(frozen=True)
class Layout:
    """A build database before its first table: schemas, macros, and empty tables they read."""

    schemas: tuple[str, ...]
    empty_tables: tuple[str, ...]
    macros: str
    tables: tuple[str, ...]
    """The tables that it will hold. If they change, the database starts over."""

    @property
    def version(self) -> str:
        """A hash of the layout, of DuckDB's version and of the storage format."""
        parts = (
            duckdb.__version__,
            STORAGE_VERSION,
            _NOTES,
            _QUARANTINE,
            *self.schemas,
            *sorted(self.tables),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class _Former(NamedTuple):
    """A table that may be replaced: its temporary name and the note of its content."""

    table: str
    content: str


class Warehouse:
    """An open DuckDB file, the build database or the published one."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement for its effect."""
        self.con.execute(sql, list(parameters)).fetchall()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query whose result is known to be small."""
        return self.con.execute(sql, list(parameters)).fetchall()

    def frame(self, sql: str) -> pl.DataFrame:
        """Return a small query result as a data frame."""
        found: pl.DataFrame = self.con.sql(sql).pl()
        return found

    def frames(self, sql: str, batch_rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
        """Yield a query result as data frames of at most `batch_rows` rows; at least one frame."""
        reader = self.con.sql(sql).to_arrow_reader(batch_rows)
        empty = True
        for batch in reader:
            if batch.num_rows or empty:
                empty = False
                yield pl.DataFrame(pl.from_arrow(batch))
        if empty:
            yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))

    def prepare(self, layout: Layout) -> None:
        """Create schemas and macros, so that any single table can be built."""
        for schema in (*layout.schemas, "staging"):
            self.execute(f"create schema if not exists {schema}")
        self.execute(f"create table if not exists staging.state {_NOTES}")
        self.execute(f"create table if not exists staging.quarantine {_QUARANTINE}")
        if not self.noted():
            self.note(LAYOUT, Note(layout.version))
        for statement in layout.empty_tables:
            self.execute(statement)
        self.con.execute(layout.macros)

    def create(self, contract: type[Contract], select: str, note: Note) -> int:
        """Fill a contract's table from a SELECT in one transaction, and return its row count.

        If the table already holds the same rows, it stays, and so does the note of its content;
        the rest of `note` is recorded either way.

        Raises RoofhouseError if the SELECT fails, or lacks or adds a column.
        """
        name = full_name(contract)
        try:
            self.execute("begin transaction")
            former = self._set_aside(contract)
            self._fill(contract, select)
            if former is not None and self._is_same(name, former.table):
                self.execute("rollback")
                self.note(table_name(contract), note._replace(content=former.content))
            else:
                if former is not None:
                    self.execute(f"drop table {former.table}")
                self.note(table_name(contract), note)
                self.execute("commit")
        except Exception as error:
            with suppress(duckdb.Error):  # after a full disk there is nothing to roll back
                self.con.execute("rollback")
            if told := disk_error(error):
                raise told from None
            if isinstance(error, duckdb.CatalogException) and "does not exist" in str(error):
                raise RoofhouseError(
                    f"{name}: {str(error).splitlines()[0].removeprefix('Catalog Error: ')} "
                    "Materialize the tables that it reads first, or run the job build_warehouse."
                ) from None
            if isinstance(error, duckdb.Error):
                raise RoofhouseError(f"{name}: {str(error).strip()}") from None
            raise
        rows = self.count(contract)
        if rows > CHECKPOINT_ROWS:
            self.execute("checkpoint")
        return rows

    def _set_aside(self, contract: type[Contract]) -> _Former | None:
        """Rename the table that is to be replaced, if its content is noted."""
        noted = self.noted().get(table_name(contract))
        if noted is None or not noted.content:
            return None
        self.execute(f"alter table {full_name(contract)} rename to {_FORMER}")
        return _Former(f"{table_of(contract).schema}.{_FORMER}", noted.content)

    def _fill(self, contract: type[Contract], select: str) -> None:
        name = full_name(contract)
        self.execute(ddl(contract))
        found = [row[0] for row in self.rows(f"describe {select}")]
        expected = [column.name for column in columns(contract)]
        path = table_of(contract).path
        if new := [one for one in found if one not in expected]:
            raise RoofhouseError(
                f"{name}: the SELECT has {', '.join(new)}, which the contract lacks; "
                f"add it to {path}, or take it out of the SELECT"
            )
        if lacking := [one for one in expected if one not in found]:
            raise RoofhouseError(
                f"{name}: the SELECT lacks {', '.join(lacking)}, which the contract {path} has; "
                "add it to the SELECT, or take it out of the contract"
            )
        for part in self._parts(contract, select):
            self.execute(f"insert into {name} by name {part}")

    def _is_same(self, one: str, other: str) -> bool:
        """Return True if two tables hold the same rows in the same order."""
        described, other_described = (self.rows(f"describe {table}") for table in (one, other))
        if described != other_described:
            return False
        ((count, other_count),) = self.rows(
            f"select (select count(*) from {one}), (select count(*) from {other})"
        )
        if count != other_count:
            return False
        differ = " or ".join(f"one.{row[0]} is distinct from other.{row[0]}" for row in described)
        return not self.rows(
            f"select 1 from {one} as one positional join {other} as other where {differ} limit 1"
        )

    def _parts(self, contract: type[Contract], select: str) -> list[str]:
        """Split a SELECT into ranges of at most PART_CASES case ids, if it can be split.

        DuckDB applies a range of case ids to every table that is joined on the column that the
        SELECT returns as its case id, so no join holds more rows than that.
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

    def create_from_frame(self, contract: type[Contract], frame: pl.DataFrame, note: Note) -> int:
        """Fill a contract's table from a data frame."""
        self.con.register("incoming", frame)
        try:
            return self.create(contract, "select * from incoming", note)
        finally:
            self.con.unregister("incoming")

    def count(self, contract: type[Contract]) -> int:
        """Return the row count of a contract's table."""
        return int(self.rows(f"select count(*) from {full_name(contract)}")[0][0])

    def note(self, name: str, note: Note) -> None:
        """Record what a table was built from."""
        self.execute("insert or replace into staging.state values (?, ?, ?, ?)", [name, *note])

    def noted(self) -> dict[str, Note]:
        """Return the notes of all tables."""
        return {name: Note(*note) for name, *note in self.rows("from staging.state")}

    def replace_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Create a working table, which has no contract, from a data frame."""
        self.con.register("incoming", frame)
        try:
            self.execute(f"create or replace table {name} as select * from incoming")
        finally:
            self.con.unregister("incoming")

    def need(self, table: str, asset: str) -> None:
        """Raise RoofhouseError if a table does not exist yet; `asset` builds it."""
        try:
            self.execute(f"from {table} limit 0")
        except duckdb.CatalogException:
            raise RoofhouseError(
                f"{table} is not there yet: materialize {asset} first, "
                "or run the job build_warehouse"
            ) from None


_QUARANTINE = (
    "(table_name varchar, case_id varchar, revision bigint, column_name varchar, "
    "value varchar, reason varchar, raw varchar)"
)
_NOTES = "(name varchar primary key, state varchar, made_of varchar, content varchar)"
#: Name of a table while the one that may replace it is being filled.
_FORMER = "former_rows"
