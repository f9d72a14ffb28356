"""Finds JSON that DuckDB, Python and other readers interpret differently, before any reads it.

If a key appears twice, DuckDB takes the first value, Python and browsers the last. Some readers
accept half of a surrogate pair, others do not. The same text has several Unicode forms. An item
with one of the first two faults is refused, and text is normalized to NFC.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipelines.ingest.split import (
    MAX_DEPTH,
    REFUSED,
    TOO_DEEP,
    Lines,
    Refused,
    depth,
    refused,
    too_long,
)
from pipelines.ingest.strict_json import DECODER, keys_twice, spell
from pipelines.ingest.unicode_form import STRING, normal_json

HALF_A_PAIR = "the item holds half of a surrogate pair (\\ud800)"
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
#: Maximum number of entities that are remembered as having no key twice.
_MAX_SEEN = 100_000
#: Bytes written at a time.
_BLOCK = 1 << 20
#: Maximum number of keys that a message names.
_MAX_NAMED = 5
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_VALUE = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


class _Keys:
    """Finds keys that appear twice; an entity that many items repeat is looked at once."""

    def __init__(self) -> None:
        self._clean: set[int | None] = set()

    def twice(self, line: bytes) -> list[str]:
        """Return the paths of keys that appear twice in one object; none if it is not JSON."""
        if self._are_surely_single(line):
            return []
        try:
            return [spell(path) for path in keys_twice(DECODER.decode(line.decode()))]
        except (ValueError, RecursionError):
            return []

    def _are_surely_single(self, line: bytes) -> bool:
        """Return True if no key appears twice, False if it might.

        A key ends in `":`. If a key appears twice, the item has fewer of these once it is decoded
        and encoded again. Those within texts stay, unless a quote is written as `\\u0022`.
        """
        if (b"\\" in line and b"\\u0022" in line) or _has_blank_before_colon(line):
            return False
        try:
            fields = _FIELDS.decode(line)
            parts = {name: bytes(value) for name, value in fields.items()}
            names = [*fields]
            if parts.get("resolved", b"").startswith(b"{"):
                entities = _FIELDS.decode(parts.pop("resolved"))
                names += entities
                parts |= {f"resolved.{name}": bytes(value) for name, value in entities.items()}
            count = len(names)
            for name, part in parts.items():
                own = part.count(b'":')
                count += own
                key = hash(part) if name.startswith("resolved.") else None
                if own and key not in self._clean:
                    if _ENCODER.encode(_VALUE.decode(part)).count(b'":') != own:
                        return False
                    self._remember(key)
            return line.count(b'":') == count and not any('"' in name for name in names)
        except (msgspec.MsgspecError, RecursionError):
            return False

    def _remember(self, key: int | None) -> None:
        """Remember that an entity has no key twice; `key` is None if it is no entity."""
        if len(self._clean) >= _MAX_SEEN:
            self._clean.clear()
        if key is not None:
            self._clean.add(key)


def vet(lines: Lines, work: Path) -> None:
    """Refuse the items that readers interpret differently, and normalize the others to NFC."""
    keys = _Keys()
    changed = set()
    for position, line in enumerate(lines.at(range(lines.item_count))):
        why = None
        # Searching for one byte takes a tenth of the time of searching for several.
        if b"\\" in line and _HALF.search(line) and _has_half_a_pair(line):
            why = refused(HALF_A_PAIR, line)
        elif _is_too_deep(line):
            why = refused(TOO_DEEP, line)
        elif twice := keys.twice(line):
            why = refused(_said(twice), line, twice[0])
        if why:
            lines.refused[position] = why
        if why or normal_json(line) != line:
            changed.add(position)
    if changed:
        _rewrite(lines, changed, work / "vetted.ndjson")


def _rewrite(lines: Lines, changed: set[int], path: Path) -> None:
    """Rewrite the lines, with placeholders for refused ones; blank lines keep their places."""
    position = 0
    with lines.path.open("rb") as opened, path.open("wb") as out:
        for line in opened:
            if line.strip():
                if position in changed:
                    is_refused = position in lines.refused
                    line = REFUSED + b"\n" if is_refused else normal_json(line)
                lines.starts[position] = out.tell()
                lines.longest = max(lines.longest, len(line))
                position += 1
            out.write(line)
    lines.path = path


def _is_too_deep(line: bytes) -> bool:
    return line.count(b"[") + line.count(b"{") > MAX_DEPTH and depth(line) > MAX_DEPTH


def _has_blank_before_colon(line: bytes) -> bool:
    return b" :" in line or any(b in line and b + b":" in line for b in (b"\t", b"\r", b"\n"))


def _said(twice: list[str]) -> str:
    names = ", ".join(f"`{path}`" for path in twice[:_MAX_NAMED])
    if len(twice) == 1:
        return f"the key {names} appears twice"
    return f"the keys {names}{', …' if len(twice) > _MAX_NAMED else ''} appear twice"


def _has_half_a_pair(line: bytes) -> bool:
    """Return True if a JSON text holds half of a surrogate pair, in a text or a key."""
    try:
        for match in STRING.finditer(line.decode()):
            if "\\u" in match[0]:
                json.loads(match[0]).encode()
    except UnicodeEncodeError:
        return True
    except ValueError:
        return False
    return False


def without_unreadable(view: mmap.mmap, path: Path, max_bytes: int) -> dict[int, Refused]:
    """Write a feed object to `path` without the items that make it unreadable.

    These are items with half of a surrogate pair, items nested too deeply, and items of more than
    `max_bytes`, which are not read. They are returned by position. Each is replaced by null, and
    all other bytes keep their offset.
    """
    found: dict[int, Refused] = {}
    written = 0
    with path.open("wb") as out:
        for position, start, end, levels in _items(view):
            if end - start > max_bytes:
                reason = too_long(end - start, max_bytes)
            elif levels > MAX_DEPTH:
                reason = TOO_DEEP
            elif _HALF.search(view, start, end) and _has_half_a_pair(view[start:end]):
                reason = HALF_A_PAIR
            else:
                continue
            whole = memoryview(view)
            found[position] = refused(reason, whole[start:end])
            out.write(whole[written:start])
            out.write(REFUSED)
            for _ in range(len(REFUSED), end - start, _BLOCK):
                out.write(b" " * min(_BLOCK, end - out.tell()))
            written = end
        out.write(memoryview(view)[written:])
    return found


def _items(view: mmap.mmap) -> Iterator[tuple[int, int, int, int]]:
    """Yield position, start, end and depth of each item of a feed that is an object or a list."""
    position = level = deepest = start = 0
    name = b""
    is_inside = False
    for match in _TOKEN.finditer(view):
        token = match[0]
        if token in b"[{":
            level += 1
            if level == 2:
                is_inside, position = name == b'"items"', 0
            elif level == 3:
                start, deepest = match.start(), 1
            deepest = max(deepest, level - 2)
        elif token in b"]}":
            level -= 1
            if level == 2 and is_inside:
                yield position, start, match.end(), deepest
        elif token == b",":
            position += level == 2
        elif level == 1:
            name = token
