"""A build without Dagster in a process of its own, which can be killed at a chosen place.

The places inside a publication are the calls that change the disk; they are wrapped
here, in the test's process, so that the real code has no hook.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.publish import atomic, database, parquet, publish
from pipelines.report import page, pictures  # noqa: F401 - imported once, not in each process
from pipelines.transform import materialize, registry
from pipelines.transform.materialize import building

KILLED = -signal.SIGKILL


class Places:
    """Counts the places that a process passes; at the chosen one it kills itself."""

    def __init__(self, die_at: int | None) -> None:
        self.passed = 0
        self.die_at = die_at

    def passing(self) -> None:
        """One place more."""
        if self.passed == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1

    def around(self, owner: Any, name: str) -> None:
        """Make the moments before and after each call of a function places."""
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.passing()
            result = original(*arguments, **named)
            self.passing()
            return result

        setattr(owner, name, wrapped)


def steps(data: Path, die_at: int | None = None, count: Path | None = None) -> None:
    """A whole build; its places are the boundaries of its steps."""
    places = Places(die_at)
    found = settings.load(data)
    with building(found) as db:
        atomic.recover(found)
        places.passing()
        materialize.list_raw(db, found)
        places.passing()
        materialize.stage_all(db, found)
        places.passing()
        for name in registry.tables():
            materialize.materialize(db, found, registry.tables()[name])
            places.passing()
        publish.publish(db, found)
        places.passing()
    _write(count, places)


def inside(data: Path, die_at: int | None = None, count: Path | None = None) -> None:
    """A publication of what is built; its places are the calls that change the disk."""
    _publish(
        data,
        Places(die_at),
        count,
        (database, "write"),
        (parquet, "write"),
        (atomic, "exchange"),
        (atomic, "commit"),
        (Path, "replace"),
        (Path, "unlink"),
        (Path, "write_text"),
        (os, "fsync"),
        (shutil, "rmtree"),
        (shutil, "copyfile"),
    )


def decided(data: Path, die_at: int | None = None, count: Path | None = None) -> None:
    """The same; its first place is where the set is decided on and the database replaced."""
    _publish(data, Places(die_at), count, (atomic, "exchange"))


def _publish(data: Path, places: Places, count: Path | None, *calls: tuple[Any, str]) -> None:
    found = settings.load(data)
    with building(found) as db:
        atomic.recover(found)
        for owner, name in calls:
            places.around(owner, name)
        publish.publish(db, found)
    _write(count, places)


def one_by_one(data: Path, die_at: int | None = None, count: Path | None = None) -> None:
    """The same where the system cannot exchange folders."""
    atomic.exchange = lambda one, other: False
    inside(data, die_at, count)


def as_another_user(data: Path) -> None:
    """A publication by a user whom the modes of files bind: root without the right to pass them."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the higher halves
    assert libc.capget(header, sets) == 0
    sets[0] &= ~(1 << 1 | 1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, sets) == 0
    inside(data)


def _write(count: Path | None, places: Places) -> None:
    if count is not None:
        os.write(os.open(count, os.O_CREAT | os.O_WRONLY), str(places.passed).encode())


def _main(
    job: Callable[..., None], data: Path, arguments: dict[str, Any], said: Connection | None
) -> None:
    try:
        job(data, **arguments)
    except RoofhouseError as error:
        if said is not None:
            said.send(str(error))
        os._exit(1)


def context() -> ForkServerContext:
    """Processes that start with everything imported and nothing opened."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.reliability.child"])
    return found


def start(
    job: Callable[..., None], data: Path, said: Connection | None = None, **arguments: Any
) -> ForkServerProcess:
    """Start a job in a process of its own; what it says to its user goes to `said`."""
    process = context().Process(target=_main, args=(job, data, arguments, said))
    process.start()
    return process


def run(job: Callable[..., None], data: Path, **arguments: Any) -> int | None:
    """The exit code of a job: 0 done, 1 a user's mistake, KILLED."""
    process = start(job, data, **arguments)
    process.join(120)
    return process.exitcode


def run_and_listen(job: Callable[..., None], data: Path) -> tuple[int | None, str]:
    """The exit code of a job, and what it says to its user where that is 1."""
    heard, said = context().Pipe(duplex=False)
    process = start(job, data, said)
    process.join(120)
    return process.exitcode, heard.recv() if heard.poll() else ""
