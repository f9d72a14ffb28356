"""HTTP cache: the validators of the content in data/raw, so that the server need not send it again.

It is kept in `data/build/fetch.json`, by URL. Entries that are missing or unreadable are ignored.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.settings import Settings


class Remembered(msgspec.Struct):
    """The validators of an answer, and the file in data/raw with its content."""

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
    """A feed that was received in full: source, hash, and validators for the next request."""

    url: httpx.URL
    sha256: str
    etag: str | None
    last_modified: str | None


def key(url: httpx.URL) -> str:
    """The name under which a URL is remembered: without user and password."""
    return str(url.copy_with(userinfo=b"", fragment=None))


def recall(settings: Settings) -> dict[str, Remembered]:
    """Return the entries whose files are in data/raw, unchanged."""
    try:
        stored = msgspec.json.decode(_path(settings).read_bytes(), type=dict[str, Remembered])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}
    return {url: entry for url, entry in stored.items() if _holds(settings.raw, entry)}


def store(settings: Settings, known: dict[str, Remembered], received: Received, path: Path) -> None:
    """Store an answer's validators; if that fails, the next fetch downloads everything."""
    entry = Remembered(path.name, snapshot.sha256_of(path), received.etag, received.last_modified)
    target = _path(settings)
    temp = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            temp.write_bytes(msgspec.json.encode({**known, key(received.url): entry}))
            os.replace(temp, target)  # noqa: PTH105
        finally:
            temp.unlink(missing_ok=True)


def _path(settings: Settings) -> Path:
    return settings.build / "fetch.json"


def _holds(raw: Path, entry: Remembered) -> bool:
    path = raw / entry.file
    try:
        return path.parent == raw and path.is_file() and snapshot.sha256_of(path) == entry.sha256
    except RoofhouseError:
        return False
