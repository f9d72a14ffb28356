"""A staging job: the files, the database and the output, passed from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.ingest.split import Lines
from pipelines.ingest.staging.gather import Member
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

#: DuckDB reads with two buffers of this size per thread, or larger ones for longer lines.
_SCAN_BYTES = 1 << 22
#: DuckDB works on 2,048 rows at a time, and takes some twenty times their bytes. Lines up to this
#: size fit into any memory limit. Longer ones are typed in parts of 2,048 times this size.
LONG_BYTES = 1 << 14
_PART_BYTES = 1 << 23


@dataclass(frozen=True)
class Part:
    """A run of lines that are typed together: first and last position (exclusive), and its file."""

    first: int
    end: int
    path: Path
    is_all: bool


@dataclass(frozen=True)
class Job:
    """The lines of some raw files, a database to stage them in, and the folder for the Parquet."""

    db: Warehouse
    lines: Lines
    members: Sequence[Member]
    out: Path
    _filled: set[str] = field(default_factory=set)

    def parts(self) -> Iterator[Part]:
        """Yield the lines in parts, each in a file of its own; one part if few lines are long."""
        starts = self.lines.starts
        # There are no lines if all records of a result file are out of scope.
        ends = [*starts[1:], self.lines.path.stat().st_size][: len(starts)]
        cuts = [0]
        long_bytes = 0
        for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
            size = end - start
            if size > LONG_BYTES:
                if long_bytes and long_bytes + size > _PART_BYTES:
                    cuts.append(position)
                    long_bytes = 0
                long_bytes += size
        if len(cuts) == 1:
            yield Part(0, len(starts), self.lines.path, True)
            return
        path = self.out.with_name("part.ndjson")
        for first, end in zip(cuts, [*cuts[1:], len(starts)], strict=True):
            with path.open("wb") as file:
                file.writelines(line + b"\n" for line in self.lines.at(range(first, end)))
            yield Part(first, end, path, False)

    def show_members(self) -> None:
        """Create `member`, a row per file, and of several `seq_member`: the file of each line."""
        rows = [(at, one.key, one.first, one.end) for at, one in enumerate(self.members)]
        schema = {"member": pl.Int64, "file_key": pl.String, "first": pl.Int64, "end_": pl.Int64}
        self.keep("member", pl.DataFrame(rows, schema=schema, orient="row"))
        if len(self.members) > 1:
            self.db.execute(
                "create table seq_member as "
                "select unnest(range(first, end_)) as seq, member from member order by seq"
            )

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        """Store a data frame as a table, replacing that of the previous part."""
        self.db.con.register("incoming", frame)
        self.db.execute(f"create or replace table {name} as select * from incoming")
        self.db.con.unregister("incoming")

    def fill(self, name: str, select: str) -> None:
        """Add the rows of a SELECT to a table; the first call creates it."""
        verb = f"insert into {name}" if name in self._filled else f"create table {name} as"
        self.db.execute(f"{verb} {select}")
        self._filled.add(name)

    def copy(self, name: str, select: str) -> None:
        """Write a SELECT to a Parquet file of the staged folder."""
        self.db.execute(
            f"copy ({select}) to {quote(self.out / f'{name}.parquet')} "
            "(format parquet, compression zstd)"
        )

    def show_lines(self, name: str, path: Path) -> None:
        """Create a view of a file of lines, with the one column `doc`."""
        self.db.execute(
            f"""
            create or replace view {name} as
            select coalesce(json, 'null') as doc
            from read_json(
                {quote(path)}, format = 'newline_delimited', records = 'false',
                columns = {{json: 'JSON'}}, compression = 'none',
                maximum_object_size = {max(_SCAN_BYTES, self.lines.longest + 1024)}
            )
            """
        )

    def pick(self, name: str, positions: Sequence[int]) -> None:
        """Create a view of the lines at these ascending positions: `seq` and `doc`."""
        path = self.out.with_name(f"{name}.ndjson")
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in self.lines.at(positions))
        self.show_lines(f"{name}_doc", path)
        self.keep(f"{name}_seq", pl.DataFrame({"seq": positions}, schema={"seq": pl.Int64}))
        self.db.execute(
            f"create or replace view {name} as from {name}_seq positional join {name}_doc"
        )
