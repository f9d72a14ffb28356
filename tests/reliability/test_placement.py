"""Where the database or the marts cannot be placed, neither is: mounts, links, other disks."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reliability import child, state

Start = tuple[Path, str, str]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """A data folder with A published and B built."""
    data = tmp_path_factory.mktemp("start") / "data"
    (data / "marts").mkdir(parents=True)
    (data / "marts" / "README.txt").write_text("of the owner")
    return (data, *state.prepare(data))


@contextmanager
def on_another_disk(folder: Path) -> Iterator[None]:
    """A folder with its content on a small disk of its own."""
    kept = shutil.copytree(folder, folder.with_name(f"{folder.name}.kept"))
    with state.mounted(folder, 200_000):
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield


def refused(data: Path, old: str, *words: str, job: Callable[[Path], None] = child.inside) -> None:
    """Nothing is published, and one line says why."""
    code, told = child.run_and_listen(job, data)
    assert code == 1
    assert all(word in told for word in words), told
    state.check_whole(data, old)


def test_marts_on_another_disk_are_replaced_file_by_file(start: Start, tmp_path: Path) -> None:
    origin, _, new = start
    data = state.copy_of(origin, tmp_path / "data")
    with on_another_disk(data / "marts"):
        assert child.run(child.inside, data) == 0
        state.check_whole(data, new)
        assert not (data / "marts" / ".next").exists()


def test_a_link_to_marts_on_another_disk_stays_a_link(start: Start, tmp_path: Path) -> None:
    origin, _, new = start
    data = state.copy_of(origin, tmp_path / "data")
    with state.mounted(tmp_path / "disk", 100_000):
        shutil.move(data / "marts", tmp_path / "disk" / "marts")
        (data / "marts").symlink_to(tmp_path / "disk" / "marts")
        assert child.run(child.inside, data) == 0
        state.check_whole(data, new)
        assert (data / "marts").is_symlink()


def test_marts_that_cannot_be_written_keep_the_old_database(start: Start, tmp_path: Path) -> None:
    origin, old, new = start
    data = state.copy_of(origin, tmp_path / "data")
    with on_another_disk(data / "marts"):
        subprocess.run(["mount", "-o", "remount,ro", str(data / "marts")], check=True)
        refused(data, old, f"{data}/marts: the folder is read-only")
        subprocess.run(["mount", "-o", "remount,rw", str(data / "marts")], check=True)
        assert child.run(child.inside, data) == 0
        state.check_whole(data, new)


@pytest.mark.parametrize(("mode", "owner"), [(0o500, 0), (0o755, 65_534)])
def test_marts_of_another_user_keep_the_old_database(
    start: Start, tmp_path: Path, mode: int, owner: int
) -> None:
    origin, old, new = start
    data = state.copy_of(origin, tmp_path / "data")
    before = (data / "marts").stat()
    (data / "marts").chmod(mode)
    os.chown(data / "marts", owner, owner)
    refused(data, old, f"{data}/marts: ", job=child.as_another_user)
    os.chown(data / "marts", before.st_uid, before.st_gid)
    (data / "marts").chmod(0o755)
    assert child.run(child.as_another_user, data) == 0
    state.check_whole(data, new)


def test_a_database_that_is_a_mount_keeps_the_old_marts(start: Start, tmp_path: Path) -> None:
    origin, old, new = start
    data = state.copy_of(origin, tmp_path / "data")
    published = data / "warehouse.duckdb"
    kept = shutil.copy(published, tmp_path / "kept.duckdb")
    subprocess.run(["mount", "--bind", str(kept), str(published)], check=True)
    try:
        refused(data, old, f"{published}: cannot be replaced: Device or resource busy")
    finally:
        subprocess.run(["umount", "-l", str(published)], check=True)
    assert child.run(child.inside, data) == 0
    state.check_whole(data, new)


def test_a_build_folder_on_another_disk_is_refused(start: Start, tmp_path: Path) -> None:
    origin, old, _ = start
    data = state.copy_of(origin, tmp_path / "data")
    with on_another_disk(data / "build"):
        refused(data, old, f"{data}/build: is on another disk than {data}")
