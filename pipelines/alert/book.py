"""The book: the events that were sent through each channel, and those that wait.

It is `data/.alerts/told.json`. It is not in data/build, because `roofhouse build --full` deletes
that folder, and a failure must not be sent again afterwards. If the book is deleted, all current
problems are sent again.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import filelock
import msgspec

from pipelines.alert.conditions import Conditions, at_least
from pipelines.alert.event import Event, ended
from pipelines.settings import Settings

#: Number of failed runs that the book remembers.
_RUNS = 200

#: Books that could not be written, as on a full disk: this process still sends each event once.
_unwritten: dict[Path, Book] = {}


#: A time with its zone.
Time = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class Told(msgspec.Struct):
    """The events that were sent through a channel, and those that wait in its queue.

    `not_before` is the time (Unix, s) until which the receiver asked to wait.
    """

    known: dict[str, Event] = {}
    queue: list[Event] = []
    runs: list[str] = []
    not_before: float = 0

    def happened(self, event: Event) -> None:
        """Queue an event unless it is known already; a failed run is queued once."""
        before = self.known.get(event.key)
        if before is not None and before.occurrence == event.occurrence:
            return
        if event.run_id is not None:
            if event.run_id in self.runs:  # Dagster and the run itself both report it
                return
            self.runs = [*self.runs[-_RUNS:], event.run_id]
        self.known[event.key] = event
        self.queue.append(event)

    def look(self, found: Conditions, severity: str, at: str) -> None:
        """Queue the problems that began, and those that ended, since the last look."""
        told = at_least(severity)
        # A problem that is now below `alert_severity` is forgotten; it has not ended.
        self.known = {key: one for key, one in self.known.items() if one.severity in told}
        for one in [one for one in self.known.values() if found.has_ended(one)]:
            del self.known[one.key]
            self.queue.append(ended(one, at))
        for one in found.standing.values():
            if one.severity in told:
                self.happened(one)


class Book(msgspec.Struct):
    """The state of each channel; for each source, its last fetch and the first look at it."""

    channels: dict[str, Told] = {}
    seen: dict[str, Time] = {}
    first_look: dict[str, Time] = {}

    def of(self, channel: str) -> Told:
        """Return the state of a channel."""
        return self.channels.setdefault(channel, Told())


@contextmanager
def opened(settings: Settings) -> Iterator[Book]:
    """Give the book, and write the changes made to it; other processes wait meanwhile."""
    path = settings.alerts / "told.json"
    with locked(settings, "lock", wait_s=10):
        book = _unwritten.get(path) or _read(path)
        before = msgspec.json.encode(book)
        yield book
        after = msgspec.json.encode(book)
        if before == after and path not in _unwritten:
            return
        temp = path.with_name(f".{path.name}.tmp")
        try:
            temp.write_bytes(msgspec.json.format(after, indent=1))
            os.replace(temp, path)  # noqa: PTH105
            _unwritten.pop(path, None)
        except OSError:
            _unwritten[path] = book


def is_written(settings: Settings) -> bool:
    """Return False if the book could not be written."""
    return settings.alerts / "told.json" not in _unwritten


@contextmanager
def locked(settings: Settings, name: str, wait_s: float) -> Iterator[bool]:
    """Hold a lock of the alerts; gives False if another process holds it for `wait_s` seconds.

    On a disk that supports no locks, alerts are sent without one.
    """
    held = filelock.FileLock(settings.alerts / name)
    try:
        settings.alerts.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=wait_s)
    except filelock.Timeout:
        yield False
        return
    except OSError:
        yield True
        return
    try:
        yield True
    finally:
        held.release()


def _read(path: Path) -> Book:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Book)
    except (OSError, ValueError, msgspec.MsgspecError):
        return Book()
