"""`roofhouse status`, `verify` and `open`: what is published, and whether it is intact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import health
from pipelines.cli.health import Said
from pipelines.cli.options import Answer, Data, Quiet, settings_of
from pipelines.errors import RoofhouseError

if TYPE_CHECKING:
    from pipelines.settings import Settings


def status(data: Data = None, quiet: Quiet = False, format: Answer = Said.text) -> None:
    """Say whether the published data can be trusted: when and from what it was built, and problems.

    Exits with code 1 if something requires action.
    """
    settings = settings_of(data)
    found = _look(settings)
    if format is Said.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for label, told, needs in _lines(found):
            if needs or not quiet:
                print(f"{label:<10} {told}")
    if found["needs"]:
        raise RoofhouseError("; ".join(found["needs"]))


def _look(settings: Settings) -> dict[str, Any]:
    """Return everything that `status` prints; `needs` lists the actions that are required."""
    from dataclasses import asdict

    from pipelines.metadata import licences
    from pipelines.orchestration import look
    from pipelines.publish import manifest

    status = look.published(settings)
    published = status.manifest
    last = look.last(settings)
    run = last.record if last else None
    told, has_failed = (
        health.run_in_words(last.record, last.is_running)
        if last
        else ("is not recorded in data/build", False)
    )
    left_out = licences.left_out(published)
    held = health.held(published)
    not_built = [] if "warehouse.duckdb" in status.broken else health.not_built(settings, published)
    needs = []
    if status.interrupted_build:
        needs.append(
            f"the publication of build {status.interrupted_build} was interrupted; "
            "the next `roofhouse build` completes it"
        )
    elif status.broken:
        needs.append("the published set is not whole; run `roofhouse build`")
    if has_failed:
        needs.append("the last run failed; fix what it names, then `roofhouse build`")
    if left_out:
        names = ", ".join(source["id"] for source in left_out)
        needs.append(f"left out: {names}; fix what is listed above, then `roofhouse build`")
    if held:
        needs.append(f"held back: {', '.join(one['source'] for one in held)}")
    if not_built:
        needs.append("not built from what is in data/raw; run `roofhouse build`")
    return {
        "build_id": published["build_id"],
        "published_at": published.get("published_at"),
        "last_run": {"told": told, **({} if run is None else asdict(run))},
        "sources": published.get("sources", []),
        "newest_snapshots": _newest(published),
        "left_out": [{"source": one["id"], "problem": one["problem"]} for one in left_out],
        "held": held,
        "passed_over": [one for one in published.get("held", ()) if not one["is_waiting"]],
        "not_built": not_built,
        "changes": published.get("changes", []),
        "counts": published.get("counts", {}),
        "checks": [] if run is None else [asdict(one) for one in run.checks],
        "broken": {str(manifest.place(settings, name)): why for name, why in status.broken.items()},
        "is_interrupted": status.interrupted_build is not None,
        "needs": needs,
    }


def _newest(published: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the newest snapshot of each source; a manifest lists them in order of time."""
    return list({one.get("source"): one for one in published["snapshots"]}.values())


def _lines(found: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield each line as label, text, and True if it needs attention."""
    from pipelines.cli.output import line
    from pipelines.orchestration.last_run import Failed

    at = found["published_at"]
    when = f"{at} ({health.age(at)})  " if at else ""
    yield "published", f"{when}build {found['build_id']}", False
    yield "last run", found["last_run"]["told"], any("last run" in one for one in found["needs"])
    for source in found["sources"]:
        if not source["problem"]:
            yield "source", _source(source), False
    for one in found["newest_snapshots"]:
        told = f"{one['generated_at']}  {one['cases']:,} cases  {line(one['file'])}"
        yield "snapshot", f"{told}  sha256 {one['sha256'][:16]}", False
    for told in health.changes(found) or ["none with this build"]:
        yield "change", told, False
    counts = found["counts"]
    if counts:
        yield "rejects", f"{counts['rejects']:,} in quality.reject", False
        yield "drift", f"{counts.get('drift', 0):,} new in the newest files", False
    for one in found["passed_over"]:
        words = f"{one['source']}: {one['file']}: {one['reason']}; a later one is published"
        yield "passed", line(words), False
    for one in found["checks"]:
        for told in health.warnings([Failed(**one)]):
            label, _, words = told.partition(" ")
            yield label, words.strip(), True
    for one in found["held"]:
        yield "held back", health.held_in_words(one), True
    for one in found["left_out"]:
        yield "left out", f"{one['source']}: {line(one['problem'])}", True
    for told in found["not_built"]:
        yield "not built", told, True
    for path, why in found["broken"].items():
        yield "file", f"{path}  {why}", True
    if not found["broken"] and not found["is_interrupted"]:
        yield "whole", "yes", False


def _source(source: dict[str, Any]) -> str:
    """A source in one line: mode, files, current cases, newest time and its age, licence."""
    from pipelines.cli.output import line
    from pipelines.metadata import licences

    files, cases, at = source["files"], source["cases"], source["newest_at"]
    return "  ".join(
        [
            source["id"],
            source["mode"],
            f"{files:,} {'file' if files == 1 else 'files'}",
            f"{cases:,} {'case' if cases == 1 else 'cases'}",
            f"{at} ({health.age(at)})" if at else "no time",
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
    for one in published.get("held", ()):
        if not one["is_waiting"]:
            typer.echo(f"passed     {one['source']}: {shown(one['file'])}: {shown(one['reason'])}")
    for one in health.held(published):
        typer.echo(f"held back  {health.held_in_words(one)}")
    typer.echo(
        f"verified   build {published['build_id']}: {len(published['files'])} files, "
        f"{many(len(published['snapshots']), 'snapshot')}, "
        f"{many(len(published['sources']), 'source')}"
    )
    for source in published["sources"]:
        if source["problem"]:
            typer.echo(f"left out   {source['id']}: {shown(source['problem'])}")


def open_report(
    data: Data = None,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the path, and open nothing.")
    ] = False,
) -> None:
    """Open the published report in the browser, and print its path."""
    settings = settings_of(data)
    from pipelines import report
    from pipelines.publish import atomic

    atomic.wait(settings)
    path = settings.marts / report.NAME
    if not path.is_file():
        raise RoofhouseError(f"{path}: nothing is published yet; run `roofhouse build`")
    typer.echo(path)
    if only_print:
        return
    import webbrowser

    if not webbrowser.open(path.as_uri()):
        raise RoofhouseError(
            f"{path}: no browser to open it with; set BROWSER, or open the file where there is one"
        )
