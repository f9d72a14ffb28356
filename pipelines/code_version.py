"""Versions of the project's own code: one hash per room, over every file in it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

#: The folder of the rooms.
PACKAGE = Path(__file__).resolve().parent


@cache
def code_version(*rooms: str, package: Path = PACKAGE) -> str:
    """Return a short hash of all files of these rooms: sources, templates, configuration."""
    digest = hashlib.sha256()
    for room in sorted(rooms):
        for path in sorted((package / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(package).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
