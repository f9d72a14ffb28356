"""The application: its commands, in the order of `--help`, and how a command ends."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines import interrupt
from pipelines.cli import (
    alert,
    build,
    catalog,
    check,
    export,
    fetch,
    mcp,
    published,
    query,
    tables,
    ui,
)
from pipelines.errors import NEEDS_DOCSTRINGS, RoofhouseError

app = typer.Typer(
    help="A warehouse of AI-inference benchmark cases that says which claims the hardware allows.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for one in (
    build.build,
    fetch.fetch,
    ui.ui,
    published.status,
    published.verify,
    alert.alert,
    query.query,
    tables.tables,
    published.open_report,
    export.export,
    check.check,
    catalog.sidecar,
    mcp.mcp,
):
    # SQL may begin with a comment, which is no option.
    free = {"ignore_unknown_options": True} if one is query.query else {}
    # Python has an `open` already.
    app.command("open" if one is published.open_report else None, context_settings=free)(one)
app.add_typer(catalog.app, name="catalog")


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"roofhouse {version('roofhouse')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of `roofhouse` itself."""
    if context.invoked_subcommand != "build":  # a build has nothing to clean up before its run
        interrupt.as_exception()


def main() -> None:
    """Run a command; a user's mistake ends in one line and exit code 1."""
    try:
        if sys.flags.optimize > 1:
            raise RoofhouseError(NEEDS_DOCSTRINGS)
        app()
    except SystemExit as ended:
        if ended.code == interrupt.EXIT_CODE:  # Typer says nothing
            sys.stderr.write(interrupt.LINE)
        raise
    except RuntimeError as error:
        if "Query interrupted" not in str(error):  # how DuckDB reports Ctrl-C
            raise
        sys.stderr.write(interrupt.LINE)
        sys.exit(interrupt.EXIT_CODE)
    except RoofhouseError as error:
        sys.stderr.write(f"roofhouse: {error}\n")
        sys.exit(1)


def command() -> None:
    """The console script: run `main` and exit at once.

    Exiting at once saves half a second: Python need not collect garbage or unload what was
    imported.
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
