"""An event: a problem that began or ended."""

from __future__ import annotations

import datetime as dt

import msgspec

#: From the least to the most severe. An error needs a person: `roofhouse status` exits with 1.
SEVERITIES = ("info", "warn", "error")

#: Characters of a message; a check may name every column.
_LONGEST = 400

#: The message when a problem ends, by its kind; `{}` is the source or the check.
_ENDS = {
    "run_failed": "a run has ended well",
    "check_failed": "{} holds again",
    "held_back": "{}: no snapshot is held back any more",
    "left_out": "{} is no longer left out",
    "not_whole": "the published set is whole again",
    "stale": "{} is no longer late",
}

KINDS = (*_ENDS, "test")


class Event(msgspec.Struct, frozen=True):
    """An event to send. `key` is the same when a problem begins and when it ends.

    `occurrence` differs between events with the same key that are both sent, such as two failed
    runs, or a problem whose severity changed. `at` is UTC, to the second.
    """

    kind: str
    key: str
    severity: str
    message: str
    at: str
    state: str = "began"
    source: str | None = None
    table: str | None = None
    check: str | None = None
    run_id: str | None = None
    occurrence: str = ""


def ended(event: Event, at: str) -> Event:
    """Return the event that ends a problem."""
    what = f"{event.table}.{event.check}" if event.check else event.source or "the warehouse"
    message = _ENDS[event.kind].format(what)
    return msgspec.structs.replace(event, state="recovered", message=message, at=at)


def now() -> str:
    """Return the time in the form of events: UTC, to the second."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def plain(text: str) -> str:
    """Return text of a feed as one line of limited length, without invisible characters."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{shown[: _LONGEST - 1]}…" if len(shown) > _LONGEST else shown
