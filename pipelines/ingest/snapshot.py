"""Raw files: finding them, hashing and reading their bytes, and the time of a snapshot."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.errors import RoofhouseError

SUFFIXES = (".json", ".ndjson")
COMPRESSIONS = (".gz", ".zst")
_NAME_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):?(\d{2}):?(\d{2}(?:\.\d+)?)Z")


@dataclass(frozen=True)
class RawFile:
    """One file in data/raw. `sha256` is the hash of its bytes, compressed or not."""

    path: Path
    sha256: str

    @property
    def is_lines(self) -> bool:
        """True if each line is a case (NDJSON), False if the file is one feed object."""
        return ".ndjson" in self.path.suffixes

    @property
    def compression(self) -> str | None:
        """`.gz`, `.zst` or None."""
        return self.path.suffix if self.path.suffix in COMPRESSIONS else None


def is_snapshot(name: str) -> bool:
    """Return True for the file name of a snapshot: .json or .ndjson, with or without .gz, .zst."""
    for compression in COMPRESSIONS:
        name = name.removesuffix(compression)
    return name.endswith(SUFFIXES) and not name.startswith(".")


def find(raw: Path) -> list[RawFile]:
    """Return the snapshot files of a folder, one per content, ordered by name.

    Raises RoofhouseError if there are none.
    """
    paths = sorted(p for p in raw.glob("*") if p.is_file() and is_snapshot(p.name))
    if not paths:
        raise RoofhouseError(
            f"{raw}: no snapshot (*.json or *.ndjson, also .gz or .zst); put one there first"
        )
    found: dict[tuple[str, dt.datetime | None], RawFile] = {}
    for path in paths:
        file = RawFile(path, sha256_of(path))
        at = name_time(path) if file.is_lines else None
        found.setdefault((file.sha256, at), file)
    return list(found.values())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises RoofhouseError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None


def name_time(path: Path) -> dt.datetime:
    """Return the time in a file name, as in cases-2026-04-29T103747Z.ndjson; naive, UTC.

    Raises RoofhouseError if there is none.
    """
    match = _NAME_TIME.search(path.name)
    if match is None:
        raise RoofhouseError(
            f"{path}: no time in the file name; NDJSON needs one, "
            "as in cases-2026-04-29T103747Z.ndjson"
        )
    return parse_time("{}T{}:{}:{}Z".format(*match.groups()), path, "file name")


def parse_time(text: object, path: Path, field: str) -> dt.datetime:
    """Return an ISO 8601 time as a naive UTC datetime.

    Raises RoofhouseError naming the file and the field.
    """
    try:
        if not isinstance(text, str):
            raise ValueError
        parsed = dt.datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(dt.UTC).replace(tzinfo=None)
        return parsed
    except (ValueError, OverflowError):
        shown = repr(text[:80]) if isinstance(text, str) else json.dumps(text)[:80]
        raise RoofhouseError(
            f"{path}: `{field}` is not a time: {shown}; expected one like 2026-04-29T10:37:47Z"
        ) from None


def blocks(path: Path, compression: str | None, size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the decompressed content of a file in blocks.

    Raises RoofhouseError if an archive is damaged or cut off.
    """
    import gzip
    import zlib

    import zstandard

    try:
        with path.open("rb") as plain:
            if compression == ".zst":
                yield from _unzstd(plain)
            elif compression == ".gz":
                with gzip.open(plain, "rb") as stream:
                    yield from iter(lambda: stream.read(size), b"")
            else:
                yield from iter(lambda: plain.read(size), b"")
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise RoofhouseError(
            f"{path}: the archive is damaged or cut off ({error}); fetch it again"
        ) from None


def _unzstd(plain: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a Zstandard file; zstandard's own reader would miss a cut-off end."""
    import zstandard

    frame = None
    while data := plain.read(1 << 14):
        while data:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(data)
            data = frame.unused_data
            if frame.eof:
                frame = None
    if frame is not None:
        raise EOFError("it ends before its end marker")
