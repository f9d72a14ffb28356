"""accepted.yml in the data folder: the snapshots that somebody looked at and accepted.

It is configuration like roofhouse.yml. It is not in data/build, because nothing can rebuild it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from pipelines.errors import RoofhouseError
from pipelines.settings import Settings, read_yaml
from pipelines.warehouse import durable

_HEAD = """\
# Snapshots that the guard on volume lets through, by the SHA-256 of their decompressed content.
# `roofhouse build --accept SOURCE` adds to it. Without its entry, a snapshot is held back again.
"""

#: A source and the hash of a snapshot's content.
Accepted = set[tuple[str, str]]


def read(settings: Settings) -> Accepted:
    """Return the accepted snapshots. Raises RoofhouseError if the file is not such a list."""
    return {(entry["source"], entry["sha256"]) for entry in _entries(settings)}


def add(settings: Settings, source_id: str, sha256: str, file_name: str) -> None:
    """Record that a snapshot is accepted. `file_name` is for people who read the file."""
    entries = [*_entries(settings), {"source": source_id, "sha256": sha256, "file": file_name}]
    path = settings.accepted
    new = path.with_name(f".{path.name}.tmp")
    new.write_text(
        _HEAD + yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=1_000),
        encoding="utf-8",
    )
    durable(new)
    new.replace(path)
    durable(settings.data)


def _entries(settings: Settings) -> list[dict[str, Any]]:
    if not settings.accepted.is_file():
        return []
    found = read_yaml(settings.accepted) or []
    if isinstance(found, list) and all(map(_is_entry, found)):
        return found
    raise RoofhouseError(
        f"{settings.accepted}: expected a list of `source` and `sha256` (64 hex digits); "
        "mend it, or delete it and accept again"
    )


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("source"), str):
        return False
    sha256 = entry.get("sha256")
    return isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256) is not None
