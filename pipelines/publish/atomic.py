"""Swap a finished set in. No reader sees half a file or half a set, and no crash leaves one.

A set is written to `data/build/publish.tmp`, made durable, and renamed to `data/build/publish`.
From then on it will be published, by this process or by the next one. It contains

    warehouse.duckdb    renamed over the old file
    marts/              exchanged with data/marts as a folder, in one step (Linux)
    manifest.json       a copy; the set is in place once data/marts has the same

If folders cannot be exchanged (another system, a mount), the files of marts/ replace the old
ones one by one, the manifest last. If data/marts is on another disk, they are copied there first,
to data/marts/.next. A test before the set is decided on shows whether both can be placed.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.publish import manifest
from pipelines.settings import Settings
from pipelines.warehouse import disk_error, durable, is_locked

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def fresh(settings: Settings) -> Path:
    """Return an empty folder for the next set, with a folder `marts` in it.

    Raises RoofhouseError if the set could not be placed.
    """
    if settings.build.stat().st_dev != settings.data.stat().st_dev:
        raise RoofhouseError(
            f"{settings.build}: is on another disk than {settings.data}, and a set is renamed from "
            "one to the other; move the folder back"
        )
    for place in (settings.data, settings.marts):
        if place.is_dir():
            _try_to_write(place)
    folder = _undecided(settings)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "marts").mkdir(parents=True)
    return folder


def commit(settings: Settings, folder: Path) -> None:
    """Decide that the set in `folder` is the next one, and swap it in."""
    shutil.copyfile(folder / manifest.NAME, folder / "marts" / manifest.NAME)
    for path in (*folder.rglob("*"), folder):
        durable(path)
    if settings.marts.is_dir() and settings.marts.stat().st_dev != settings.build.stat().st_dev:
        following = _following(settings)
        shutil.rmtree(following, ignore_errors=True)
        shutil.copytree(folder / "marts", following)
        for path in (*following.iterdir(), following):
            durable(path)
    folder.replace(_pending(settings))
    durable(settings.build)
    _finish(settings)


def _try_to_write(folder: Path) -> None:
    """Raise RoofhouseError if no file can be written in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise disk_error(error, folder) or RoofhouseError(
            f"{folder}: cannot be written: {error.strerror}"
        ) from None


def recover(settings: Settings) -> bool:
    """Finish a decided set and discard an undecided one. Return True if one was finished."""
    shutil.rmtree(_undecided(settings), ignore_errors=True)
    if not _pending(settings).is_dir():
        shutil.rmtree(_following(settings), ignore_errors=True)
        return False
    _finish(settings)
    return True


def is_pending(settings: Settings) -> bool:
    """Return True if a decided set is not all in place yet."""
    return _pending(settings).is_dir()


def wait(settings: Settings, at_most_s: float = 5) -> None:
    """Wait for a publication under way to end, unless its process died."""
    end = time.monotonic() + at_most_s
    while is_pending(settings) and _is_under_way(settings) and time.monotonic() < end:
        time.sleep(0.05)


def _is_under_way(settings: Settings) -> bool:
    try:
        return is_locked(settings)
    except RoofhouseError:  # this process may not open the lock, so a build may be running
        return True


def pending_build(settings: Settings) -> str:
    """Return the id of the build whose publication was interrupted, if its manifest says so."""
    try:
        decided = (_pending(settings) / manifest.NAME).read_bytes()
        return str(json.loads(decided)["build_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return "(no manifest)"


def _pending(settings: Settings) -> Path:
    return settings.build / "publish"


def _undecided(settings: Settings) -> Path:
    return settings.build / "publish.tmp"


def _following(settings: Settings) -> Path:
    """The folder of the next marts, if data/marts is on another disk than data/build."""
    return settings.marts / ".next"


def _finish(settings: Settings) -> None:
    """Finish a decided set. A process that died may already have done any of the steps."""
    pending = _pending(settings)
    if (pending / "warehouse.duckdb").is_file():
        # A log of writes to the old file would break the first open of the new one.
        settings.published_db.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
        try:
            (pending / "warehouse.duckdb").replace(settings.published_db)
        except OSError as error:
            if not _is_in_place(settings):  # neither is: the set is not decided on after all
                pending.replace(_undecided(settings))
                shutil.rmtree(_undecided(settings), ignore_errors=True)
            raise RoofhouseError(
                f"{settings.published_db}: cannot be replaced: {error.strerror}"
            ) from None
    if not _is_in_place(settings):
        _place_marts(settings)
    _keep_foreign(pending / "marts", settings.marts)
    shutil.rmtree(_following(settings), ignore_errors=True)
    for path in (settings.marts, settings.data, pending):
        durable(path)
    # Renamed before it is deleted: half deleted, it would look like a decided set.
    shutil.rmtree(_undecided(settings), ignore_errors=True)
    pending.replace(_undecided(settings))
    shutil.rmtree(_undecided(settings), ignore_errors=True)


def _is_in_place(settings: Settings) -> bool:
    decided = _pending(settings) / manifest.NAME
    if not decided.is_file():
        return True
    if not manifest.path(settings).is_file():
        return False
    same = decided.read_bytes() == manifest.path(settings).read_bytes()
    return same and not manifest.check(settings).broken


def _place_marts(settings: Settings) -> None:
    pending = _pending(settings)
    following = pending / "marts"
    if (following / manifest.NAME).is_file():
        if not settings.marts.exists():
            following.replace(settings.marts)
            return
        shutil.copymode(settings.marts, following)
        if exchange(following, settings.marts):
            return
        # The set is incomplete from here on and must not be exchanged as a folder later.
        (following / manifest.NAME).unlink()
    settings.marts.mkdir(parents=True, exist_ok=True)
    if _following(settings).is_dir():
        following = _following(settings)
    last = following / manifest.NAME
    for file in sorted(path for path in following.glob("*") if path != last):
        file.replace(settings.marts / file.name)
    (last if last.is_file() else pending / manifest.NAME).replace(manifest.path(settings))
    try:
        published = {entry["file"] for entry in manifest.read(settings)["files"]}
    except RoofhouseError:
        return
    for file in settings.marts.iterdir():
        if manifest.is_ours(file.name) and file.name not in {*published, manifest.NAME}:
            file.unlink()


def _keep_foreign(old: Path, marts: Path) -> None:
    """Carry over files among the marts that are not ours, such as a README."""
    if old.is_dir():
        for path in old.iterdir():
            if not manifest.is_ours(path.name) and not (marts / path.name).exists():
                path.replace(marts / path.name)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step. Return False, and do nothing, if the system cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None or one.is_symlink() or other.is_symlink():
        return False
    done = rename(_AT_FDCWD, bytes(one), _AT_FDCWD, bytes(other), ctypes.c_uint(_RENAME_EXCHANGE))
    return bool(done == 0)
