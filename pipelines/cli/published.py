"""`roofhouse status` and `roofhouse verify`: what is published, and if it is intact."""

from __future__ import annotations

from typing import Any

import typer

from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError


def status(data: Data = None) -> None:
    """Show what is published, from which sources, and if every file is intact."""
    settings = settings_of(data)
    from rich.console import Console

    from pipelines.cli.output import line
    from pipelines.metadata import licences
    from pipelines.publish import atomic, manifest

    atomic.wait(settings)
    found = manifest.check(settings)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"build      {found.manifest['build_id']}", markup=False)
    left_out = licences.left_out(found.manifest)
    for source in found.manifest.get("sources", ()):
        if source not in left_out:
            console.print(_source(source), markup=False)
    for source in left_out:
        console.print(f"left out   {source['id']}: {line(source['problem'])}", markup=False)
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
    if left_out:
        names = ", ".join(source["id"] for source in left_out)
        raise RoofhouseError(f"left out: {names}; mend what is said above, then `roofhouse build`")


def _source(source: dict[str, Any]) -> str:
    """A source in one line: mode, files, current cases, newest time, licence."""
    from pipelines.cli.output import line
    from pipelines.metadata import licences

    files, cases = source["files"], source["cases"]
    return "source     " + "  ".join(
        [
            source["id"],
            source["mode"],
            f"{files:,} {'file' if files == 1 else 'files'}",
            f"{cases:,} {'case' if cases == 1 else 'cases'}",
            source["newest_at"] or "no time",
            line(licences.words(source)),
        ]
    )


def verify(data: Data = None) -> None:
    """Recompute the published checksums, and build the star from data/raw once more to compare."""
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
    from pipelines.report.wording import many

    published = manifest.read(settings)
    typer.echo(
        f"verified   build {published['build_id']}: {len(published['files'])} files, "
        f"{many(len(published['snapshots']), 'snapshot')}, "
        f"{many(len(published['sources']), 'source')}"
    )
    for source in published["sources"]:
        if source["problem"]:
            typer.echo(f"left out   {source['id']}: {shown(source['problem'])}")
