"""In which order, and in groups of how many rows, the marts are best kept: tried, not guessed.

    python benchmarks/layout.py [DATA]

The README's queries, one case by its id and the cases of one accelerator, over copies of
the published tables that differ in nothing else.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import measure, queries
from benchmarks.measure import ROOT
from pipelines.transform import macros
from pipelines.warehouse import STORAGE_VERSION, connect
from pipelines.warehouse.quoting import quote

#: The tables that are laid out, and by what.
Order = Mapping[str, str]
BY_CASE: Order = {"marts.mart_case_metrics": "case_id", "quality.finding": "case_id, rule_id"}
BY_HARDWARE: Order = {**BY_CASE, "marts.mart_case_metrics": "hardware_id, model_id, case_id"}
BY_VERDICT: Order = {
    "marts.mart_case_metrics": "error_count, case_id",
    "quality.finding": "severity, case_id, rule_id",
}
#: DuckDB's own number of rows in a group, for both kinds of file.
GROUP = 122_880


@dataclass(frozen=True)
class Layout:
    """A way to keep the tables; `rows` is that of a group."""

    label: str
    is_parquet: bool
    order: Order
    rows: int = GROUP


LAYOUTS = (
    Layout("DuckDB, by case (published)", False, BY_CASE),
    Layout("DuckDB, by accelerator, model, case", False, BY_HARDWARE),
    Layout("DuckDB, by verdict, case", False, BY_VERDICT),
    Layout("DuckDB, by case, groups of 20,480", False, BY_CASE, 20_480),
    Layout("DuckDB, by case, groups of 491,520", False, BY_CASE, 491_520),
    Layout("Parquet, by case (published)", True, BY_CASE),
    Layout("Parquet, by accelerator, model, case", True, BY_HARDWARE),
    Layout("Parquet, by verdict, case", True, BY_VERDICT),
    Layout("Parquet, by case, groups of 20,480", True, BY_CASE, 20_480),
    Layout("Parquet, by case, groups of 491,520", True, BY_CASE, 491_520),
)


def section(data: Path, layouts: tuple[Layout, ...] = LAYOUTS) -> str:
    """The measured section, as Markdown. Each kind of file is held against its first layout."""
    told = measure.conditions()
    rows: list[tuple[object, ...]] = []
    first: dict[bool, list[float]] = {}
    with opened(data) as published:
        (cases,) = published.sql("select case_count from quality.build").fetchall()[0]
        asked = _questions(published)
        for layout in layouts:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name) / "laid"
                with laid(published, layout, folder) as con:
                    found = [sum(_middle(con, text) for text in texts) for texts in asked]
                size_mb = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
            against = first.setdefault(layout.is_parquet, found)
            ratios = (measure.digits(a / b) for a, b in zip(found, against, strict=True))
            rows.append((layout.label, f"{size_mb:,.0f}", *ratios))
    header = ("layout", "MB", "README's queries", "one case", "one accelerator's cases")
    return "\n\n".join(
        (
            f"{cases:,} cases; times over those of the published layout, medians of "
            f"{queries.REPEATS}. {told}.",
            measure.table(header, rows),
        )
    )


def _questions(published: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """The queries, one list for each column of the table."""
    ((case, hardware),) = published.sql(
        "select case_id, hardware_id from marts.mart_case_metrics "
        "order by md5(case_id) limit 1"  # any, but always the same
    ).fetchall()
    readme = [
        text for _, text in queries.readme() if set(macros.tables_read(text)) <= BY_CASE.keys()
    ]
    return [
        [text for text in readme if macros.tables_read(text)],
        [f"from {table} where case_id = {quote(case)}" for table in BY_CASE],
        [
            "select case_id, decode_tok_s, decode_roofline_efficiency "
            f"from marts.mart_case_metrics where hardware_id = {quote(hardware)}"
        ],
    ]


def _middle(con: duckdb.DuckDBPyConnection, text: str) -> float:
    return median([queries.seconds(con, text) for _ in range(queries.REPEATS + 1)][1:])


@contextmanager
def opened(data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file beside databases that can be written."""
    with connect() as con:
        con.execute(f"attach {quote(data / 'warehouse.duckdb')} as published (read_only)")
        con.execute("use published")
        yield con


@contextmanager
def laid(
    published: duckdb.DuckDBPyConnection, layout: Layout, folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables in a layout, written to a new folder and opened."""
    folder.mkdir()
    file = folder / "laid.duckdb"
    if not layout.is_parquet:
        published.execute(
            f"attach {quote(file)} as laid (storage_version {quote(STORAGE_VERSION)}, "
            f"row_group_size {layout.rows})"
        )
    for table, order in layout.order.items():
        schema, _, name = table.partition(".")
        if layout.is_parquet:
            published.execute(
                f"copy (from {table} order by {order}) to {quote(folder / name)} "
                f"(format parquet, compression zstd, row_group_size {layout.rows})"
            )
        else:
            published.execute(f"create schema if not exists laid.{schema}")
            published.execute(f"create table laid.{table} as from {table} order by {order}")
    if not layout.is_parquet:
        published.execute("detach laid")
    with connect(":memory:" if layout.is_parquet else file, read_only=not layout.is_parquet) as con:
        for table in layout.order if layout.is_parquet else ():
            schema, _, name = table.partition(".")
            con.execute(f"create schema if not exists {schema}")
            con.execute(f"create view {table} as from read_parquet({quote(folder / name)})")
        yield con


if __name__ == "__main__":
    print(section(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data"))
