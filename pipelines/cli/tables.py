"""`roofhouse tables`: what is in the published warehouse."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import completion
from pipelines.cli.health import Said
from pipelines.cli.options import Answer, Data, settings_of
from pipelines.cli.output import line, whole_output

if TYPE_CHECKING:
    from pipelines.metadata.published_tables import PublishedColumn, PublishedTable


def tables(
    name: Annotated[
        str,
        typer.Argument(
            help="A table, to list its columns (default: all tables).",
            autocompletion=completion.tables,
        ),
    ] = "",
    data: Data = None,
    format: Answer = Said.text,
) -> None:
    """List the published tables, or the columns of one, with what they mean."""
    settings = settings_of(data)
    from pipelines.metadata import published_tables
    from pipelines.warehouse import published

    with published(settings, files=False) as warehouse:
        if name:
            table = published_tables.table(warehouse, name)
            columns = published_tables.columns_of(warehouse, table)
            document = asdict(table) | {"columns": [asdict(one) for one in columns]}
            lines = _columns(table, columns)
        else:
            found = published_tables.tables(warehouse)
            document = {"tables": [asdict(one) for one in found]}
            lines = _tables(found)
    with whole_output():
        if format is Said.json:
            lines = iter([json.dumps(document, ensure_ascii=False, indent=1)])
        sys.stdout.writelines(f"{one}\n" for one in lines)


def _tables(found: Iterable[PublishedTable]) -> Iterator[str]:
    return _laid_out([[f"{t.schema}.{t.table}", f"{t.rows:>9,}", t.meaning] for t in found])


def _columns(table: PublishedTable, columns: Iterable[PublishedColumn]) -> Iterator[str]:
    rows = "1 row" if table.rows == 1 else f"{table.rows:,} rows"
    yield f"{table.schema}.{table.table}  {rows}  {line(table.meaning)}"
    yield ""
    yield from _laid_out([[c.column, c.type, c.unit or "", _words(c)] for c in columns])


def _words(column: PublishedColumn) -> str:
    null = f" (NULL: {column.null_means})" if column.null_means else ""
    formula = f" = {column.formula}" if column.formula else ""
    return f"{column.meaning}{formula}{null}"


def _laid_out(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows with aligned columns; the last column is not padded."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for *cells, last in rows:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False)]
        yield "  ".join([*padded, line(last)])
