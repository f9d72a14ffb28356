"""report.html: one page that shows the published marts and needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NAME = "report.html"
MAX_BYTES = 8_000_000
#: The page has this many of the newest cases; if it exceeds MAX_BYTES, it is made with fewer.
MAX_CASES = 20_000


def prepare() -> None:
    """Import the modules for rendering, which takes most of a second."""
    from pipelines.report import page, tables  # noqa: F401


def render(marts: Path, manifest: dict[str, Any]) -> bytes:
    """Return the report of the marts in folder `marts`; the same marts give the same bytes."""
    # Here, not above: no other command should wait for the templates.
    from pipelines.report import page, tables

    limit = MAX_CASES
    while True:
        found = tables.read(marts, limit)
        html = page.render(found, manifest).encode()
        if len(html) < MAX_BYTES or limit == 0:
            return html
        limit //= 2
