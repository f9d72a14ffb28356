"""Files of data/raw that a build does not read, and why: nobody should have to guess."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.ingest.sidecar import is_sidecar
from pipelines.ingest.snapshot import inputs
from pipelines.ingest.sources import FILE_NAME, Folder, discover, is_result, is_snapshot

#: Endings of archives and compressed files that are not read.
_PACKED = (".7z", ".br", ".bz2", ".lz4", ".rar", ".tar", ".tgz", ".xz", ".z", ".zip")
#: Names of files about the data, which may lie beside them.
_ABOUT = re.compile(
    r"(readme|licen[cs]e|copying|notice|citation|changelog|authors)\b.*|.*\.(md|rst)",
    re.IGNORECASE,
)


def unused_files(raw: Path) -> list[tuple[Path, str]]:
    """Return the files of data/raw that no build reads, each with the reason, ordered by path.

    Hidden files and files about the data, such as a README, are not listed. Nor are the files of a
    source that cannot be read at all, because the source itself is reported.
    """
    folders = discover(raw)
    used = set(inputs(folders))
    own = {folder.own: folder for folder in folders if folder.own is not None}
    found = []
    for path in sorted(raw.glob("**/*")):
        parts = path.relative_to(raw).parts
        if path in used or any(part.startswith(".") for part in parts):
            continue
        if path.is_dir() and not path.is_symlink():
            continue
        folder = own.get(raw / parts[0])
        if _ABOUT.fullmatch(path.name) or (folder is not None and folder.problem is not None):
            continue
        found.append((path, _reason(path, folder)))
    return found


def _reason(path: Path, folder: Folder | None) -> str:
    """Return why a file is not read; `folder` is None for a file directly in data/raw."""
    name = path.name
    is_feed = folder is None or folder.source.is_feed
    if path.is_dir():
        return "is a link to a folder, which is not followed; put the files themselves there"
    if not path.is_file():
        return "is a link to nothing" if path.is_symlink() else "is not a regular file"
    if name == FILE_NAME:
        return "belongs into the folder of a source, data/raw/<source>"
    if is_sidecar(name):
        return "is a sidecar, which a feed does not have"
    wanted = is_snapshot if is_feed else is_result
    if wanted(lower := name.lower()) and lower != name:
        return f"has an ending in capitals; rename it to {_lowered(name)}"
    if lower.endswith(_PACKED):
        return "is packed in a way that is not read; unpack it, or use .gz or .zst"
    if is_feed and is_result(lower):
        lines = ".jsonl" in path.suffixes
        if lines and folder is not None:
            return f"is not named as lines of a feed; rename it to {_as_ndjson(name)}"
        if lines:
            return (
                f"is not named as lines of a feed; rename it to {_as_ndjson(name)}, or give it "
                f"a folder with a {FILE_NAME}"
            )
        return f"is no feed; results of a tool lie in a folder of their own with a {FILE_NAME}"
    endings = ".json, .ndjson" if is_feed else ".json, .jsonl, .ndjson, .csv, .yaml"
    return f"has none of the endings {endings} (also with .gz or .zst)"


def _lowered(name: str) -> str:
    stem, dot, endings = name.partition(".")
    return stem + dot + endings.lower()


def _as_ndjson(name: str) -> str:
    return re.sub(r"\.jsonl", ".ndjson", name, flags=re.IGNORECASE)


def told(raw: Path, at_most: int) -> Iterator[str]:
    """Yield a line for each unused file, at most `at_most`, then the number of the others."""
    found = unused_files(raw)
    for path, reason in found[:at_most]:
        yield f"{os.fsencode(path).decode(errors='backslashreplace')}: {reason}"
    if len(found) > at_most:
        yield f"and {len(found) - at_most:,} more"
