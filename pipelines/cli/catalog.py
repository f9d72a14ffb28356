"""`roofhouse catalog` and `roofhouse sidecar`: names of the catalog, and what a file leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.errors import RoofhouseError

app = typer.Typer(help="Search the catalog of hardware, models, engines and quantizations.")


@app.callback()
def _only_group() -> None:
    """Make `find` a command of its own name."""


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="Part of a name or id.")],
    limit: Annotated[int, typer.Option("--limit", help="Rows to print.", min=1)] = 20,
) -> None:
    """List the entries with an id, name or alias like the text, best match first."""
    from pipelines import catalog

    matches = catalog.load().find(text, limit=limit)
    if not matches:
        raise RoofhouseError(f"the catalog has nothing like {text!r}")
    for match in matches:
        typer.echo(f"{match.kind:<10} {match.id:<28} {match.name}")


def sidecar(
    file: Annotated[Path, typer.Argument(help="A benchmark tool's result file.")],
) -> None:
    """Write a sidecar for a result file: what the file lacks, to be filled in."""
    from pipelines import catalog
    from pipelines.ingest import readers
    from pipelines.ingest import sidecar as sidecars
    from pipelines.ingest.result_file import MAX_BYTES
    from pipelines.ingest.sidecar.stub import stub
    from pipelines.ingest.snapshot import COMPRESSIONS, blocks

    path = sidecars.find(file)[1]
    if path.exists():
        raise RoofhouseError(f"{path}: is there already; edit it, or delete it first")
    compression = file.suffix if file.suffix in COMPRESSIONS else None
    try:
        content = b"".join(blocks(file, compression, MAX_BYTES))
        reading = readers.read(
            content, name=file.name, sidecar=sidecars.load(file), catalog=catalog.load()
        )
        if reading.format is None:
            raise RoofhouseError(f"{file}: {reading.rejects[0].reason}")
        path.write_text(stub(reading), encoding="utf-8")
    except OSError as error:
        raise RoofhouseError(f"{error.filename or file}: {error.strerror}") from None
    typer.echo(f"sidecar    {path}")
    if reading.lacks:
        typer.echo(f"to fill in {', '.join(dict.fromkeys(lack.key for lack in reading.lacks))}")
