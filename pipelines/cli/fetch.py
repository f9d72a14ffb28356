"""`roofhouse fetch`: the feed into data/raw."""

from __future__ import annotations

import typer

from pipelines.cli.options import Data, settings_of


def fetch(data: Data = None) -> None:
    """Pull the feed into data/raw; a new snapshot is written only if its content is new."""
    settings = settings_of(data)
    from pipelines.ingest.fetch import fetch as pull

    typer.echo(pull(settings).message)
