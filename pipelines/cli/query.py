"""`roofhouse query`: one SQL statement on the published warehouse."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Data, settings_of
from pipelines.cli.output import Format, show
from pipelines.errors import RoofhouseError


def query(
    sql: Annotated[str, typer.Argument(help="One SQL statement.")],
    data: Data = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = (
        Format.table
    ),
) -> None:
    """Query the published warehouse, read-only."""
    settings = settings_of(data)
    import duckdb
    import polars as pl

    from pipelines.warehouse import published

    with published(settings) as warehouse:
        try:
            frame = warehouse.frame(sql)
        except duckdb.Error as error:
            raise RoofhouseError(str(error).strip()) from None
        except (AttributeError, TypeError, pl.exceptions.PolarsError) as error:
            raise RoofhouseError(f"not a query that returns rows: {error}") from None
    show(frame, format)
