"""The raw files: which there are, what they are called, which bytes they hold."""

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
    """One file in data/raw: `sha256` is of the bytes as they lie there."""

    path: Path
    sha256: str

    @property
    def is_lines(self) -> bool:
        """Whether each line is a case (NDJSON), else the file is one feed object."""
        return ".ndjson" in self.path.suffixes

    @property
    def compression(self) -> str | None:
        """`.gz`, `.zst` or None."""
        return self.path.suffix if self.path.suffix in COMPRESSIONS else None


def is_snapshot(name: str) -> bool:
    """Whether a file name is that of a snapshot: .json or .ndjson, maybe .gz or .zst."""
    for compression in COMPRESSIONS:
        name = name.removesuffix(compression)
    return name.endswith(SUFFIXES) and not name.startswith(".")


def find(raw: Path) -> list[RawFile]:
    """All snapshot files of a folder, one per content, by name.

    Raises RoofhouseError where the folder holds none.
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
    """SHA-256 of a file's bytes; an unreadable file is named."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None


def name_time(path: Path) -> dt.datetime:
    """The time in a file's name, as in cases-2026-04-29T103747Z.ndjson; naive, UTC."""
    match = _NAME_TIME.search(path.name)
    if match is None:
        raise RoofhouseError(
            f"{path}: no time in the file name; NDJSON needs one, "
            "as in cases-2026-04-29T103747Z.ndjson"
        )
    return parse_time("{}T{}:{}:{}Z".format(*match.groups()), path, "file name")


def parse_time(text: object, path: Path, field: str) -> dt.datetime:
    """An ISO 8601 time as a naive UTC datetime of millisecond precision or better."""
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
    """A file's content, decompressed, in blocks. A cut-off or damaged archive is named."""
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
    """The content of a Zstandard file; unlike zstandard's own reader it sees a missing end."""
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
