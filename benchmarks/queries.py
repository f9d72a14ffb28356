"""The README's queries over the published file against the same over the Parquet marts.

    python benchmarks/queries.py [DATA]

A query over tables that no mart holds, and one that calls a table macro (`what_if`,
`explain_metric`, `similar_cases`, `as_of`), has no equivalent over Parquet and is named only.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import duckdb

from benchmarks import measure
from benchmarks.measure import ROOT, Spread
from pipelines.publish import database
from pipelines.transform import macros
from pipelines.warehouse import Warehouse, connect
from pipelines.warehouse.quoting import quote

#: Tables beside the marts whose rows a mart holds, for the columns that the README reads.
HELD_BY = {"quality.finding": "mart_case_findings"}
LIMIT = 1.5
REPEATS = 9


def readme() -> list[tuple[str, str]]:
    """The queries of the README and of docs/queries.md, each with the question above it."""
    found = []
    for page in (ROOT / "README.md", ROOT / "docs" / "queries.md"):
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(r"```sql\n(.*?)```", text, flags=re.S):
            above = re.findall(r"^(?:#+ )?(.+\?)$", text[: match.start()], flags=re.M)
            found.append((above[-1] if above else page.name, match[1]))
    return found


def over_parquet(marts: Path) -> duckdb.DuckDBPyConnection:
    """A database of views on the Parquet files."""
    con = connect()
    views = {f"marts.{name}": name for name in database.marts()} | HELD_BY
    for schema in sorted({view.partition(".")[0] for view in views}):
        con.execute(f"create schema {schema}")
    for view, name in views.items():
        con.execute(f"create view {view} as from {quote(marts / f'{name}.parquet')}")
    return con


def has_mart(query: str) -> bool:
    """True if everything that a query reads is a mart, or contained in one."""
    held = {f"marts.{name}" for name in database.marts()} | HELD_BY.keys()
    read = set(macros.tables_read(query))
    return bool(read) and read <= held


def section(data: Path) -> str:
    """The measured section, as Markdown."""
    told = measure.conditions()
    rows, skipped, middles = [], [], []
    with (
        connect(data / "warehouse.duckdb", read_only=True) as published,
        over_parquet(data / "marts") as marts,
    ):
        (cases,) = published.sql("select case_count from quality.build").fetchall()[0]
        for question, query in readme():
            if not has_mart(query):
                skipped.append(question)
                continue
            own, other = zip(
                *((seconds(published, query), seconds(marts, query)) for _ in range(REPEATS + 1)),
                strict=True,
            )
            ratio = Spread.of(a / b for a, b in zip(own[1:], other[1:], strict=True))
            middles.append(ratio.median)
            times = (Spread.of(1000 * one for one in found[1:]) for found in (own, other))
            rows.append((question, *times, ratio))
    return "\n\n".join(
        (
            f"{cases:,} cases; one connection each, {REPEATS} times in turn after a first. {told}.",
            measure.table(("question", "DuckDB file, ms", "Parquet marts, ms", "ratio"), rows),
            "Without an equivalent over the marts, and so not compared: " + " ".join(skipped),
            measure.verdict("the highest of these ratios", max(middles), None, LIMIT),
        )
    )


def seconds(con: duckdb.DuckDBPyConnection, query: str) -> float:
    """The time that a query takes, its rows handed over as a data frame included."""
    started = time.perf_counter()
    Warehouse(con).frame(query)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(section(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data"))
