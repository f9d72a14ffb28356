"""Raw files: finding them by source, hashing and reading their bytes, the times of snapshots."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pipelines.errors import RoofhouseError
from pipelines.ingest.sources import (
    COMPRESSIONS,
    FLAT,
    Folder,
    Source,
    discover,
    is_result,
    is_snapshot,
)

__all__ = [
    "COMPRESSIONS",
    "RawFile",
    "Survey",
    "blocks",
    "find",
    "has_time",
    "is_snapshot",
    "name_time",
    "parse_time",
    "sha256_of",
    "survey",
]

_NAME_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):?(\d{2}):?(\d{2}(?:\.\d+)?)Z")


@dataclass(frozen=True)
class RawFile:
    """One file below data/raw. `sha256` is the hash of its bytes, compressed or not.

    `name` is its path within the folder of its source.
    """

    path: Path
    sha256: str
    source: Source = FLAT
    name: str = ""

    def __post_init__(self) -> None:
        """A file that no source was told for is named as it lies."""
        if not self.name:
            object.__setattr__(self, "name", self.path.name)

    @property
    def is_lines(self) -> bool:
        """True if each line is a case (NDJSON), False if the file is one feed object."""
        return ".ndjson" in self.path.suffixes

    @property
    def compression(self) -> str | None:
        """`.gz`, `.zst` or None."""
        return self.path.suffix if self.path.suffix in COMPRESSIONS else None


@dataclass
class Survey:
    """The files of all sources, and why a source cannot be read, by its id."""

    files: list[RawFile] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


def survey(raw: Path) -> Survey:
    """Return the files of each source, one per content, ordered by source and name.

    Raises RoofhouseError if there are none, or if no source can be read.
    """
    found = Survey()
    for folder in discover(raw):
        source = folder.source
        found.sources[source.id] = source
        try:
            if folder.problem:
                raise RoofhouseError(folder.problem)
            found.files += _files(folder)
        except RoofhouseError as error:
            found.problems[source.id] = str(error)
    if not found.files:
        raise RoofhouseError(
            next(iter(found.problems.values()), None)
            or f"{raw}: no snapshot (*.json or *.ndjson, also .gz or .zst); put one there first"
        )
    return found


def find(raw: Path) -> list[RawFile]:
    """Return the files of all sources that can be read; see `survey`."""
    return survey(raw).files


def _files(folder: Folder) -> list[RawFile]:
    found: dict[tuple[str, dt.datetime | None], RawFile] = {}
    for name, path in folder.files:
        if not (is_snapshot if folder.source.is_feed else is_result)(path.name):
            continue
        file = RawFile(path, sha256_of(path), folder.source, name)
        timed = folder.source.is_feed and file.is_lines
        found.setdefault((file.sha256, name_time(path) if timed else None), file)
    if not found:
        raise RoofhouseError(f"{folder.own}: no result file; put one there, or take SOURCE.yml out")
    return list(found.values())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises RoofhouseError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None


def has_time(path: Path) -> bool:
    """Return True if a file name has a time in it."""
    return _NAME_TIME.search(path.name) is not None


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
