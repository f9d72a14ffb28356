"""The fields of a record, with a note of those that a reader looked at.

A reader asks for a field by the parts of its path: `fields.number("latency", "p50")`. A field that
it never asks for counts as unknown, so ask for both fields before you choose one of them. Name a
field that the reader knows but does not use with `set_aside`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from pipelines.ingest.readers.frame.records import UnusableError
from pipelines.ingest.strict_json import Path, spell

#: Above the largest count that a table can hold.
MAX_WHOLE = 2**63
#: Stands in a path for every element of a list, and for every key of an object.
EACH_ELEMENT, EACH_KEY = "[]", "*"


class Fields:
    """One JSON object of a file; another value has no fields."""

    def __init__(self, value: object, path: Path = (), root: Fields | None = None) -> None:
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self.is_object = isinstance(value, dict)
        self.path = path
        self._root = root
        self._pattern: Path = ()
        self._read: set[Path] = set() if root is None else root._read
        self._entered: set[Path] = set() if root is None else root._entered

    @property
    def root(self) -> Fields:
        """The whole document that this object is part of."""
        return self._root or self

    def get(self, *path: str) -> Any:
        """Return a value of any kind with all that is in it, None if there is none."""
        self._read.add(self._pattern + path)
        self._entered |= {self._pattern + path[:depth] for depth in range(1, len(path))}
        place: Any = self.value
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        return place

    def number(self, *path: str) -> float | None:
        """Return a finite number; None for everything else, texts of digits included."""
        return finite(self.get(*path))

    def needed(self, *path: str) -> float:
        """Return a finite number above 0; raises UnusableError for everything else."""
        value = self.get(*path)
        number = finite(value)
        if number is None or number <= 0:
            shown = "missing" if value is None else f"{_shown(value)}, not a number above 0"
            raise UnusableError(f"`{spell(path)}` is {shown}", self.spell(*path))
        return number

    def whole(self, *path: str) -> int | None:
        """Return a whole number of 0 or above that a table can hold, None for everything else."""
        number = self.number(*path)
        is_count = number is not None and 0 <= number < MAX_WHOLE and number % 1 == 0
        return int(number) if number is not None and is_count else None

    def needed_whole(self, *path: str) -> int:
        """Return a whole number above 0; raises UnusableError for everything else."""
        number = self.needed(*path)
        if number % 1 or number >= MAX_WHOLE:
            shown = _shown(number)
            raise UnusableError(f"`{spell(path)}` is {shown}, no count", self.spell(*path))
        return int(number)

    def limit(self, *path: str) -> int | None:
        """Return a limit, a whole number above 0; "inf", Infinity and null mean none."""
        return self.whole(*path) or None

    def rate(self, *path: str) -> float | None:
        """Return a rate, a number above 0; "inf", Infinity and null mean none."""
        number = self.number(*path)
        return number if number is not None and number > 0 else None

    def text(self, *path: str) -> str | None:
        """Return a text that is not blank, None for everything else.

        Raises UnusableError if it holds half of a surrogate pair, or NUL: no table can.
        """
        value = self.get(*path)
        if not isinstance(value, str) or not value.strip():
            return None
        if re.search("[\ud800-\udfff\0]", value):
            what = "holds NUL or half of a surrogate pair"
            raise UnusableError(f"`{spell(path)}` {what}", self.spell(*path))
        return value.strip()

    def flag(self, *path: str) -> bool | None:
        """Return true or false, None for everything else."""
        value = self.get(*path)
        return value if isinstance(value, bool) else None

    def has(self, *path: str) -> bool:
        """Return whether there is a value other than null."""
        return self.get(*path) is not None

    def starting(self, prefix: str) -> list[str]:
        """Return the names of the fields that start so and are not null."""
        return [name for name in self.value if name.startswith(prefix) and self.has(name)]

    def set_aside(self, *names: str) -> None:
        """Take fields as known, though nothing is made of them."""
        for name in names:
            self.get(name)

    def part(self, *path: str) -> Fields:
        """Return an object inside this one, empty if there is none."""
        value: Any = self.value
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return self._inner(value, path, path)

    def elements(self, *path: str) -> list[Fields]:
        """Return the elements of a list, empty ones for those that are no objects."""
        value: Any = self.value
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return [
            self._inner(element, (*path, at), (*path, EACH_ELEMENT))
            for at, element in enumerate(value if isinstance(value, list) else [])
        ]

    def members(self) -> Iterator[tuple[str, Fields]]:
        """Yield all values of an object whose keys are data, such as names of hosts."""
        for key, value in self.value.items():
            yield key, self._inner(value, (key,), (EACH_KEY,))

    def _inner(self, value: object, path: Path, pattern: Path) -> Fields:
        inner = Fields(value, self.path + path, self.root)
        inner._pattern = self._pattern + pattern
        self._entered |= {inner._pattern[:depth] for depth in range(1, len(inner._pattern) + 1)}
        return inner

    def spell(self, *path: str) -> str:
        """Return the path of a field from the top of the document."""
        return spell(self.path + path)

    def unread(self) -> set[str]:
        """Return the paths in this object that nobody asked for, each at its topmost.

        What was asked for in one element of a list counts as asked for in all of them.
        """
        return {spell(path) for path in self._unread(self.value, self._pattern)}

    def _unread(self, value: Any, path: Path) -> Iterator[Path]:
        if isinstance(value, list):
            for element in value:
                if isinstance(element, dict | list):
                    yield from self._unread(element, (*path, EACH_ELEMENT))
            return
        for key, inner in value.items():
            own = (*path, key)
            if own not in self._read and own not in self._entered:
                own = (*path, EACH_KEY)
            if own in self._read:
                continue
            if own not in self._entered:
                yield (*path, key)
            elif isinstance(inner, dict | list):
                yield from self._unread(inner, own)


def finite(value: object) -> float | None:
    """Return a number that a double can hold, None for everything else.

    A whole number larger than any count is returned as a double, so that arithmetic with it
    cannot fail.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        if not math.isfinite(value):
            return None
        return value if abs(value) < MAX_WHOLE else float(value)
    except OverflowError:
        return None


def _shown(value: object) -> str:
    """Return a value short enough for a message."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:57]}…"
