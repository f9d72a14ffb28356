"""Rows for a terminal, a file or another program."""

from __future__ import annotations

import enum
import sys
from typing import Any

from pipelines.errors import RoofhouseError

#: More rows than anybody reads; laying out a million takes minutes.
TABLE_ROWS = 1000


class Format(enum.StrEnum):
    """Output format of `query`."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def show(frame: Any, format: Format) -> None:
    """Print rows in a format.

    If the reader of a pipe has gone, printing stops quietly. Raises RoofhouseError for any other
    output that cannot be written.
    """
    try:
        _print(frame, format)
        sys.stdout.flush()
    except BrokenPipeError:  # as with `| head`
        sys.exit(1)
    except OSError as error:
        raise RoofhouseError(f"the output is not whole: {error.strerror}") from None


def _print(frame: Any, format: Format) -> None:
    if format is Format.csv:
        flat = frame.select(_text_of_lists(frame))
        sys.stdout.write(flat.write_csv())
    elif format is Format.json:
        import json

        json.dump(frame.to_dicts(), sys.stdout, ensure_ascii=False, default=str, indent=1)
        sys.stdout.write("\n")
    elif format is Format.parquet:
        if sys.stdout.isatty():
            raise RoofhouseError("Parquet is not text: send it to a file with >")
        import io

        written = io.BytesIO()  # Polars says in its own way that a disk is full
        frame.write_parquet(written)
        sys.stdout.buffer.write(written.getbuffer())
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


def _text_of_lists(frame: Any) -> list[Any]:
    import polars as pl

    return [
        pl.col(name).list.join("; ") if dtype == pl.List(pl.String) else pl.col(name)
        for name, dtype in frame.schema.items()
    ]


def line(text: str) -> str:
    """Return a text in one line that cannot give orders to the terminal."""
    return " ".join(shown(text).split())


def shown(value: object) -> str:
    """Return a value as text that cannot give orders to the terminal."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    # Text of the feed must not give orders to the terminal.
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(value))
