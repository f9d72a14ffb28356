"""`roofhouse query`: SQL on the published warehouse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines import interrupt
from pipelines.cli.options import Data, settings_of
from pipelines.cli.output import Format, show
from pipelines.errors import RoofhouseError


def query(
    sql: Annotated[
        str | None, typer.Argument(help="SQL, or - to read it from standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the SQL from this file instead.")
    ] = None,
    data: Data = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = (
        Format.table
    ),
    allow_files: Annotated[
        bool,
        typer.Option(
            "--allow-files",
            help="Let the SQL read and write files (copy, attach, read_csv, …).",
        ),
    ] = False,
) -> None:
    """Query the published warehouse, read-only."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("give either SQL or --file", param_hint="SQL")
    text = _text(sql, file)
    settings = settings_of(data)
    interrupt.at_the_latest(seconds=1)
    import duckdb
    import polars as pl

    from pipelines.ask import rows
    from pipelines.warehouse import published

    with published(settings, files=allow_files) as warehouse:
        try:
            frame = rows.frame(warehouse.con, text)
        except duckdb.PermissionException as error:
            hint = "" if allow_files else "; --allow-files permits files"
            raise RoofhouseError(f"{str(error).strip()}{hint}") from None
        except duckdb.Error as error:
            raise RoofhouseError(str(error).strip()) from None
        except (TypeError, pl.exceptions.PolarsError) as error:
            raise RoofhouseError(f"not a query that returns rows: {error}") from None
    show(frame, format)


def _text(sql: str | None, file: Path | None) -> str:
    """Return the SQL from the argument, from standard input, or from a file."""
    try:
        if file is not None:
            return file.read_text(encoding="utf-8-sig")
        return sys.stdin.read() if sql == "-" else str(sql)
    except OSError as error:
        raise RoofhouseError(f"{file or 'standard input'}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RoofhouseError(f"{file or 'standard input'}: byte {error.start}: not UTF-8") from None
