"""Putting a finished set in place, so that a reader or a crash never sees half a file.

A set is written to `data/build/publish.tmp`, made durable, and renamed to
`data/build/publish`: from then on it will be published, by this process or by the
next one. Its files replace the old ones one by one; the manifest is the last.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.publish import manifest
from pipelines.settings import Settings


def fresh(settings: Settings) -> Path:
    """An empty folder to write the next set to."""
    folder = settings.build / "publish.tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def commit(settings: Settings, folder: Path) -> None:
    """Decide that the set in `folder` is the next one, and put it in place."""
    for file in folder.iterdir():
        _sync(file)
    _sync(folder)
    folder.replace(_pending(settings))
    _sync(settings.build)
    _finish(settings)


def recover(settings: Settings) -> bool:
    """Finish a decided set, discard an undecided one; True where one was finished."""
    shutil.rmtree(settings.build / "publish.tmp", ignore_errors=True)
    if not _pending(settings).is_dir():
        return False
    _finish(settings)
    return True


def is_pending(settings: Settings) -> bool:
    """Whether a process died between deciding on a set and having it all in place."""
    return _pending(settings).is_dir()


def _pending(settings: Settings) -> Path:
    return settings.build / "publish"


def _finish(settings: Settings) -> None:
    pending = _pending(settings)
    settings.marts.mkdir(parents=True, exist_ok=True)
    files = sorted(file.name for file in pending.iterdir() if file.name != manifest.NAME)
    keep = {*files, manifest.NAME}
    for name in files:
        (pending / name).replace(manifest.place(settings, name))
    if (pending / manifest.NAME).is_file():
        (pending / manifest.NAME).replace(manifest.path(settings))
        published = {entry["file"] for entry in manifest.read(settings)["files"]}
        for file in settings.marts.glob("*.parquet"):
            if file.name not in published | keep:
                file.unlink()
    _sync(settings.marts)
    _sync(settings.data)
    shutil.rmtree(pending)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
