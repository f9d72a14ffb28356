"""Raw files: finding them by source, hashing and reading their bytes, the times of snapshots."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from pipelines.errors import RoofhouseError
from pipelines.ingest.sources import (
    COMPRESSIONS,
    FILE_NAME,
    FLAT,
    Folder,
    Source,
    discover,
    is_model_config,
    is_result,
    is_snapshot,
)
from pipelines.settings import is_utf8, printable

__all__ = [
    "COMPRESSIONS",
    "MovedError",
    "RawFile",
    "Survey",
    "blocks",
    "content_blocks",
    "find",
    "fingerprint",
    "has_time",
    "inputs",
    "is_snapshot",
    "name_time",
    "parse_time",
    "sha256_of",
    "survey",
    "wait_until_still",
]

#: Seconds without a change after which a file counts as written, and the longest wait for them.
_STILL_S = 1.0
_WAIT_S = 30.0
_BLOCK = 1 << 20

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

    @property
    def told_at(self) -> dt.datetime | None:
        """The time in the file's name, where it says of which time the content is; else None.

        The same content at two times is two snapshots. A feed object holds its own time, and
        runs hold theirs. Raises RoofhouseError where a time is needed and there is none.
        """
        if self.source.is_feed:
            return name_time(self.path) if self.is_lines else None
        return name_time(self.path) if self.source.is_snapshot and has_time(self.path) else None


@dataclass
class Survey:
    """The files of all sources, and why a source cannot be read, by its id.

    `fingerprint` is that of data/raw as it was read; see the function of this name.
    """

    files: list[RawFile] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    fingerprint: str = ""


def survey(raw: Path) -> Survey:
    """Return the files of each source, one per content, ordered by source and name.

    Raises RoofhouseError if there are none, or if no source can be read.
    """
    found = Survey()
    # What changes after it was hashed gives another fingerprint the next time.
    hashes = {path: _sha256_or_none(path) for path in raw.glob(f"*/{FILE_NAME}")}
    folders = discover(raw)
    for folder in folders:
        source = folder.source
        found.sources[source.id] = source
        try:
            if folder.problem:
                raise RoofhouseError(folder.problem)
            found.files += _files(folder, hashes)
        except RoofhouseError as error:
            found.problems[source.id] = str(error)
    if not found.files:
        raise RoofhouseError(
            next(iter(found.problems.values()), None)
            or f"{raw}: no snapshot (*.json or *.ndjson, also .gz or .zst); put one there first"
            + _not_read(raw)
        )
    found.fingerprint = _fingerprint(raw, folders, hashes)
    return found


def _not_read(raw: Path) -> str:
    from pipelines.ingest import unused

    return "".join(f"; {one}" for one in unused.told(raw, 3))


def find(raw: Path) -> list[RawFile]:
    """Return the files of all sources that can be read; see `survey`."""
    return survey(raw).files


def inputs(folders: Iterable[Folder]) -> list[Path]:
    """Return every file that a build of these sources reads, ordered by path.

    Beside the results these are SOURCE.yml, sidecars, companions and configurations of models.
    """
    return sorted(
        path for folder in folders for _, path in folder.visible if _is_input(folder, path)
    )


def _is_input(folder: Folder, path: Path) -> bool:
    from pipelines.ingest.readers import companion_names

    if path.name == FILE_NAME:
        return path.parent == folder.own
    if folder.source.is_feed:
        return is_snapshot(path.name)
    # A sidecar is named like a result.
    return is_result(path.name) or is_model_config(path.name) or path.name in companion_names()


def fingerprint(raw: Path) -> str:
    """Return a hash of the paths and contents of all files that a build reads."""
    return _fingerprint(raw, discover(raw), {})


def _fingerprint(raw: Path, folders: list[Folder], hashes: dict[Path, str | None]) -> str:
    digest = hashlib.sha256()
    for path in inputs(folders):
        name = path.relative_to(raw).as_posix().encode(errors="surrogateescape")
        sha256 = hashes[path] if path in hashes else _sha256_or_none(path)
        digest.update(name + f"\0{sha256}\n".encode())
    return digest.hexdigest()


def _files(folder: Folder, hashes: dict[Path, str | None]) -> list[RawFile]:
    """Return the files of a source, one per content and time; `hashes` gets what is hashed."""
    found: dict[tuple[str, dt.datetime | None], RawFile] = {}
    for name, path in folder.files:
        if not (is_snapshot if folder.source.is_feed else is_result)(path.name):
            continue
        if not is_utf8(str(path)):
            raise RoofhouseError(f"{printable(path)}: the name is not UTF-8; rename it")
        hashes[path] = sha256 = sha256_of(path)
        file = RawFile(path, sha256, folder.source, name)
        found.setdefault((sha256, file.told_at), file)
    if not found:
        raise RoofhouseError(f"{folder.own}: no result file; put one there, or take SOURCE.yml out")
    return list(found.values())


def _sha256_or_none(path: Path) -> str | None:
    """Return the hash of a file; None if it cannot be read, which the build says."""
    try:
        return sha256_of(path)
    except RoofhouseError:
        return None


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


class MovedError(RoofhouseError):
    """A raw file whose bytes are no longer those that were hashed."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        super().__init__(f"{path}: {what} while it was read; build again when it is complete")


class _Hashed:
    """A stream that hashes what is read from it."""

    def __init__(self, plain: IO[bytes]) -> None:
        self._plain = plain
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._plain.read(size)
        self.digest.update(data)
        return data


def content_blocks(file: RawFile, max_bytes: int) -> Iterator[bytes]:
    """Yield the decompressed content of a file in blocks, while its bytes are hashed.

    Raises MovedError if they are not those of `file.sha256`, at the latest after the last block,
    and RoofhouseError if an archive is damaged, or holds more than `max_bytes`.
    """
    try:
        with file.path.open("rb") as opened:
            plain = _Hashed(opened)
            try:
                yield from _unpacked(cast(IO[bytes], plain), file.path, file.compression, max_bytes)
            except RoofhouseError:
                if sha256_of(file.path) != file.sha256:
                    raise MovedError(file.path, "changed") from None
                raise
            while plain.read(_BLOCK):  # what may follow the end of an archive
                pass
    except FileNotFoundError:
        raise MovedError(file.path, "was removed") from None
    except OSError as error:
        raise RoofhouseError(f"{file.path}: cannot be read: {error.strerror}") from None
    if plain.digest.hexdigest() != file.sha256:
        raise MovedError(file.path, "changed")


def wait_until_still(path: Path) -> None:
    """Wait until nobody has written to a file for a second, or for half a minute at most."""
    until = time.monotonic() + _WAIT_S
    before, since = _state(path), time.monotonic()
    while time.monotonic() < min(until, since + _STILL_S):
        time.sleep(0.05)
        if (now := _state(path)) != before:
            before, since = now, time.monotonic()


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def blocks(path: Path, compression: str | None, max_bytes: int) -> Iterator[bytes]:
    """Yield the decompressed content of a file in blocks.

    Raises RoofhouseError if an archive is damaged or cut off, or holds more than `max_bytes`.
    """
    with path.open("rb") as plain:
        yield from _unpacked(plain, path, compression, max_bytes)


def _unpacked(
    plain: IO[bytes], path: Path, compression: str | None, max_bytes: int
) -> Iterator[bytes]:
    import gzip
    import zlib

    import zstandard

    size = 0
    try:
        if compression == ".zst":
            found = _unzstd(plain)
        elif compression == ".gz":
            stream = gzip.GzipFile(fileobj=plain, mode="rb")
            found = iter(lambda: stream.read(_BLOCK), b"")
        else:
            found = iter(lambda: plain.read(_BLOCK), b"")
        for block in found:
            size += len(block)
            if size > max_bytes:
                raise RoofhouseError(
                    f"{path}: holds more than {max_bytes:,} bytes"
                    f"{' once it is decompressed' if compression else ''}; split it"
                )
            yield block
    except zstandard.ZstdError as error:
        if "too much memory" not in str(error):
            raise RoofhouseError(_damaged(path, error)) from None
        raise RoofhouseError(
            f"{path}: packed with a window of more than 128 MB (zstd --long or --ultra); "
            "unpack it with `zstd -d --long=31`, and pack it without that option"
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RoofhouseError(_damaged(path, error)) from None


def _damaged(path: Path, error: Exception) -> str:
    return f"{path}: the archive is damaged or cut off ({error}); fetch it again"


def _unzstd(plain: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a Zstandard file; zstandard's own reader would miss a cut-off end."""
    import zstandard

    frame = None
    while data := plain.read(1 << 11):  # a few bytes may stand for 128 kB
        while data:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(data)
            data = frame.unused_data
            if frame.eof:
                frame = None
    if frame is not None:
        raise EOFError("it ends before its end marker")
