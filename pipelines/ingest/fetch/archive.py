"""From a received body to a file of its source: linked in whole, if its content is new."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.fetch.target import Target
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.sources import Folder, Source, is_result
from pipelines.settings import Settings
from pipelines.warehouse import durable

#: How the name of a file begins that is still being received; no build reads it.
UNFINISHED = ".fetch-"
#: After this time an unfinished file is that of a process that was killed.
_ABANDONED_S = 24 * 3600


def sweep(settings: Settings, into: Path) -> None:
    """Remove what killed processes left behind."""
    for path in (*into.glob(f"{UNFINISHED}*.tmp"), *settings.build.glob(f"{UNFINISHED}*")):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def current(folder: Folder) -> list[Path]:
    """Return the files of a source whose content, if it comes again, is nothing new.

    These are all of them. Only of snapshots that do not hold their own time it is the newest:
    what goes back to an earlier state is news.
    """
    source = folder.source
    belongs = snapshot.is_snapshot if source.is_feed else is_result
    # A folder looks at its files once; another process may have added some since.
    files = [path for _, path in replace(folder).files if belongs(path.name)]
    if source.is_feed or not source.is_snapshot:
        return files
    times = {path: _time(path, source) for path in files}
    newest = max(times.values(), default=None)
    return [path for path, at in times.items() if at == newest]


def _time(path: Path, source: Source) -> dt.datetime:
    """The time of a snapshot by its name, else when it was accessed."""
    if snapshot.has_time(path):
        with suppress(RoofhouseError):  # the build says what is wrong with it
            return snapshot.name_time(path)
    accessed = source.accessed
    return dt.datetime.combine(accessed, dt.time()) if accessed else dt.datetime.min


def keep(target: Target, temp: Path, sha256: str, names: Sequence[str]) -> tuple[Path, bool]:
    """The file with this content, and True if it is new. Nothing is ever overwritten.

    It gets the first of the names that is free.
    """
    known = _twin(current(target.folder), sha256, temp.stat().st_size)
    if known is not None:
        return known, False
    for name in names:
        path = target.into / name
        try:
            _link(temp, path)
        except FileExistsError:
            if path.is_file() and snapshot.sha256_of(path) == sha256:
                return path, False
        else:
            return path, True
    raise RoofhouseError(f"{path}: already exists with other content than its name says")


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


def _twin(files: Iterable[Path], sha256: str, size: int) -> Path | None:
    """The file with this content, as it is or compressed."""
    for path in files:
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
        for block in snapshot.blocks(file.path, file.compression, size):
            digest.update(block)
            size -= len(block)
            if size < 0:
                return False
    except RoofhouseError:  # damaged: the build will say so
        return False
    return digest.hexdigest() == sha256
