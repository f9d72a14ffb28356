"""The names that a shell completes, from the data folder of the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from pipelines.cli.options import settings_of

if TYPE_CHECKING:
    from pipelines.settings import Settings


@contextmanager
def _quietly() -> Iterator[None]:
    """Ignore errors: a shell that completes a word cannot show them."""
    with suppress(Exception):
        yield


def sources(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of sources that begin with `incomplete`."""
    with _quietly():
        from pipelines.ingest.sources import discover

        found = discover(_settings(ctx).raw)
        return [one.source.id for one in found if one.source.id.startswith(incomplete)]
    return []


def tables(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the published tables whose name begins like this, with their schema or without."""
    with _quietly():
        from pipelines.warehouse import published

        with published(_settings(ctx), files=False) as warehouse:
            found = warehouse.rows("select schema_name, table_name from duckdb_tables() order by 2")
        names = [name for _, name in found] + [f"{schema}.{name}" for schema, name in found]
        is_full = "." in incomplete
        return [n for n in names if n.startswith(incomplete) and ("." in n) == is_full]
    return []


def _settings(ctx: typer.Context) -> Settings:
    return settings_of(ctx.params.get("data"))
