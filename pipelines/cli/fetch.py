"""`roofhouse fetch`: the sources that have an address into data/raw."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pipelines.cli import completion
from pipelines.cli.options import Data, settings_of


def fetch(
    source: Annotated[
        str,
        typer.Argument(
            help="Id of a source (default: every source that has a url).",
            autocompletion=completion.sources,
        ),
    ] = "",
    data: Data = None,
) -> None:
    """Pull sources into their folders of data/raw; a file is written only if its content is new."""
    settings = settings_of(data)
    from pipelines.ingest import fetch
    from pipelines.settings import need_data

    need_data(settings)

    if source:
        typer.echo(fetch.fetch(settings, source).message)
        return
    failed = False
    for one in fetch.fetch_all(settings):
        if isinstance(one, fetch.Failed):
            failed = True
            sys.stderr.write(f"roofhouse: {one.message}\n")
        else:
            typer.echo(one.message)
    if failed:
        raise typer.Exit(1)
