"""Split any snapshot file into lines of one case each, in bounded memory.

What is split is a private copy whose hash was checked: others may write to the file itself. A feed
object is memory-mapped: msgspec walks it once and returns views of its items. The lines hold the
same JSON with blanks for line breaks.
"""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import json
import mmap
import re
import shutil
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import RawFile, content_blocks, name_time, parse_time
from pipelines.settings import Limits

#: First bytes of files that are not plain UTF-8, and their names in messages.
_STARTS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark",
    b"\x1f\x8b": "a gzip archive (name it .gz)",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive (name it .zst)",
}
#: DuckDB cannot parse JSON that is nested deeper.
MAX_DEPTH = 128
TOO_DEEP = f"the item is nested more than {MAX_DEPTH} levels deep"
#: Placeholder for a refused item, which keeps the positions of the others.
REFUSED = b"null"
#: Maximum bytes of a rejected item that are kept.
KEPT_TEXT = 20_000
#: A line that is not blank, from its first character that is not.
_LINE = re.compile(rb"[^ \t\n\r\f\v][^\n]*")


@dataclass(frozen=True)
class Refused:
    """An item that cannot be staged: the reason, its text, and the field if it is one field.

    Of a long item the text is its beginning.
    """

    reason: str
    text: str
    path: str | None = None
    case_id: str | None = None


@dataclass
class Lines:
    """A snapshot as lines of one case each, with the other fields of the feed object."""

    path: Path
    content_sha256: str
    generated_at: dt.datetime | None = None
    """None for NDJSON, whose time is in the file name."""
    declared_count: int | None = None
    license: str | None = None
    item_count: int = 0
    longest: int = 0
    """Length of the longest line in bytes."""
    extra_fields: list[str] = field(default_factory=list)
    """Names of unknown fields of the feed object."""
    refused: dict[int, Refused] = field(default_factory=dict)
    """Items that cannot be staged, by position."""
    starts: array[int] = field(default_factory=lambda: array("q"))
    """Offset in `path` of the line of each item, in bytes."""

    def at(self, positions: Iterable[int]) -> Iterator[bytes]:
        """Yield the lines at these positions, without line ends."""
        with self.path.open("rb") as opened:
            for position in positions:
                opened.seek(self.starts[position])
                yield opened.readline().strip()

    def accept(self, position: int, line: memoryview, max_bytes: int) -> bytes:
        """Return the line of an item, or a placeholder if it is too long."""
        if len(line) > max_bytes:
            self.refused[position] = refused(too_long(len(line), max_bytes), line)
            return REFUSED
        self.longest = max(self.longest, len(line))
        return bytes(line)


class _Item(msgspec.Struct):
    """An item of which only the id is looked at."""

    id: msgspec.Raw = msgspec.Raw()


def too_long(size: int, max_bytes: int) -> str:
    """Return why an item is not read."""
    return f"the item is {size:,} bytes long; at most {max_bytes:,} are read"


def refused(reason: str, line: memoryview | bytes, path: str | None = None) -> Refused:
    """Return a refused item, with its id if that can be read."""
    case_id = None
    with suppress(ValueError, RecursionError):
        found = msgspec.json.decode(line, type=_Item).id
        case_id = json.loads(bytes(found)[:1_000]) if found else None
    case_id = case_id[:200] if isinstance(case_id, str) else None
    text = bytes(line[:KEPT_TEXT]).decode(errors="ignore").strip()
    return Refused(reason, text, path, case_id)


def split(file: RawFile, work: Path, limits: Limits) -> Lines:
    """Write `file` as lines into the folder `work`.

    Raises RoofhouseError naming the file and the byte or field that is wrong, and MovedError if
    its bytes are no longer those that were hashed.
    """
    source = work / "content"
    digest = hashlib.sha256()
    room = shutil.disk_usage(work).free // 2
    with source.open("wb") as out:
        for block in content_blocks(file, limits.max_unpacked_bytes):
            room -= len(block)
            if room < 0:
                raise RoofhouseError(
                    f"{file.path}: takes over half of the room that is left in {work.parent}; "
                    "free some"
                )
            digest.update(block)
            out.write(block)
    content_sha256 = digest.hexdigest()
    if source.stat().st_size == 0:
        raise RoofhouseError(f"{file.path}: the file is empty; fetch it again")
    with source.open("rb") as opened:
        # Not closed here: the traceback of an error may still hold views of it.
        view = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    _check_encoding(file, view)
    if file.is_lines:
        return _lines(file, Lines(source, content_sha256), view, work, limits.max_case_bytes)
    return _object(file, Lines(work / "lines.ndjson", content_sha256), view, limits.max_case_bytes)


def _object(file: RawFile, lines: Lines, view: mmap.mmap, max_case_bytes: int) -> Lines:
    try:
        feed, items = _feed(file, view)
    except RoofhouseError:
        readable = lines.path.with_name("readable.json")
        view, lines.refused = _without_unreadable(view, readable, max_case_bytes)
        if not lines.refused:
            raise
        feed, items = _feed(file, view)
    if "generated" not in feed:
        raise RoofhouseError(
            f"{file.path}: field `generated` is missing: a snapshot needs its time"
        )
    lines.generated_at = parse_time(_value(feed["generated"]), file.path, "generated")
    lines.item_count = len(items)
    count = _value(feed["count"]) if "count" in feed else None
    if count is not None:
        if isinstance(count, bool) or count != len(items):
            raise RoofhouseError(
                f"{file.path}: field `count` is {_shown(feed['count'])}, but `items` holds "
                f"{len(items)}: the file is cut or edited; fetch it again"
            )
        lines.declared_count = len(items)
    license_ = _value(feed["license"]) if "license" in feed else None
    if license_ is not None:
        lines.license = license_[:200] if isinstance(license_, str) else _shown(feed["license"])
    lines.extra_fields = sorted(feed.keys() - {"count", "license", "generated", "items"})
    with lines.path.open("wb") as out:
        for position, raw in enumerate(items):
            line = lines.accept(position, memoryview(raw), max_case_bytes)
            lines.starts.append(out.tell())
            out.write(line.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
    return lines


def _without_unreadable(
    view: mmap.mmap, path: Path, max_case_bytes: int
) -> tuple[mmap.mmap, dict[int, Refused]]:
    """Return a feed object without the items that make it unreadable, and these items."""
    from pipelines.ingest.vet import without_unreadable

    found = without_unreadable(view, path, max_case_bytes)
    with path.open("rb") as opened:
        return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ), found


def _feed(file: RawFile, view: mmap.mmap) -> tuple[dict[str, msgspec.Raw], list[msgspec.Raw]]:
    """Return the fields of a feed object and its items as views; nothing is copied."""
    try:
        feed = msgspec.json.decode(view, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        raise RoofhouseError(
            f"{file.path}: not a feed object {{count, license, generated, items}}: {error}"
        ) from None
    except msgspec.DecodeError as error:
        raise RoofhouseError(f"{file.path}: {_not_json(view, str(error))}") from None
    except RecursionError:
        raise RoofhouseError(
            f"{file.path}: not a feed: its JSON is nested deeper than can be read"
        ) from None
    if "items" not in feed:
        raise RoofhouseError(f"{file.path}: field `items` is missing: this is not a feed")
    try:
        items = msgspec.json.decode(feed["items"], type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise RoofhouseError(
            f"{file.path}: field `items` is {_shown(feed['items'])}, not a list"
        ) from None
    if not items:
        raise RoofhouseError(f"{file.path}: field `items` is empty: there is nothing to load")
    return feed, items


def _lines(file: RawFile, lines: Lines, view: mmap.mmap, work: Path, max_case_bytes: int) -> Lines:
    name_time(file.path)
    filled = 0
    for start, end in _spans(view):
        lines.item_count += 1
        lines.starts.append(start)
        lines.longest = max(lines.longest, end - start)
        filled += end - start + 1
    if not lines.item_count:
        raise RoofhouseError(f"{file.path}: no items: the file holds blank lines only")
    is_sparse = 2 * filled < len(view)  # blank lines cost time wherever they are read
    if lines.longest > max_case_bytes or is_sparse:
        lines.path = work / "lines.ndjson"
        lines.longest = written = 0
        content = memoryview(view)
        with lines.path.open("wb") as out:
            for position, (start, end) in enumerate(_spans(view)):
                if not is_sparse:
                    out.write(content[written:start])
                elif position:
                    out.write(b"\n")
                lines.starts[position] = out.tell()
                out.write(lines.accept(position, content[start:end], max_case_bytes))
                written = end
    return lines


def _spans(view: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Yield start and end of each line that is not blank, without the blanks before it."""
    for match in _LINE.finditer(view):
        yield match.span()


def refuse_deep(lines: Lines, work: Path) -> None:
    """Refuse every item that is nested too deeply. Slow, so called only if there is one."""
    shallow = work / "shallow.ndjson"
    position = 0
    with lines.path.open("rb") as opened, shallow.open("wb") as out:
        for line in opened:
            if line.strip():
                if depth(line) > MAX_DEPTH:
                    lines.refused[position] = refused(TOO_DEEP, line)
                    line = REFUSED + b"\n"
                lines.starts[position] = out.tell()
                position += 1
            out.write(line)
    lines.path = shallow


def depth(line: bytes) -> int:
    """Return the nesting depth of a JSON text."""
    level = deepest = 0
    for match in re.finditer(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', line):
        if match[0] in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif match[0] in b"]}":
            level -= 1
    return deepest


def explain_bad_line(file: RawFile, lines: Lines, reported: str) -> RoofhouseError:
    """Return the error for lines that DuckDB cannot parse, naming the first such line."""
    with lines.path.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                if line := line.rstrip():
                    json.dumps(json.loads(line), ensure_ascii=False).encode()
            except json.JSONDecodeError as error:
                byte = len(error.doc[: error.pos].encode())
                what = re.sub(" (starting )?at$", "", error.msg)
                what = what.replace("Extra data", "a second value on the line")
                return RoofhouseError(
                    f"{file.path}: line {number}, byte {byte}: not JSON: {what}; "
                    "NDJSON holds one case per line"
                )
            except UnicodeEncodeError:
                return RoofhouseError(
                    f"{file.path}: line {number}: not JSON: half of a surrogate pair (\\ud800)"
                )
            except (ValueError, RecursionError):
                continue
    return RoofhouseError(f"{file.path}: not JSON: {reported.splitlines()[0]}")


def _value(raw: msgspec.Raw) -> Any:
    """Return a value; None if it is nested too deeply, as no field of the contract is."""
    try:
        # Python refuses to convert integers of thousands of digits.
        return json.loads(bytes(raw), parse_int=lambda text: int(text) if len(text) < 20 else text)
    except RecursionError:
        return None


def _shown(raw: msgspec.Raw) -> str:
    """Return the JSON text of a value, shortened for a message."""
    return " ".join(bytes(raw).decode().split())[:40]


def _check_encoding(file: RawFile, view: mmap.mmap) -> None:
    start = view[:4]
    found = next((what for bom, what in _STARTS.items() if start.startswith(bom)), None)
    if found is None and b"\0" in start:
        found = "UTF-16 or not text"
    if found:
        raise RoofhouseError(f"{file.path}: byte 0: the file is {found}; a feed is plain UTF-8")
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = 1 << 20
    for offset in range(0, len(view), size):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(view[offset : offset + size], final=offset + size >= len(view))
        except UnicodeDecodeError as error:
            byte = offset - pending + error.start
            line = view[:byte].count(b"\n") + 1
            raise RoofhouseError(
                f"{file.path}: line {line}, byte {byte}: not UTF-8; a feed is plain UTF-8"
            ) from None


def _not_json(view: mmap.mmap, message: str) -> str:
    """Return msgspec's message in plain words."""
    if "truncated" in message:
        return f"byte {len(view)}: the file ends in the middle of the JSON; fetch it again"
    match = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", message)
    if match is None:
        return f"not JSON: {message}"
    byte = int(match[2])
    if "hex escape" in match[1] or "surrogate" in match[1]:
        return f"byte {byte}: half of a surrogate pair (\\ud800) outside of the items"
    near = view[byte : byte + 12].decode(errors="replace").split("\n")[0]
    if near[:3] in ("NaN", "Inf"):
        return f"byte {byte}: not JSON at {near!r}; JSON has no NaN or Infinity, use null"
    return f"byte {byte}: not JSON at {near!r}: {match[1]}"
