"""Stage all raw files: in this process, feeds also as tasks of a Ray cluster.

Small files of one source are staged together, in one folder. A task runs staging.stage() like
this process does, so the result has the same bytes. A task whose worker dies is run again. Each
attempt works in a folder of its own and renames its result once, so attempts do not interfere.
Ray is imported only if an address is given and something is left to stage.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import RoofhouseError
from pipelines.ingest import staging
from pipelines.ingest.cluster import ray_cluster
from pipelines.ingest.load import Staged
from pipelines.ingest.snapshot import MovedError, RawFile, sha256_of
from pipelines.ingest.staging import Keyed
from pipelines.settings import Settings
from pipelines.warehouse import disk_error

if TYPE_CHECKING:
    from pipelines.ingest.cluster.object_store import Shared

#: CPUs of a task, and DuckDB's threads in it, if the settings do not say.
_TASK_CPUS = 2
#: Seconds that network storage may take to show a rename on another machine.
_SEEN_S = 60.0
_TEMP = "roofhouse-task"
#: Files up to this size are staged together, up to so many bytes at a time.
_SMALL_BYTES = 4_000_000
_BATCH_BYTES = 48_000_000
#: So many folders of so few files are staged as one when the next file comes.
_SCATTERED_FOLDERS = 24
_SCATTERED_FILES = 16


@dataclass
class Staging:
    """The files that are staged, and why a source could not be, by its id.

    `moved` are files of these sources that changed since they were hashed.
    """

    staged: list[Staged] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    moved: list[Path] = field(default_factory=list)


def stage_files(files: list[RawFile], settings: Settings) -> Staging:
    """Stage the files that are not staged yet, and return all files with their folders.

    The caller holds the build lock. A source of which one file cannot be read is left out.
    Raises RoofhouseError if the cluster or the storage cannot be used.
    """
    _discard_unfinished(settings)
    found = Staging()
    known = staging.staged_members(settings)
    by_source: dict[str, list[RawFile]] = {}
    for file in files:
        by_source.setdefault(file.source.id, []).append(file)
    for source_id, its_files in by_source.items():
        try:
            keyed = staging.keyed(its_files)
            _stage_source(keyed, known, settings)
        except RoofhouseError as error:
            found.problems[source_id] = str(error)
            if isinstance(error, MovedError):
                found.moved.append(error.path)
            continue
        found.staged += [Staged(one.file, known[one.key], one.key) for one in keyed]
    _discard_unused({one.folder for one in found.staged}, settings)
    return found


def forget(files: list[RawFile], settings: Settings) -> None:
    """Remove the staged folders that hold these files, so that they are staged again.

    The caller holds the build lock. Raises RoofhouseError naming a sidecar that cannot be read.
    """
    known = staging.staged_members(settings)
    for folder in {known[one.key] for one in staging.keyed(files) if one.key in known}:
        shutil.rmtree(folder, ignore_errors=True)


def _stage_source(keyed: list[Keyed], known: dict[str, Path], settings: Settings) -> None:
    """Stage what is missing of one source, and add its folders to those that are `known`.

    Raises RoofhouseError for the first file that cannot be read.
    """
    missing = list({one.key: one for one in keyed if one.key not in known}.values())
    if settings.ray and missing and missing[0].file.source.is_feed:
        _spread([one.file for one in missing], settings)
        known.update({one.key: settings.staging / one.key for one in missing})
        return
    small = []
    for one in missing:
        if _size(one) <= _SMALL_BYTES:
            small.append(one)
        else:
            known[one.key] = staging.stage_all([one], settings)
    for batch in _batches(_with_scattered(small, keyed, known)):
        _stage_batch(batch, known, settings)


def _with_scattered(small: list[Keyed], keyed: list[Keyed], known: dict[str, Path]) -> list[Keyed]:
    """Return the small files to stage, with those of many small folders, to be staged as one."""
    if not small:
        return []
    size = Counter(known[one.key] for one in keyed if one.key in known)
    scattered = [folder for folder, files in size.items() if files <= _SCATTERED_FILES]
    if len(scattered) < _SCATTERED_FOLDERS:
        return small
    return small + [
        one for one in keyed if known.get(one.key) in scattered and _size(one) <= _SMALL_BYTES
    ]


def _size(one: Keyed) -> int:
    try:
        return one.file.path.stat().st_size
    except OSError:
        raise MovedError(one.file.path, "was removed") from None


def _batches(small: list[Keyed]) -> Iterator[list[Keyed]]:
    """Yield the files in portions of at most `_BATCH_BYTES`."""
    batch: list[Keyed] = []
    size = 0
    for one in small:
        batch.append(one)
        size += _size(one)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _stage_batch(batch: list[Keyed], known: dict[str, Path], settings: Settings) -> None:
    """Stage files together; where that fails, in halves, which leads to the file that is wrong."""
    try:
        folder = staging.stage_all(batch, settings)
        known.update({one.key: folder for one in batch})
    except MovedError:
        raise
    except RoofhouseError:
        if len(batch) == 1:
            raise
        half = len(batch) // 2
        _stage_batch(batch[:half], known, settings)
        _stage_batch(batch[half:], known, settings)


def _discard_unfinished(settings: Settings) -> None:
    """Remove the folders of killed attempts."""
    for path in settings.staging.glob(".*.tmp"):
        shutil.rmtree(path, ignore_errors=True)


def _discard_unused(used: set[Path], settings: Settings) -> None:
    """Remove the staged folders of which no file is there any more."""
    for path in settings.staging.glob("*"):
        if path not in used:
            shutil.rmtree(path, ignore_errors=True)


def _spread(files: list[RawFile], settings: Settings) -> None:
    """Stage files, none of which is staged yet, on the cluster."""
    shared = _shared(settings) if settings.shared else None
    settings.staging.mkdir(parents=True, exist_ok=True)
    for file in files:
        # Remove outdated folders now: an attempt must not remove what another has finished.
        shutil.rmtree(settings.staging / file.sha256, ignore_errors=True)
    todo = [file for file in files if shared is None or not shared.has_staged(file.sha256)]
    task_settings = settings.model_copy(update={"threads": settings.threads or _TASK_CPUS})
    try:
        if todo:
            with ray_cluster.connected(task_settings) as connected:
                for file in todo:
                    if shared is not None:
                        shared.put_raw(file)
                    connected.submit(task, file, task_settings, staging.versions())
                for file, told in zip(todo, connected.results(), strict=True):
                    if told is not None:
                        raise RoofhouseError(told)
                    if shared is None:
                        _wait_for(file, settings)
    finally:
        _discard_unfinished(settings)
    if shared is not None:
        for file in files:
            _bring(file, shared, settings)


def _shared(settings: Settings) -> Shared:
    # Imported here, since pyarrow's file systems take long to load.
    from pipelines.ingest.cluster import object_store

    return object_store.Shared(settings)


def task(file: RawFile, settings: Settings, expected: dict[str, str]) -> str | None:
    """Stage a file on a node. Return None, or the message for the user if it failed."""
    node = f"Ray node {socket.gethostname()}"
    for name, found in staging.versions().items():
        if found != expected.get(name):
            return (
                f"{node} has {name} {found}, the machine that builds has {expected.get(name)}: "
                "install the same roofhouse on every node"
            )
    try:
        if settings.shared:
            _stage_from(_shared(settings), file, settings)
        else:
            _check(file, file.path, node)
            staging.stage(file, settings)
    except RoofhouseError as error:
        return str(error)
    except Exception as error:
        if told := disk_error(error):
            return f"{node}: {told}"
        raise
    return None


def _check(file: RawFile, path: Path, node: str) -> None:
    """Raise RoofhouseError if a node does not see the bytes that are to be staged."""
    if not path.is_file():
        raise RoofhouseError(
            f"{file.path}: {node} does not see it; let every node mount the data folder there, "
            "or name storage between them with --shared"
        )
    if sha256_of(path) != file.sha256:
        raise RoofhouseError(f"{file.path}: {node} sees other bytes than the machine that builds")


def _stage_from(shared: Shared, file: RawFile, settings: Settings) -> None:
    """Stage a file from shared storage in a temporary folder of this node."""
    with _task_folder() as folder:
        here = RawFile(folder / "raw" / file.path.name, file.sha256)
        here.path.parent.mkdir()
        shared.get_raw(file, here.path)
        _check(file, here.path, f"Ray node {socket.gethostname()}")
        try:
            staged = staging.stage(here, settings.model_copy(update={"data": folder}))
        except RoofhouseError as error:
            raise RoofhouseError(str(error).replace(str(here.path), str(file.path))) from None
        shared.put_staged(staged)


@contextmanager
def _task_folder() -> Iterator[Path]:
    """Provide a temporary folder for one task, and remove those of killed tasks."""
    mine = f"{_TEMP}-{socket.gethostname()}-"
    for path in Path(tempfile.gettempdir()).glob(f"{mine}*"):
        pid = path.name.removeprefix(mine).split("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(path, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{mine}{os.getpid()}-") as folder:
        yield Path(folder)


def _wait_for(file: RawFile, settings: Settings) -> None:
    """Wait until a folder that a node has finished is visible here."""
    until = time.monotonic() + _SEEN_S
    while not staging.is_staged(settings.staging / file.sha256, settings):
        if time.monotonic() > until:
            raise RoofhouseError(
                f"{settings.staging}: a Ray node staged {file.path.name}, but it is not seen here; "
                "the data folder must be one for all nodes, or name storage with --shared"
            )
        list(settings.staging.iterdir())  # makes network storage refresh
        time.sleep(0.1)


def _bring(file: RawFile, shared: Shared, settings: Settings) -> None:
    """Copy a staged folder from shared storage."""
    folder = settings.staging / file.sha256
    work = staging.unfinished(folder)
    work.mkdir(parents=True)
    try:
        shared.get_staged(file.sha256, work)
        staging.place(work, folder, settings)
    finally:
        shutil.rmtree(work, ignore_errors=True)
