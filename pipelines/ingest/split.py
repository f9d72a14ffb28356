"""Any snapshot file as lines of one case each, in bounded memory.

A feed object is mapped, not read: msgspec walks it once and hands out views of its
items. What is written is the same JSON, its line breaks replaced by blanks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import RawFile, blocks, name_time, parse_time

_BOMS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark",
}


@dataclass
class Lines:
    """A snapshot as lines: one case a line, and what was said around them."""

    path: Path
    content_sha256: str
    generated_at: dt.datetime | None
    """None for NDJSON, whose time stands in the file name, not in the content."""
    declared_count: int | None
    license: str | None
    item_count: int
    extra_fields: dict[str, str] = field(default_factory=dict)
    """Fields of the feed object that are not known: name and JSON type."""
    too_long: list[tuple[int, str]] = field(default_factory=list)
    """Items over the size limit, left out of the lines: position and JSON."""


def split(file: RawFile, work: Path, max_case_bytes: int) -> Lines:
    """Write `file` as lines into the folder `work` (a plain NDJSON file is used as it lies).

    Raises RoofhouseError naming the file and the byte or field that is wrong.
    """
    source = file.path
    content_sha256 = file.sha256
    if file.compression:
        source = work / "content"
        digest = hashlib.sha256()
        with source.open("wb") as out:
            for block in blocks(file.path, file.compression):
                digest.update(block)
                out.write(block)
        content_sha256 = digest.hexdigest()
    if os.path.getsize(source) == 0:
        raise RoofhouseError(f"{file.path}: the file is empty; fetch it again")
    with source.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as view:
        for bom, encoding in _BOMS.items():
            if view[: len(bom)] == bom:
                raise RoofhouseError(
                    f"{file.path}: byte 0: the file is {encoding}; a feed is plain UTF-8"
                )
        if file.is_lines:
            return _lines(file, source, view, content_sha256, work, max_case_bytes)
        return _object(file, view, content_sha256, work, max_case_bytes)


def _object(
    file: RawFile, view: mmap.mmap, content_sha256: str, work: Path, max_case_bytes: int
) -> Lines:
    try:
        feed = msgspec.json.decode(view, type=dict[str, msgspec.Raw])
        raw_items = feed.get("items")
        if raw_items is None:
            raise RoofhouseError(f"{file.path}: field `items` is missing: this is not a feed")
        items = msgspec.json.decode(raw_items, type=list[msgspec.Raw])
    except msgspec.ValidationError as error:
        raise RoofhouseError(
            f"{file.path}: not a feed object {{count, license, generated, items}}: {error}"
        ) from None
    except msgspec.DecodeError as error:
        raise RoofhouseError(f"{file.path}: {_not_json(view, str(error))}") from None
    if not items:
        raise RoofhouseError(f"{file.path}: field `items` is empty: there is nothing to load")
    if "generated" not in feed:
        raise RoofhouseError(
            f"{file.path}: field `generated` is missing: without its time a snapshot has no place"
        )
    generated_at = parse_time(_value(feed["generated"]), file.path, "generated")
    count = _value(feed["count"]) if "count" in feed else None
    if count is not None and count != len(items):
        raise RoofhouseError(
            f"{file.path}: field `count` is {str(count)[:40]}, but `items` holds {len(items)}: "
            "the file is cut or edited; fetch it again"
        )
    known = {"count", "license", "generated", "items"}
    license_ = _value(feed["license"]) if "license" in feed else None
    lines = Lines(
        path=work / "lines.ndjson",
        content_sha256=content_sha256,
        generated_at=generated_at,
        declared_count=count if isinstance(count, int) else None,
        license=None if license_ is None else str(license_)[:200],
        item_count=len(items),
        extra_fields={
            name: type(_value(raw)).__name__ for name, raw in feed.items() if name not in known
        },
    )
    with lines.path.open("wb") as out:
        for position, raw in enumerate(items):
            line = bytes(raw)
            _check_utf8(file, line, f"items[{position}]")
            if len(line) > max_case_bytes:
                lines.too_long.append((position, line.decode()))
                line = b""
            out.write(line.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
    return lines


def _lines(
    file: RawFile,
    source: Path,
    view: mmap.mmap,
    content_sha256: str,
    work: Path,
    max_case_bytes: int,
) -> Lines:
    name_time(file.path)
    lines = Lines(source, content_sha256, None, None, None, 0)
    longest = 0
    for start, end in _spans(view):
        if end - start > max_case_bytes:
            longest = end - start
            break
        lines.item_count += 1
    if longest:
        lines.path = work / "lines.ndjson"
        lines.item_count = 0
        with lines.path.open("wb") as out:
            for start, end in _spans(view):
                if end - start > max_case_bytes:
                    text = view[start:end]
                    _check_utf8(file, text, f"line {lines.item_count + 1}")
                    lines.too_long.append((lines.item_count, text.decode()))
                else:
                    out.write(view[start:end] + b"\n")
                lines.item_count += 1
    if not lines.item_count:
        raise RoofhouseError(f"{file.path}: no items: the file holds blank lines only")
    return lines


def _spans(view: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Start and end of each line that is not blank."""
    start, size = 0, len(view)
    while start < size:
        end = view.find(b"\n", start)
        end = size if end < 0 else end
        if view[start : min(end, start + 64)].strip() or view[start:end].strip():
            yield start, end
        start = end + 1


def explain_bad_line(file: RawFile, lines: Lines, reported: str) -> RoofhouseError:
    """The error for lines that DuckDB could not parse: which line, and what is wrong with it."""
    with lines.path.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                if line.strip():
                    json.loads(line)
            except UnicodeDecodeError as error:
                return RoofhouseError(
                    f"{file.path}: line {number}, byte {error.start}: not UTF-8; fetch it again"
                )
            except (ValueError, RecursionError) as error:
                return RoofhouseError(f"{file.path}: line {number}: not JSON: {error}")
    return RoofhouseError(f"{file.path}: not JSON: {reported.splitlines()[0]}")


def _value(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)


def _check_utf8(file: RawFile, text: bytes, where: str) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise RoofhouseError(
            f"{file.path}: {where}, byte {error.start}: not UTF-8; fetch it again"
        ) from None


def _not_json(view: mmap.mmap, message: str) -> str:
    """msgspec's message in the words of a user."""
    if "truncated" in message:
        return f"byte {len(view)}: the file ends in the middle of the JSON; fetch it again"
    byte = int(message.rpartition("(byte ")[2].rstrip(")")) if "(byte " in message else None
    if byte is None:
        return f"not JSON: {message}"
    near = view[byte : byte + 12].decode(errors="replace").split("\n")[0]
    hint = "; JSON has no NaN or Infinity, use null" if near[:3] in ("NaN", "Inf", "-In") else ""
    return f"byte {byte}: not JSON at {near!r}{hint}"
