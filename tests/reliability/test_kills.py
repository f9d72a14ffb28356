"""kill -9 at every step of a build and at every place of a publication."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import duckdb
import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.publish import atomic
from pipelines.transform.materialize import building
from pipelines.warehouse import lock
from tests.command import ROOFHOUSE, environment
from tests.reliability import child, state


@dataclass
class Start:
    """A data folder with A published and B built, of which copies are made; `unbuilt` is
    one in which B lies in data/raw only."""

    data: Path
    unbuilt: Path
    old: str
    new: str
    seen: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    folder = tmp_path_factory.mktemp("start")
    data, unbuilt = folder / "data", folder / "unbuilt"
    (data / "marts").mkdir(parents=True)
    (data / "marts" / "README.txt").write_text("of the owner")
    return Start(data, unbuilt, *state.prepare(data, unbuilt, has_sources=True))


def places(start: Start, job: Callable[..., None], tmp_path: Path) -> int:
    """The number of places that a job passes if nobody kills it."""
    data = state.copy_of(of(start, job), tmp_path / "counted")
    assert child.run(job, data, count=tmp_path / "count") == 0
    state.check_whole(data, start.new)
    return int((tmp_path / "count").read_text())


def of(start: Start, job: Callable[..., None]) -> Path:
    """The data folder in which a job has the most to do."""
    return start.unbuilt if job is child.steps else start.data


Place = TypeVar("Place")


def two_at_once(tmp_path: Path, kill: Callable[[Path, Place], None], at: Sequence[Place]) -> None:
    """Kill at each place, in two data folders at once, one per core."""

    def work(position: int) -> None:
        for place in at[position::2]:
            kill(tmp_path / f"data-{position}", place)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))


def test_a_build_killed_at_any_step_boundary_leaves_a_whole_set_and_the_next_one_succeeds(
    start: Start, tmp_path: Path
) -> None:
    count = places(start, child.steps, tmp_path)
    assert count > 30
    seen: Counter[str] = Counter()

    def kill(data: Path, at: int) -> None:
        state.copy_of(start.unbuilt, data)
        assert child.run(child.steps, data, die_at=at) == child.KILLED
        state.check_readers(data, start.old, start.new, seen)
        assert child.run(child.steps, data) == 0
        state.check_whole(data, start.new)

    # Every run takes other boundaries, and the last one, after which all is published.
    first = random.SystemRandom().randrange(8)
    at = sorted({*range(first, count, 8), count - 1})
    two_at_once(tmp_path, kill, at)
    assert seen == {"old": len(at) - 1, "new": 1}


@pytest.mark.parametrize("job", [child.inside, child.one_by_one])
def test_a_publication_killed_at_any_place_leaves_a_whole_set_and_the_next_one_finishes_it(
    start: Start, tmp_path: Path, job: Callable[..., None]
) -> None:
    count = places(start, job, tmp_path)
    assert count > 50
    # Every run takes other places, and the last one, after which all is published.
    every = 10 if job is child.inside else 18
    first = random.SystemRandom().randrange(every)
    at = sorted({*range(first, count, every), count - 1})
    seen: Counter[str] = Counter()

    def kill(data: Path, at: int) -> None:
        state.copy_of(start.data, data)
        assert child.run(job, data, die_at=at) == child.KILLED
        if job is child.inside:
            state.check_readers(data, start.old, start.new, seen)
        else:
            assert state.in_database(data) in (start.old, start.new)
            assert state.in_marts(data) <= {start.old, start.new}
        assert child.run(child.inside, data) == 0
        state.check_whole(data, start.new)

    two_at_once(tmp_path, kill, at)
    print(job.__name__, count, dict(seen))
    if job is child.inside:
        assert seen["old"]
        assert seen["new"]


def test_a_publication_killed_at_random_moments_leaves_a_whole_set(
    start: Start, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    kills: Counter[int | None] = Counter()

    def kill(data: Path, delay: float) -> None:
        state.copy_of(start.data, data)
        process = child.start(child.inside, data)
        time.sleep(delay)
        process.kill()
        process.join(60)
        kills[process.exitcode] += 1
        state.check_readers(data, start.old, start.new, seen)
        assert child.run(child.inside, data) == 0
        state.check_whole(data, start.new)

    before = time.monotonic()
    data = state.copy_of(start.data, tmp_path / "timed")
    assert child.run(child.inside, data) == 0
    took = time.monotonic() - before
    # One in each twelfth of the time: the first come before any publication can be done.
    delays = [1.3 * (twelfth + chance.random()) / 12 * took for twelfth in range(12)]
    two_at_once(tmp_path, kill, delays)
    print(dict(kills), dict(seen))
    assert kills[child.KILLED] >= 3


def test_the_command_killed_at_random_moments_leaves_a_whole_set(
    start: Start, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    kills: Counter[int] = Counter()
    command = [str(ROOFHOUSE), "build"]

    def kill(folder: Path, delay: float) -> None:
        data = state.copy_of(start.unbuilt, folder / "data")
        with subprocess.Popen(
            command, env=environment(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(delay)
            process.kill()
        kills[process.returncode] += 1
        state.check_readers(data, start.old, start.new, seen)
        built = subprocess.run(command, env=environment(data), capture_output=True, check=False)
        assert built.returncode == 0, built.stderr
        state.check_whole(data, start.new)

    before = time.monotonic()
    data = state.copy_of(start.unbuilt, tmp_path / "timed" / "data")
    subprocess.run(command, env=environment(data), capture_output=True, check=True)
    took = time.monotonic() - before
    # One in each eighth of the time: the first three come before any build can be done.
    delays = [(0.3 + 1.5 * (eighth + chance.random()) / 8) * took for eighth in range(8)]
    two_at_once(tmp_path, kill, delays)
    print(dict(kills), dict(seen))
    assert kills[child.KILLED] >= 3


def test_what_a_killed_process_decided_on_is_finished_by_a_command_that_builds_nothing(
    start: Start, tmp_path: Path
) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    assert child.run(child.decided, data, die_at=0) == child.KILLED
    assert atomic.is_pending(settings.load(data))
    assert atomic.recover(settings.load(data))
    state.check_whole(data, start.new)


def test_status_during_a_publication_waits_for_it(start: Start, tmp_path: Path) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    assert child.run(child.decided, data, die_at=0) == child.KILLED
    with hold(data, 2) as process:
        threading.Timer(1, atomic.recover, [settings.load(data)]).start()
        assert state.status(data) == (0, "", start.new)
        process.kill()


HOLD = """
import sys, time
from pipelines import settings
from pipelines.warehouse import lock
with lock(settings.load(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(data: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_lock_of_a_dead_process_does_not_block(tmp_path: Path) -> None:
    with hold(tmp_path, 600) as process:
        process.kill()
    assert (tmp_path / "build" / "lock.holder.json").is_file()
    with lock(settings.load(tmp_path), wait_s=0):
        pass


def test_the_lock_of_a_living_process_is_said_in_one_line_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_LOCK_TIMEOUT_S", "0.2")
    with hold(tmp_path, 600) as process:
        with pytest.raises(RoofhouseError) as raised, building(settings.load(tmp_path)):
            pass
        process.kill()
    assert f"(process {process.pid})" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_second_build_waits_for_the_first(tmp_path: Path) -> None:
    with hold(tmp_path, 1.5):
        before = time.monotonic()
        with lock(settings.load(tmp_path)):
            assert time.monotonic() - before > 0.5


@pytest.mark.parametrize("damage", ["not a database", "cut off", "wal"])
def test_a_damaged_build_database_is_built_anew(start: Start, tmp_path: Path, damage: str) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    file = data / "build" / "warehouse.duckdb"
    if damage == "not a database":
        file.write_bytes(b"x" * 100_000)
    elif damage == "cut off":
        file.write_bytes(file.read_bytes()[:6000])
    else:
        file.with_name("warehouse.duckdb.wal").write_bytes(random.Random(0).randbytes(10_000))
    assert child.run(child.steps, data) == 0
    state.check_whole(data, start.new)


def test_a_build_database_that_somebody_has_open_is_not_deleted(
    start: Start, tmp_path: Path
) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    file = data / "build" / "warehouse.duckdb"
    before = file.stat().st_ino
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with (
            pytest.raises(RoofhouseError, match="cannot be opened"),
            building(settings.load(data)),
        ):
            pass
        other.communicate("\n")
    assert file.stat().st_ino == before


def test_what_somebody_wrote_into_the_published_file_does_not_break_the_next_one(
    start: Start, tmp_path: Path
) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('create table mine as select 1'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(data / "warehouse.duckdb")], check=False)
    assert (data / "warehouse.duckdb.wal").is_file()
    assert child.run(child.inside, data) == 0
    assert not (data / "warehouse.duckdb.wal").exists()
    state.check_whole(data, start.new)


def test_a_reader_that_has_the_old_file_open_keeps_it(start: Start, tmp_path: Path) -> None:
    data = state.copy_of(start.data, tmp_path / "data")
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        assert child.run(child.inside, data) == 0
        assert con.sql("select build_id from quality.build").fetchall() == [(start.old,)]
        assert con.sql("select count(*) from marts.mart_case_metrics").fetchall() == [(22 + 1 + 2,)]
    state.check_whole(data, start.new)
