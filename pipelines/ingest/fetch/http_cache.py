"""HTTP cache: the validators of the content in data/raw, so that the server need not send it again.

`data/build/fetch.json`, by source and URL. It is a cache: what is missing or unreadable is
forgotten.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.settings import Settings


class Remembered(msgspec.Struct):
    """The validators of an answer, and the path below data/raw of the file with its content."""

    file: str
    sha256: str
    etag: str | None = None
    last_modified: str | None = None

    def conditions(self) -> dict[str, str]:
        """The headers that ask for the content only if it has changed."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {
            name: value
            for name, value in found.items()
            if value and value.isascii() and value.isprintable()
        }


@dataclass(frozen=True)
class Received:
    """A body that was received in full: from where, which bytes, and how to ask again."""

    url: httpx.URL
    sha256: str
    etag: str | None
    last_modified: str | None


def key(url: httpx.URL) -> str:
    """The name under which a URL is remembered: without user and password."""
    return str(url.copy_with(userinfo=b"", fragment=None))


def recall(settings: Settings, source_id: str, files: Iterable[Path]) -> dict[str, Remembered]:
    """Return the entries of a source, by URL, whose files are among these and unchanged."""
    paths = {path.relative_to(settings.raw).as_posix(): path for path in files}
    prefix = f"{source_id} "
    return {
        name.removeprefix(prefix): entry
        for name, entry in _read(settings).items()
        if name.startswith(prefix) and _is(paths.get(entry.file), entry.sha256)
    }


def store(settings: Settings, source_id: str, received: Received, path: Path) -> None:
    """Remember an answer's validators; where that fails, the next fetch asks for everything."""
    entry = Remembered(
        path.relative_to(settings.raw).as_posix(),
        snapshot.sha256_of(path),
        received.etag,
        received.last_modified,
    )
    entries = _read(settings) | {f"{source_id} {key(received.url)}": entry}
    target = _path(settings)
    temp = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            temp.write_bytes(msgspec.json.encode(entries))
            os.replace(temp, target)  # noqa: PTH105
        finally:
            temp.unlink(missing_ok=True)


def _read(settings: Settings) -> dict[str, Remembered]:
    try:
        return msgspec.json.decode(_path(settings).read_bytes(), type=dict[str, Remembered])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}


def _path(settings: Settings) -> Path:
    return settings.build / "fetch.json"


def _is(path: Path | None, sha256: str) -> bool:
    try:
        return path is not None and snapshot.sha256_of(path) == sha256
    except RoofhouseError:
        return False
