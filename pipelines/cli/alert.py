"""`roofhouse alert`: send a test, or send what is new without Dagster's daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError


def alert(
    new: Annotated[
        bool,
        typer.Option("--new", help="Send what began or ended since the last look, as the UI does."),
    ] = False,
    data: Data = None,
) -> None:
    """Send a test to ROOFHOUSE_ALERT_URL and ROOFHOUSE_ALERT_COMMAND.

    Exits with code 1 if a receiver did not get it.
    """
    settings = settings_of(data)
    from pipelines.alert import tell
    from pipelines.settings import need_data

    need_data(settings)
    if not tell.is_set(settings):
        raise RoofhouseError(tell.NOBODY[0].lower() + tell.NOBODY[1:-1])
    if new:
        from pipelines.orchestration import look

        found, build_id = look.conditions(settings)
        tell.look(settings, found)
        lines, is_told = tell.send(settings, build_id)
        for line in lines or ["Nothing is new."]:
            typer.echo(line, err=not is_told)
    else:
        is_told = True
        for line, went in tell.test(settings):
            typer.echo(line, err=not went)
            is_told = is_told and went
    if not is_told:
        raise typer.Exit(1)
