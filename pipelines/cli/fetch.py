"""`roofhouse fetch`: download the feed into data/raw."""

from __future__ import annotations

import typer

from pipelines.cli.options import Data, settings_of


def fetch(data: Data = None) -> None:
    """Download the feed into data/raw, if it has changed."""
    settings = settings_of(data)
    from pipelines.ingest.fetch import fetch as pull

    typer.echo(pull(settings).message)
