"""`roofhouse build`: the job build_warehouse in this process, with its progress."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import LEFT_OUT, Data, settings_of
from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    from pipelines.settings import Settings

#: Files of data/raw that are not read, of which the end of a build tells.
_UNUSED_LINES = 20


def build(
    data: Data = None,
    full: Annotated[
        bool, typer.Option("--full", help="Delete data/build first and rebuild everything.")
    ] = False,
    ray: Annotated[
        str,
        typer.Option(
            "--ray", metavar="HOST:PORT", help="Stage on this Ray cluster (default: ROOFHOUSE_RAY)."
        ),
    ] = "",
    shared: Annotated[
        str,
        typer.Option(
            "--shared",
            metavar="URL",
            help="Storage that its nodes share, if they cannot all read the data folder "
            "(default: ROOFHOUSE_SHARED).",
        ),
    ] = "",
) -> None:
    """Build the warehouse from data/raw and publish it.

    Exits with code 3 if it is published without a source that cannot be read.
    """
    settings = settings_of(data, ray=ray, shared=shared)
    from pipelines.settings import need_raw

    need_raw(settings)
    if full:
        from pipelines.publish import verify

        verify.clear(settings)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from pipelines.orchestration import runner
    from pipelines.publish import atomic, manifest

    # Dagster redirects the process's own stderr into a run's log; a copy stays the terminal's.
    console = Console(file=os.fdopen(os.dup(2), "w"))
    with Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None)

        def show(step: str, what: str, number: int | None) -> None:
            if what == "steps":
                bar.update(task, total=number)
            elif what == "start":
                bar.update(task, description=step)
            elif what == "rows" and number is not None:
                bar.console.print(f"{step:<28} {number:>12,} rows", highlight=False)
            elif what == "end":
                bar.advance(task)

        before = manifest.bytes_of(settings)
        outcome = runner.build(settings, show)
    if outcome.failure is not None:
        what = (
            "The next build publishes this one"
            if atomic.is_pending(settings)
            else "Nothing was published"
            if manifest.bytes_of(settings) == before
            else "It was published before"
        )
        raise RoofhouseError(f"{outcome.failure.rstrip('. ')}. {what}.")
    published = manifest.read(settings)
    _summary(settings, published)
    _unused(settings)
    if _left_out(published):
        raise typer.Exit(LEFT_OUT)


def _unused(settings: Settings) -> None:
    """Say which files of data/raw are not read, and why."""
    from pipelines.cli.output import line
    from pipelines.ingest import unused

    sys.stdout.flush()
    for told in unused.told(settings.raw, _UNUSED_LINES):
        sys.stderr.write(f"not read   {line(told)}\n")


def _left_out(published: dict[str, Any]) -> bool:
    """Say which sources are left out of what is published; True if one is."""
    from pipelines.cli.output import line
    from pipelines.metadata import licences

    sys.stdout.flush()
    found = licences.left_out(published)
    for source in found:
        sys.stderr.write(f"left out   {line(source['id'])}: {line(source['problem'])}\n")
    return bool(found)


def _summary(settings: Settings, published: dict[str, Any]) -> None:
    counts = published["counts"]
    findings = counts["findings"]
    rows = {
        "cases": f"{counts['cases']:,}",
        "rejects": f"{counts['rejects']:,}",
        "findings": ", ".join(
            f"{findings.get(name, 0):,} {name}" for name in ("error", "warn", "info")
        ),
        "warehouse": settings.published_db,
        "marts": settings.marts,
        "build": published["build_id"],
    }
    # A path is never broken at the width of the terminal, so that it can be copied.
    for name, value in rows.items():
        print(f"{name:<10} {value}")
