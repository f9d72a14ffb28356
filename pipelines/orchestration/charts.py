"""Small pictures for the Dagster UI: SVG inside Markdown. The report has the large ones.

A picture is drawn once for the same rows and then kept in the user's cache folder, since every
build shows its pictures again, even if nothing has changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

from pipelines import report
from pipelines.report import renderer

#: Number of pictures that stay in the cache folder.
_KEPT = 50


def bars(rows: Sequence[tuple[str, str, int]]) -> str:
    """Return horizontal bars of (name, severity, count) as Markdown."""
    return _markdown("findings by rule", "bars", rows)


def roofline(cases: Sequence[tuple[float, float]]) -> str:
    """Return decode on one roofline for all hardware, log-log, as Markdown.

    A case is (MBU, MFU), both above 0.
    """
    return _markdown("roofline of decode", "roofline", cases)


def folder() -> Path:
    """The folder of the cached pictures; it may be deleted at any time."""
    return platformdirs.user_cache_path("roofhouse") / "pictures"


def _markdown(title: str, name: str, rows: Sequence[Any]) -> str:
    path = folder() / f"{name}-{_fingerprint(name, rows)}.svg"
    svg = _read(path)
    if svg is None:
        svg = renderer.picture(name, rows)
        _keep(path, svg)
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _fingerprint(name: str, rows: Sequence[Any]) -> str:
    """Return a hash of everything that a picture depends on."""
    code = Path(str(report.__file__)).with_name("pictures.py").read_text(encoding="utf-8")
    versions = [version(package) for package in ("altair", "vl-convert-python")]
    return hashlib.sha256(json.dumps([name, rows, code, versions]).encode()).hexdigest()[:32]


def _read(path: Path) -> str | None:
    """Return a cached picture; None if it is missing or damaged."""
    with suppress(OSError, UnicodeDecodeError):
        svg = path.read_text(encoding="utf-8")
        if svg.startswith("<svg") and svg.endswith("</svg>"):
            return svg
    return None


def _keep(path: Path, svg: str) -> None:
    """Cache a picture and drop the oldest; if the disk is full or read-only, it is not cached."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            new.write_text(svg, encoding="utf-8", newline="\n")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        newest_first = sorted(
            path.parent.glob("*.svg"), key=lambda kept: kept.stat().st_mtime, reverse=True
        )
        for old in newest_first[_KEPT:]:
            old.unlink(missing_ok=True)
