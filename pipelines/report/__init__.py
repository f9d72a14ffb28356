"""report.html: one page that shows the published marts and needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NAME = "report.html"
MAX_BYTES = 5_000_000
#: Cases on the page; a page of long texts that grows beyond MAX_BYTES is made of fewer.
MAX_CASES = 300


def prepare() -> None:
    """Import what rendering needs: a second, or more if Vega's script is not cached yet."""
    from pipelines.report import charts, page, tables, vega_bundle  # noqa: F401

    vega_bundle.load()


def render(marts: Path, manifest: dict[str, Any]) -> bytes:
    """Return the report of the marts in folder `marts`; the same marts give the same bytes."""
    # Here, not above: no other command should wait for Altair.
    from pipelines.report import charts, page, tables, vega_bundle

    vega = vega_bundle.load()
    limit = MAX_CASES
    while True:
        found = tables.read(marts, limit)
        html = page.render(found, charts.specs(found), manifest, vega).encode()
        if len(html) < MAX_BYTES or limit == 0:
            return html
        limit //= 2
