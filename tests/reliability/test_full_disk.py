"""A full disk, a quota and a read-only folder: one clear line, and the published set intact."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import ROOFHOUSE, environment
from tests.reliability import child, state


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A data folder with A published and B built."""
    data = tmp_path_factory.mktemp("start") / "data"
    (data / "marts").mkdir(parents=True)
    (data / "marts" / "README.txt").write_text("of the owner")
    return (data, *state.prepare(data))


def call(
    data: Path, command: str, limit: int | None = None, home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`roofhouse`, with its run history in `home`, else outside of the disk of the data."""

    def preexec() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    home = home or data.parent.parent / "elsewhere"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [ROOFHOUSE, command],
        env={**environment(home / "data"), "ROOFHOUSE_DATA": str(data)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=preexec,
    )


def check_refused(done: subprocess.CompletedProcess[str], data: Path, words: str) -> None:
    """Exit code 1, and one line which says what and where."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("roofhouse: ")
    assert words in last
    assert str(data) in last


def test_a_full_disk_is_said_and_the_published_set_stays(
    start: tuple[Path, str, str], tmp_path: Path
) -> None:
    origin, old, new = start
    data = tmp_path / "disk" / "data"
    # Enough for ever more of a build: staging, the build database, the next set.
    with state.mounted(data.parent, 100_000):
        for spare in (16, 2000):
            state.copy_of(origin, data)
            shutil.rmtree(data / "build")
            with filled(data, spare):
                done = call(data, "build")
                check_refused(done, data, "the disk is full; free some space")
                assert "Nothing was published." in done.stderr
                assert state.in_database(data) == old
                assert state.in_marts(data) == {old}
                state.check_is_whole(*state.status(data)[:2])
        assert child.run(child.steps, data) == 0
        state.check_whole(data, new)


@contextmanager
def filled(data: Path, spare_k: int) -> Iterator[None]:
    """Leave only so much of the disk."""
    ballast = data.parent / "ballast"
    free = shutil.disk_usage(data).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, free - spare_k * 1024))
    try:
        yield
    finally:
        ballast.unlink()


def test_a_disk_that_is_full_at_any_place_of_a_publication_leaves_a_whole_set(
    start: tuple[Path, str, str], tmp_path: Path
) -> None:
    origin, old, new = start
    data = tmp_path / "disk" / "data"
    outcomes = []
    with state.mounted(data.parent, 100_000):
        for spare in range(100, 6000, 500):
            state.copy_of(origin, data)
            with filled(data, spare):
                code, said = child.run_and_listen(child.inside, data)
                outcomes.append(code)
                if code != 0:
                    assert re.fullmatch(
                        rf"{data}[^ ]*: the disk is full; free some space, "
                        r"then run `roofhouse build` again",
                        said,
                    ), said
                    assert state.in_database(data) == old
                    assert state.in_marts(data) == {old}
            assert child.run(child.inside, data) == 0
            state.check_whole(data, new)
    assert outcomes.count(1) >= 3


def test_a_full_disk_under_the_run_history_is_said(
    start: tuple[Path, str, str], tmp_path: Path
) -> None:
    origin, old, _ = start
    data = tmp_path / "disk" / "data"
    with state.mounted(data.parent, 100_000):
        state.copy_of(origin, data)
        with filled(data, 1000):
            done = call(data, "build", home=data.parent)
        check_refused(done, data.parent, "the run history cannot be kept there")
        assert state.in_database(data) == old
        assert state.in_marts(data) == {old}


def test_a_quota_on_file_sizes_is_said_and_the_published_set_stays(
    start: tuple[Path, str, str], tmp_path: Path
) -> None:
    origin, old, _ = start
    data = state.copy_of(origin, tmp_path / "disk" / "data")
    # The run history, too, is files: what is limited is more than it and less than a database.
    done = call(data, "build", limit=6_000_000)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "a file would be larger than this process may write" in done.stderr
    assert state.in_database(data) == old
    assert state.in_marts(data) == {old}


def test_a_read_only_folder_is_said_and_can_still_be_read(
    start: tuple[Path, str, str], tmp_path: Path
) -> None:
    origin, old, new = start
    data = tmp_path / "disk" / "data"
    with state.mounted(data.parent, 100_000):
        state.copy_of(origin, data)
        subprocess.run(["mount", "-o", "remount,ro", str(data.parent)], check=True)
        check_refused(call(data, "build"), data, "the folder is read-only; make it writable")
        code, error, told = state.status(data)
        state.check_is_whole(code, error)
        assert told == old
        assert state.in_database(data) == old
        assert state.in_marts(data) == {old}
        subprocess.run(["mount", "-o", "remount,rw", str(data.parent)], check=True)
        assert child.run(child.steps, data) == 0
        state.check_whole(data, new)


def test_a_folder_without_permission_is_said(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pipelines import settings; from pipelines.warehouse import lock\n"
        "from pipelines.errors import RoofhouseError\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try:\n    lock(settings.load('/usr/share')).__enter__()\n"
        "except RoofhouseError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("/usr/share: no permission to write there"), done.stderr
