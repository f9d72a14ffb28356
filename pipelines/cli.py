"""The command `roofhouse`. Exit codes: 0 done, 1 the data stopped it, 2 wrong usage."""

from __future__ import annotations

import enum
import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import settings as settings_
from pipelines.errors import RoofhouseError
from pipelines.settings import Settings

app = typer.Typer(
    help="A warehouse of AI-inference benchmark cases that says which claims the hardware allows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder (default: ROOFHOUSE_DATA, else data/)."),
]


#: More rows than anybody reads; laying out a million takes minutes.
TABLE_ROWS = 1000


class Format(enum.StrEnum):
    """How `query` prints its result."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


@app.command()
def build(
    data: Data = None,
    full: Annotated[
        bool, typer.Option("--full", help="Delete data/build first: rebuild from raw alone.")
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
            help="Storage between its nodes, if they do not all see the data folder "
            "(default: ROOFHOUSE_SHARED).",
        ),
    ] = "",
) -> None:
    """Build the warehouse from data/raw and publish it."""
    settings = settings_.load(data, ray=ray, shared=shared)
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
    _summary(settings)


def _summary(settings: Settings) -> None:
    from rich.console import Console
    from rich.table import Table

    from pipelines.publish import manifest

    published = manifest.read(settings)
    counts = published["counts"]
    findings = counts["findings"]
    table = Table(show_header=False, box=None)
    table.add_row("cases", f"{counts['cases']:,}")
    table.add_row("rejects", f"{counts['rejects']:,}")
    table.add_row(
        "findings",
        ", ".join(f"{findings.get(name, 0):,} {name}" for name in ("error", "warn", "info")),
    )
    table.add_row("warehouse", str(settings.published_db))
    table.add_row("marts", str(settings.marts))
    table.add_row("build", published["build_id"])
    Console(soft_wrap=True, highlight=False).print(table)


@app.command()
def fetch(data: Data = None) -> None:
    """Pull the feed into data/raw; a new snapshot is written only if its content is new."""
    settings = settings_.load(data)
    from pipelines.ingest.fetch import fetch as pull

    typer.echo(pull(settings).message)


@app.command()
def ui(
    data: Data = None,
    port: Annotated[int, typer.Option("--port", help="Port on 127.0.0.1.", min=1, max=65535)] = (
        3000
    ),
) -> None:
    """Start Dagster with its daemon on 127.0.0.1, until Ctrl-C."""
    settings = settings_.load(data)
    import signal

    from pipelines.orchestration import webserver as dagster_ui

    signal.signal(signal.SIGTERM, dagster_ui.stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as it is after `&` in a script
        signal.signal(signal.SIGINT, dagster_ui.stop)
    report = settings.marts / "report.html"
    try:
        typer.echo("starting Dagster ...", err=True)
        with dagster_ui.running(settings, port) as process:
            shown = report.as_uri() if report.is_file() else "none yet; run `roofhouse build`"
            typer.echo(f"UI         {dagster_ui.address(port)}")
            typer.echo(f"report     {shown}")
            typer.echo(f"log        {dagster_ui.log_path(settings)}")
            typer.echo("Ctrl-C stops it.")
            process.wait()
            raise RoofhouseError(f"Dagster ended; see {dagster_ui.log_path(settings)}")
    except KeyboardInterrupt:
        typer.echo("stopped")


@app.command()
def status(data: Data = None) -> None:
    """Tell what is published, from which snapshots, and whether it is whole."""
    settings = settings_.load(data)
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


@app.command()
def verify(data: Data = None) -> None:
    """Recompute the published checksums and counts, and count data/raw once more."""
    settings = settings_.load(data)
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
        f"{len(published['snapshots'])} snapshots"
    )


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SQL statement.")],
    data: Data = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = (
        Format.table
    ),
) -> None:
    """Query the published warehouse, read-only."""
    settings = settings_.load(data)
    import duckdb
    import polars as pl

    from pipelines.warehouse import published

    with published(settings) as warehouse:
        try:
            frame = warehouse.frame(sql)
        except duckdb.Error as error:
            raise RoofhouseError(str(error).strip()) from None
        except (AttributeError, TypeError, pl.exceptions.PolarsError) as error:
            raise RoofhouseError(f"not a query that returns rows: {error}") from None
    show(frame, format)


def show(frame: Any, format: Format) -> None:
    """Print rows the way that was asked for.

    Raises RoofhouseError where the output cannot be written; a reader that is gone ends it.
    """
    try:
        _print(frame, format)
        sys.stdout.flush()
    except BrokenPipeError:  # as with `| head`
        sys.exit(1)
    except OSError as error:
        raise RoofhouseError(f"the output is not whole: {error.strerror}") from None


def _print(frame: Any, format: Format) -> None:
    if format is Format.csv:
        flat = frame.select(_text_of_lists(frame))
        sys.stdout.write(flat.write_csv())
    elif format is Format.json:
        import json

        json.dump(frame.to_dicts(), sys.stdout, ensure_ascii=False, default=str, indent=1)
        sys.stdout.write("\n")
    elif format is Format.parquet:
        if sys.stdout.isatty():
            raise RoofhouseError("Parquet is not text: send it to a file with >")
        import io

        written = io.BytesIO()  # Polars says in its own way that a disk is full
        frame.write_parquet(written)
        sys.stdout.buffer.write(written.getbuffer())
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for name, dtype in frame.schema.items():
            table.add_column(name, justify="right" if dtype.is_numeric() else "left")
        for row in frame.head(TABLE_ROWS).iter_rows():
            table.add_row(*(Text(_shown(value)) for value in row))
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 200
        console.print(table)
        if len(frame) > TABLE_ROWS:
            shown = f"the first {TABLE_ROWS:,} of {len(frame):,} rows"
            console.print(f"{shown}; other formats have all")


def _text_of_lists(frame: Any) -> list[Any]:
    import polars as pl

    return [
        pl.col(name).list.join("; ") if dtype == pl.List(pl.String) else pl.col(name)
        for name, dtype in frame.schema.items()
    ]


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    # Text of the feed must not give orders to the terminal.
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(value))


def main() -> None:
    """Run a command; a user's mistake ends in one line and exit code 1."""
    try:
        app()
    except RoofhouseError as error:
        sys.stderr.write(f"roofhouse: {error}\n")
        sys.exit(1)


def command() -> None:
    """The console script: `main`, and then an end at once.

    A command is over before looking for garbage pays, and taking all that was imported
    apart, object by object, would take half a second.
    """
    gc.disable()
    if sys.stdout is None or sys.stderr is None:  # closed by whoever started this
        nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)
