"""manifest.json: the commit mark of a published set, and what it says about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import sha256_of
from pipelines.settings import Settings

NAME = "manifest.json"

#: What a publication puts into data/marts beside the Parquet files.
_OTHERS = (NAME, "report.html", "datapackage.json", "croissant.json")


@dataclass(frozen=True)
class Status:
    """What is published: the manifest, and for each file that is not as it says, why."""

    manifest: dict[str, Any]
    broken: dict[str, str]


def is_ours(file: str) -> bool:
    """Whether a file in data/marts is of a publication, by its name."""
    return file.endswith(".parquet") or file in _OTHERS


def path(settings: Settings) -> Path:
    """Where the manifest lies."""
    return settings.marts / NAME


def place(settings: Settings, file: str) -> Path:
    """Where a file of the manifest lies."""
    return settings.published_db if file == "warehouse.duckdb" else settings.marts / file


def bytes_of(settings: Settings) -> bytes | None:
    """The manifest as it is there; None where none is."""
    return path(settings).read_bytes() if path(settings).is_file() else None


def read(settings: Settings) -> dict[str, Any]:
    """The manifest; raises RoofhouseError where nothing is published."""
    if not path(settings).is_file():
        raise RoofhouseError(f"{path(settings)}: nothing is published yet; run `roofhouse build`")
    try:
        loaded = json.loads(path(settings).read_text(encoding="utf-8"))
        if isinstance(loaded, dict) and {"build_id", "files", "snapshots"} <= loaded.keys():
            return loaded
        raise ValueError("not a manifest")
    except (OSError, ValueError) as error:
        raise RoofhouseError(
            f"{path(settings)}: cannot be read ({error}); run `roofhouse build`"
        ) from None


def check(settings: Settings) -> Status:
    """Hold every published file against the manifest."""
    manifest = read(settings)
    broken = {}
    for entry in manifest["files"]:
        file = place(settings, entry["file"])
        if not file.is_file():
            broken[entry["file"]] = "is missing"
        elif sha256_of(file) != entry["sha256"]:
            broken[entry["file"]] = "differs from the manifest"
    return Status(manifest, broken)
