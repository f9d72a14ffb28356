"""manifest.json: its presence completes a published set; it lists files, snapshots and counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import sha256_of
from pipelines.settings import Settings

NAME = "manifest.json"

#: Files in data/marts that a publication writes beside the Parquet files.
_OTHERS = (NAME, "report.html", "datapackage.json", "croissant.json")

#: The parts of a manifest that commands read; it may hold more.
_SHAPE: dict[str, Any] = {
    "build_id": str,
    "counts": {"cases": int, "rejects": int, "findings": dict},
    "files": [{"file": str, "rows": (int, type(None)), "sha256": str}],
    "snapshots": [{"file": str, "sha256": str, "generated_at": str, "cases": int}],
    "sources": [
        {
            "id": str,
            "mode": (str, type(None)),
            "files": int,
            "cases": int,
            "license": (str, type(None)),
            "newest_at": (str, type(None)),
            "problem": (str, type(None)),
        }
    ],
}


@dataclass(frozen=True)
class Status:
    """The published manifest, and a reason for each file that differs from it."""

    manifest: dict[str, Any]
    broken: dict[str, str]


def is_ours(file: str) -> bool:
    """Return True if a file in data/marts, by its name, was written by a publication."""
    return file.endswith(".parquet") or file in _OTHERS


def path(settings: Settings) -> Path:
    """Return the path of the manifest."""
    return settings.marts / NAME


def place(settings: Settings, file: str) -> Path:
    """Return the path of a file of the manifest."""
    return settings.published_db if file == "warehouse.duckdb" else settings.marts / file


def bytes_of(settings: Settings) -> bytes | None:
    """Return the bytes of the manifest; None if there is none."""
    return path(settings).read_bytes() if path(settings).is_file() else None


def read(settings: Settings) -> dict[str, Any]:
    """Return the manifest. Raises RoofhouseError if nothing is published."""
    if not path(settings).is_file():
        raise RoofhouseError(f"{path(settings)}: nothing is published yet; run `roofhouse build`")
    try:
        loaded = json.loads(path(settings).read_text(encoding="utf-8"))
        if _holds(loaded, _SHAPE):
            return dict(loaded)
        raise ValueError("not a manifest")
    except (OSError, ValueError, RecursionError) as error:
        raise RoofhouseError(
            f"{path(settings)}: cannot be read ({error}); run `roofhouse build`"
        ) from None


def _holds(value: Any, shape: Any) -> bool:
    """Return True if a JSON value has at least the fields and types of `shape`."""
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], inner) for name, inner in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(_holds(one, shape[0]) for one in value)
    return isinstance(value, shape)


def check(settings: Settings, digest: Callable[[Path], str] = sha256_of) -> Status:
    """Compare every published file with the manifest; `digest` gives the SHA-256 of a file.

    Raises RoofhouseError if nothing is published.
    """
    manifest = read(settings)
    broken = {}
    for entry in manifest["files"]:
        file = place(settings, entry["file"])
        if not file.is_file():
            broken[entry["file"]] = "is missing"
        elif digest(file) != entry["sha256"]:
            broken[entry["file"]] = "differs from the manifest"
    return Status(manifest, broken)
