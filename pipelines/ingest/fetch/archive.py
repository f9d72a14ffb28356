"""Turn received bytes into a snapshot in data/raw: check, name and link it in one step."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.fetch.http_cache import Received
from pipelines.ingest.fetch.messages import shown
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import split
from pipelines.settings import Settings
from pipelines.warehouse import durable

#: How the name of a file begins that is still being received; no build reads it.
UNFINISHED = ".fetch-"
#: After this time an unfinished file is that of a process that was killed.
_ABANDONED_S = 24 * 3600


def sweep(settings: Settings) -> None:
    """Remove what killed processes left behind."""
    for path in (*settings.raw.glob(f"{UNFINISHED}*.tmp"), *settings.build.glob(f"{UNFINISHED}*")):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def check(settings: Settings, temp: Path, received: Received) -> tuple[dt.datetime, int]:
    """Return the time and the number of cases of a feed, read as the build reads it.

    Raises RoofhouseError if the file is not a feed.
    """
    where = shown(received.url)
    with temp.open("rb") as file:
        if file.read(512).lstrip().startswith(b"<"):
            raise RoofhouseError(f"{where}: not a feed: the body is HTML or XML; see feed_url")
    settings.build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.build, prefix=UNFINISHED) as work:
        try:
            lines = split(RawFile(temp, received.sha256), Path(work), settings.max_case_bytes)
        except RoofhouseError as error:
            reason = str(error).removeprefix(f"{temp}: ").removesuffix("; fetch it again")
            raise RoofhouseError(f"{where}: not a feed: {reason}") from None
    assert lines.generated_at is not None  # a feed object without one was refused
    return lines.generated_at, lines.item_count


def keep(raw: Path, temp: Path, sha256: str, generated_at: dt.datetime) -> tuple[Path, bool]:
    """Return the snapshot with this content, and True if it is new. Nothing is ever overwritten."""
    known = _twin(raw, sha256, temp.stat().st_size)
    if known is not None:
        return known, False
    stamp = generated_at.isoformat(timespec="seconds").replace(":", "") + "Z"
    for name in (f"cases-{stamp}.json", f"cases-{stamp}-{sha256[:16]}.json"):
        try:
            _link(temp, raw / name)
        except FileExistsError:
            if (raw / name).is_file() and snapshot.sha256_of(raw / name) == sha256:
                return raw / name, False
        else:
            return raw / name, True
    raise RoofhouseError(f"{raw / name}: is there already, with other content than its name says")


def _link(temp: Path, target: Path) -> None:
    """Give a finished file its name in one step. Raises FileExistsError if the name is taken."""
    try:
        target.hardlink_to(temp)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        temp.rename(target)
    durable(target.parent)


def _twin(raw: Path, sha256: str, size: int) -> Path | None:
    """Return the file in data/raw with this content, compressed or not."""
    for path in sorted(raw.glob("*")):
        if not path.is_file() or not snapshot.is_snapshot(path.name):
            continue
        file = RawFile(path, "")
        if file.compression:
            if _content_is(file, sha256, size):
                return path
        elif path.stat().st_size == size and snapshot.sha256_of(path) == sha256:
            return path
    return None


def _content_is(file: RawFile, sha256: str, size: int) -> bool:
    digest = hashlib.sha256()
    try:
        for block in snapshot.blocks(file.path, file.compression):
            digest.update(block)
            size -= len(block)
            if size < 0:
                return False
    except RoofhouseError:  # damaged: the build will say so
        return False
    return digest.hexdigest() == sha256
