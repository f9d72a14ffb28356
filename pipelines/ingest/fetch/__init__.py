"""Pull a source: a new file in its folder where the content is new, else nothing.

fetch(), fetch_all()
  ├─ target      which sources have an address, and where their files go
  ├─ download    the body into a file of its own, within time and size;
  │              temporary failures are retried, after a pause (retry_after)
  ├─ http_cache  ETag and Last-Modified of what lies in data/raw; a cache
  ├─ body        a body is a feed, or a result that a reader reads; its name
  ├─ archive     stores content that is new, whole or not at all
  └─ record      when each source was fetched last
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch import archive, body, http_cache, record, target
from pipelines.ingest.fetch.download import Request, download
from pipelines.ingest.fetch.messages import shown
from pipelines.ingest.fetch.target import Target
from pipelines.ingest.sources import FLAT
from pipelines.settings import Settings

__all__ = ["Failed", "Fetched", "fetch", "fetch_all"]


@dataclass(frozen=True)
class Fetched:
    """The result of a fetch: `path` is the file with the content, new or not."""

    source_id: str
    path: Path
    is_new: bool
    message: str


@dataclass(frozen=True)
class Failed:
    """A source that could not be fetched, and why."""

    source_id: str
    message: str


def fetch(settings: Settings, source_id: str = FLAT.id) -> Fetched:
    """Pull one source; what lies in data/raw is never changed.

    Raises RoofhouseError, in one line, where there is no such source, no network, no such page,
    too much of it or nothing in it that can be read; nothing is written then.
    """
    return _pull(settings, target.find(settings, source_id))


def fetch_all(settings: Settings) -> Iterator[Fetched | Failed]:
    """Pull one after the other every source that has an address; none stops another.

    Raises RoofhouseError if there are none.
    """
    for folder in target.find_all(settings):
        try:
            yield _pull(settings, target.target(settings, folder))
        except RoofhouseError as error:
            yield Failed(folder.source.id, str(error))


def _pull(settings: Settings, of: Target) -> Fetched:
    temp = of.into / f"{archive.UNFINISHED}{secrets.token_hex(8)}.tmp"
    source_id = of.source.id
    try:
        of.into.mkdir(parents=True, exist_ok=True)
        archive.sweep(settings, of.into)
        known = http_cache.recall(settings, source_id, archive.current(of.folder))
        received = download(Request(settings, known, temp, of.see), of.url)
        if isinstance(received, http_cache.Remembered):
            path = settings.raw / received.file
            record.store(settings, source_id)
            return Fetched(
                source_id, path, False, f"{shown(of.url)}: not modified since {path.name}"
            )
        checked = body.check(settings, of, temp, received)
        path, is_new = archive.keep(of, temp, received.sha256, checked.names)
        http_cache.store(settings, source_id, received, path)
        record.store(settings, source_id)
    except OSError as error:
        raise RoofhouseError(
            f"{error.filename or of.into}: cannot be written: {error.strerror or error}"
        ) from None
    finally:
        with suppress(OSError):
            temp.unlink()
    told = f"{checked.counts}, new: {path.name}" if is_new else f"the same content as {path.name}"
    return Fetched(source_id, path, is_new, f"{shown(received.url)}: {told}")
