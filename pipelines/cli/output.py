"""Rows for a terminal, a file or another program."""

from __future__ import annotations

import enum
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from pipelines.ask.rows import plain
from pipelines.errors import RoofhouseError

#: More rows than anybody reads; laying out a million takes minutes.
TABLE_ROWS = 1000


class Format(enum.StrEnum):
    """Output format of `query`."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"
    markdown = "markdown"
    vertical = "vertical"


def show(frame: Any, format: Format) -> None:
    """Print rows in a format. Raises RoofhouseError for output that cannot be written."""
    with whole_output():
        _print(frame, format)


@contextmanager
def whole_output() -> Iterator[None]:
    """Print and flush what the block writes.

    If the reader of a pipe has gone, printing stops quietly. Raises RoofhouseError for any other
    output that cannot be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:  # as with `| head`
        sys.exit(1)
    except OSError as error:
        raise RoofhouseError(f"the output is incomplete: {error.strerror}") from None


def _print(frame: Any, format: Format) -> None:
    if format is Format.csv:
        sys.stdout.write(_flat(frame).write_csv())
    elif format is Format.json:
        import json

        json.dump(plain(frame.to_dicts()), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    elif format is Format.parquet:
        if sys.stdout.isatty():
            raise RoofhouseError("Parquet is not text: send it to a file with >")
        import io

        written = io.BytesIO()  # Polars says in its own way that a disk is full
        frame.write_parquet(written)
        sys.stdout.buffer.write(written.getbuffer())
    elif format is Format.markdown:
        _print_markdown(frame)
    elif format is Format.vertical:
        _print_vertical(frame)
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for name, dtype in frame.schema.items():
            table.add_column(name, justify="right" if dtype.is_numeric() else "left")
        for row in frame.head(TABLE_ROWS).iter_rows():
            table.add_row(*(Text(shown(value)) for value in row))
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 200
        console.print(table)
        if len(frame) > TABLE_ROWS:
            console.print(
                f"the first {TABLE_ROWS:,} of {len(frame):,} rows; other formats have all"
            )


def _print_markdown(frame: Any) -> None:
    """Print a Markdown table, with numbers aligned to the right."""
    sides = ["---:" if dtype.is_numeric() else "---" for dtype in frame.schema.values()]
    rows = ([shown(value) for value in row] for row in frame.iter_rows())
    for row in itertools.chain([frame.columns, sides], rows):
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        sys.stdout.write(f"| {' | '.join(cells)} |\n")


def _print_vertical(frame: Any) -> None:
    """Print a line for each value, under the number of its row; NULL is empty."""
    width = max((len(name) for name in frame.columns), default=0)
    for number, row in enumerate(frame.iter_rows(), start=1):
        sys.stdout.write(f"row {number:,}\n")
        for name, value in zip(frame.columns, row, strict=True):
            text = shown(value).replace("\n", "\n" + " " * (width + 4))
            sys.stdout.write(f"  {name:<{width}}  {text}".rstrip() + "\n")


def _flat(frame: Any) -> Any:
    """Return rows without nested values: lists of texts are joined, others become JSON."""
    import json

    import polars as pl

    def text(value: Any) -> str | None:
        return None if value is None else json.dumps(plain(value), ensure_ascii=False)

    nested = [
        pl.Series(name, [text(value) for value in frame[name].to_list()], pl.String)
        for name, dtype in frame.schema.items()
        if dtype.is_nested() and dtype != pl.List(pl.String)
    ]
    lists = [
        pl.col(name).list.join("; ")
        for name, dtype in frame.schema.items()
        if dtype == pl.List(pl.String)
    ]
    return frame.with_columns(*nested, *lists)


def line(text: str) -> str:
    """Return a text in one line that cannot give orders to the terminal."""
    return " ".join(shown(text).split())


def shown(value: object) -> str:
    """Return a value as text that cannot give orders to the terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    # Text of the feed must not give orders to the terminal.
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(value))
