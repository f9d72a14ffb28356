"""The staging of one snapshot, as every step is handed it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import Lines
from pipelines.sql import quote
from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class Job:
    """A snapshot, a database to stage it in, and the folder that receives its Parquet."""

    db: Warehouse
    file: RawFile
    lines: Lines
    out: Path

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        """Store a data frame as a table."""
        self.db.con.register("incoming", frame)
        self.db.execute(f"create table {name} as select * from incoming")
        self.db.con.unregister("incoming")

    def copy(self, name: str, select: str) -> None:
        """Write a SELECT to a Parquet file of the staged folder."""
        self.db.execute(
            f"copy ({select}) to {quote(self.out / f'{name}.parquet')} "
            "(format parquet, compression zstd)"
        )
