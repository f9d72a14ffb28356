"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.health import Said

if TYPE_CHECKING:
    from pipelines.settings import Settings

#: Exit code of a command that published, but left a source out or held a snapshot back.
LEFT_OUT = 3

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder (default: ROOFHOUSE_DATA, else data/)."),
]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems.")]
Answer = Annotated[Said, typer.Option("--format", help="Output format.")]


def settings_of(data: Path | None, *, ray: str = "", shared: str = "") -> Settings:
    """Return the settings of a command: its options go over everything else."""
    from pipelines import settings

    return settings.load(data, ray=ray, shared=shared)
