"""`roofhouse status` and `roofhouse verify`: what is published, and whether it is whole."""

from __future__ import annotations

import typer

from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError


def status(data: Data = None) -> None:
    """Tell what is published, from which snapshots, and whether it is whole."""
    settings = settings_of(data)
    from rich.console import Console

    from pipelines.publish import atomic, manifest

    atomic.wait(settings)
    found = manifest.check(settings)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"build      {found.manifest['build_id']}", markup=False)
    for snapshot in found.manifest["snapshots"]:
        console.print(
            f"snapshot   {snapshot['generated_at']}  {snapshot['cases']:,} cases  "
            f"{snapshot['file']}  sha256 {snapshot['sha256'][:16]}",
            markup=False,
        )
    for entry in found.manifest["files"]:
        rows = "" if entry["rows"] is None else f"{entry['rows']:,} rows  "
        state = found.broken.get(entry["file"], "whole")
        console.print(
            f"file       {manifest.place(settings, entry['file'])}  {rows}{state}", markup=False
        )
    if atomic.is_pending(settings):
        raise RoofhouseError(
            f"the publication of build {atomic.pending_build(settings)} was interrupted; "
            "the next `roofhouse build` completes it"
        )
    if found.broken:
        raise RoofhouseError("the published set is not whole; run `roofhouse build`")
    console.print("whole      yes")


def verify(data: Data = None) -> None:
    """Recompute the published checksums and counts, and count data/raw once more."""
    settings = settings_of(data)
    from pipelines.cli.output import shown
    from pipelines.publish import manifest, verify

    differences = verify.verify(settings)
    for difference in differences:
        typer.echo(difference)
    if differences:
        raise RoofhouseError(
            f"differences: {len(differences)}; `roofhouse build --full` rebuilds from data/raw"
        )
    published = manifest.read(settings)
    typer.echo(
        f"verified   build {published['build_id']}: {len(published['files'])} files, "
        f"{len(published['snapshots'])} snapshots, {len(published['sources'])} sources"
    )
    for source in published["sources"]:
        if source["problem"]:
            typer.echo(f"left out   {source['id']}: {shown(source['problem'])}")
