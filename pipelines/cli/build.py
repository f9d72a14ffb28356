"""`roofhouse build`: the job build_warehouse in this process, with its progress."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import completion, health
from pipelines.cli.health import Said
from pipelines.cli.options import LEFT_OUT, Answer, Data, Quiet, settings_of
from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    from pipelines.orchestration.last_run import Failed
    from pipelines.orchestration.runner import Outcome
    from pipelines.settings import Settings

#: Maximum number of unread files of data/raw that the end of a build lists.
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
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="SOURCE",
            help="Publish the newest snapshot of this source even if it is held back, and record "
            "that it was accepted (can be repeated).",
            autocompletion=completion.sources,
        ),
    ] = None,
    quiet: Quiet = False,
    format: Answer = Said.text,
) -> None:
    """Build the warehouse from data/raw and publish it.

    Exits with code 3 if a source is left out because it cannot be read, or is published with an
    older snapshot because its newest one is held back.
    """
    settings = settings_of(data, ray=ray, shared=shared)
    from pipelines.settings import need_raw

    need_raw(settings)
    if accept:
        _refuse_unknown(settings, accept)
    if full:
        from pipelines.publish import verify

        verify.clear(settings)
    from pipelines.publish import atomic, manifest

    before = manifest.bytes_of(settings)
    outcome = _run(settings, accept or [], is_shown=not quiet and format is Said.text)
    checks = _checks(settings, outcome.run_id)
    if outcome.failure is not None:
        for told in health.warnings(one for one in checks if one.message != outcome.failure):
            sys.stderr.write(f"{told}\n")
        what = (
            "The next build publishes this one"
            if atomic.is_pending(settings)
            else "Nothing was published"
            if manifest.bytes_of(settings) == before
            else "It was published before"
        )
        raise RoofhouseError(f"{outcome.failure.rstrip('. ')}. {what}.")
    published = manifest.read(settings)
    if manifest.bytes_of(settings) == before:
        published["changes"] = []  # the manifest has those of an earlier build
    code = _code(published)
    if format is Said.json:
        print(json.dumps(_answer(published, checks, code), ensure_ascii=False, indent=1))
    else:
        if not quiet:
            _summary(settings, published)
        _unused(settings)
        _needs_a_look(published, checks)
    if code:
        raise typer.Exit(code)


def _refuse_unknown(settings: Settings, accept: list[str]) -> None:
    """Refuse an unknown source: with a misspelled id, nothing would be accepted."""
    from pipelines.ingest.sources import discover

    known = [folder.source.id for folder in discover(settings.raw)]
    for source_id in accept:
        if source_id not in known:
            raise typer.BadParameter(
                f"no source {source_id!r}; there are {', '.join(known) or 'none'}",
                param_hint="--accept",
            )


def _run(settings: Settings, accept: list[str], is_shown: bool) -> Outcome:
    """Run the job, with its progress on stderr if it `is_shown`."""
    from pipelines.orchestration import runner

    if not is_shown:
        return runner.build(settings, accept=accept)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

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

        return runner.build(settings, show, accept)


def _checks(settings: Settings, run_id: str) -> list[Failed]:
    """Return the checks that failed in this run."""
    from pipelines.orchestration import last_run

    run = last_run.read(settings)
    return run.checks if run is not None and run.run_id == run_id else []


def _code(published: dict[str, Any]) -> int:
    from pipelines.metadata import licences

    return LEFT_OUT if licences.left_out(published) or health.held(published) else 0


def _answer(published: dict[str, Any], checks: list[Failed], code: int) -> dict[str, Any]:
    """Return the output of `--format json`."""
    from pipelines.metadata import licences

    return {
        **{name: published[name] for name in ("build_id", "published_at", "counts", "changes")},
        "left_out": [
            {"source": one["id"], "problem": one["problem"]} for one in licences.left_out(published)
        ],
        "held": health.held(published),
        "checks": [asdict(one) for one in checks],
        "exit_code": code,
    }


def _unused(settings: Settings) -> None:
    """Say which files of data/raw are not read, and why."""
    from pipelines.cli.output import line
    from pipelines.ingest import unused

    sys.stdout.flush()
    for told in unused.told(settings.raw, _UNUSED_LINES):
        sys.stderr.write(f"not read   {line(told)}\n")


def _needs_a_look(published: dict[str, Any], checks: list[Failed]) -> None:
    """Print to stderr the checks that fail, and what is not published and why."""
    from pipelines.cli.output import line
    from pipelines.metadata import licences

    sys.stdout.flush()
    for told in health.warnings(checks):
        sys.stderr.write(f"{told}\n")
    for one in health.held(published):
        sys.stderr.write(f"held back  {health.held_in_words(one)}\n")
    for source in licences.left_out(published):
        sys.stderr.write(f"left out   {line(source['id'])}: {line(source['problem'])}\n")


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
    for told in health.changes(published) or ["none since the last build"]:
        print(f"change     {told}")
