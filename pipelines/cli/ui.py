"""`roofhouse ui`: Dagster with its daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError


def ui(
    data: Data = None,
    port: Annotated[int, typer.Option("--port", help="Port on 127.0.0.1.", min=1, max=65535)] = (
        3000
    ),
) -> None:
    """Start Dagster with its daemon on 127.0.0.1, until Ctrl-C."""
    settings = settings_of(data)
    import signal

    from pipelines.settings import need_data

    need_data(settings)
    from pipelines.orchestration import dagster_home
    from pipelines.orchestration import webserver as dagster_ui

    signal.signal(signal.SIGTERM, dagster_ui.stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as it is after `&` in a script
        signal.signal(signal.SIGINT, dagster_ui.stop)
    report = settings.marts / "report.html"
    try:
        typer.echo("starting Dagster ...", err=True)
        for other in dagster_home.shared_with(settings):
            typer.echo(
                f"DAGSTER_HOME has runs of {other}, too: the UI shows both; unset it, and each "
                "data folder has a history of its own",
                err=True,
            )
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
