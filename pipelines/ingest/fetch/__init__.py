"""Download the feed: write a new snapshot to data/raw if its content is new.

fetch()
  ├─ download     the feed's bytes into a file of their own, within time and size;
  │               what may pass is tried again, after a pause (retry_after)
  ├─ http_cache   ETag and Last-Modified of the files in data/raw; a cache
  └─ archive      check the feed, name it and link it in, whole or not at all, if it is new
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch import archive, http_cache
from pipelines.ingest.fetch.download import download
from pipelines.ingest.fetch.messages import shown
from pipelines.settings import Settings

__all__ = ["Fetched", "fetch"]


@dataclass(frozen=True)
class Fetched:
    """The result of a fetch: `path` is the snapshot with the feed's content, new or not."""

    path: Path | None
    is_new: bool
    message: str


def fetch(settings: Settings) -> Fetched:
    """Download the feed. Files in data/raw are never changed.

    Raises RoofhouseError, in one line, if there is no network or no such page, or if the answer is
    too long or not a feed; nothing is written then.
    """
    try:
        url = httpx.URL(settings.feed_url)
    except httpx.InvalidURL as error:
        raise RoofhouseError(f"feed_url: {settings.feed_url!r} is not a URL: {error}") from None
    temp = settings.raw / f"{archive.UNFINISHED}{secrets.token_hex(8)}.tmp"
    try:
        settings.raw.mkdir(parents=True, exist_ok=True)
        archive.sweep(settings)
        known = http_cache.recall(settings)
        received = download(settings, url, known, temp)
        if isinstance(received, http_cache.Remembered):
            path = settings.raw / received.file
            return Fetched(path, False, f"{shown(url)}: not modified since {path.name}")
        generated_at, cases = archive.check(settings, temp, received)
        path, is_new = archive.keep(settings.raw, temp, received.sha256, generated_at)
        http_cache.store(settings, known, received, path)
    except OSError as error:
        raise RoofhouseError(
            f"{error.filename or settings.raw}: cannot be written: {error.strerror or error}"
        ) from None
    finally:
        with suppress(OSError):
            temp.unlink()
    if is_new:
        return Fetched(path, True, f"{shown(received.url)}: {cases:,} cases, new: {path.name}")
    return Fetched(path, False, f"{shown(received.url)}: the same content as {path.name}")
