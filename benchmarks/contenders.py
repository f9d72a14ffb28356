"""Alternatives that a user would pick: each loads NDJSON into a DuckDB file, with default settings
unless its docstring says otherwise.

    .venv-bench/bin/python benchmarks/contenders.py NAME FILE.ndjson OUT.duckdb

Every loader leaves its cases in a table `cases`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb


def floor(source: Path, target: Path) -> None:
    """DuckDB parses the same bytes in full and keeps all of it, as nested columns."""
    with duckdb.connect(str(target)) as con:
        con.execute(
            "create table cases as "
            f"select * from read_json('{source}', format = 'newline_delimited')"
        )


def parsed(source: Path, target: Path) -> None:
    """DuckDB parses the same bytes in full and keeps one hash of all columns for each case."""
    with duckdb.connect(str(target)) as con:
        con.execute(
            "create table cases as select hash(parsed) as parsed "
            f"from read_json('{source}', format = 'newline_delimited') as parsed"
        )


def with_dlt(source: Path, target: Path, file_format: str | None = None) -> None:
    """dlt's own reader of JSON lines; nested lists become tables of their own."""
    import dlt  # type: ignore[import-not-found]
    from dlt.sources.filesystem import (  # type: ignore[import-not-found]
        filesystem,
        read_jsonl,
    )

    files = filesystem(bucket_url=source.parent.as_uri(), file_glob=source.name)
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(target.parent / "dlt"),
        destination=dlt.destinations.duckdb(str(target)),
        dataset_name="raw",
    )
    pipeline.run((files | read_jsonl()).with_name("cases"), loader_file_format=file_format)


def with_dlt_in_parts(source: Path, target: Path) -> None:
    """dlt's default format in files of 1,000 rows, two loaded at once: else memory ends it."""
    os.environ["DATA_WRITER__FILE_MAX_ITEMS"] = "1000"
    os.environ["LOAD__WORKERS"] = "2"
    with_dlt(source, target)


def with_dlt_parquet(source: Path, target: Path) -> None:
    """dlt with Parquet between its steps, where its default for DuckDB is INSERT statements."""
    with_dlt(source, target, "parquet")


def with_pandas(source: Path, target: Path) -> None:
    """json.loads, pandas.json_normalize, and DuckDB reading the data frame."""
    import pandas  # type: ignore[import-untyped]

    with source.open(encoding="utf-8") as file:
        cases = pandas.json_normalize([json.loads(line) for line in file])
    with duckdb.connect(str(target)) as con:
        con.register("frame", cases)
        con.execute("create table cases as select * from frame")


def with_json(source: Path, target: Path) -> None:
    """json.loads, objects flattened to columns, lists kept as JSON, and executemany."""
    with source.open(encoding="utf-8") as file:
        rows = [dict(_leaves(json.loads(line))) for line in file]
    kinds: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            kind = _KINDS[type(value)]
            if kinds.get(name, "varchar") == "varchar":
                kinds[name] = kind
    definition = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    with duckdb.connect(str(target)) as con:
        con.execute(f"create table cases ({definition})")
        con.begin()
        con.executemany(
            f"insert into cases values ({', '.join('?' * len(kinds))})",
            [[row.get(name) for name in kinds] for row in rows],
        )
        con.commit()


#: A column that was only null so far is text until a value says otherwise.
_KINDS = {bool: "boolean", int: "double", float: "double", str: "varchar", type(None): "varchar"}


def _leaves(value: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, json.dumps(inner) if isinstance(inner, list) else inner


CONTENDERS: dict[str, Callable[[Path, Path], None]] = {
    "floor": floor,
    "parsed": parsed,
    "dlt": with_dlt,
    "dlt-parts": with_dlt_in_parts,
    "dlt-parquet": with_dlt_parquet,
    "pandas": with_pandas,
    "json": with_json,
}

if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    CONTENDERS[name](Path(source), Path(target))
