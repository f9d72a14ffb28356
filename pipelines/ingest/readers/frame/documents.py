"""The bytes of a file as documents: the values that stand at its top, one after another.

A file may hold one JSON object, a list of them, objects one after another or one a line; all
are read alike. Formats that need it are read as YAML or as CSV. What cannot be parsed becomes
a document with a `problem`, and the rest of the file is still read if possible.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from pipelines.ingest.strict_json import (
    DECODER,
    MAX_DEPTH,
    Path,
    build_integer,
    build_object,
    canonical,
    explain_yaml,
    keys_twice,
    load_yaml,
)

#: YAML is parsed in Python, slowly; no report of a benchmark is larger.
_MAX_YAML = 16_000_000
_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
#: How a file begins, by its encoding; UTF-8 without a mark comes last.
_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"": "utf-8",
}
_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"


@dataclass(frozen=True)
class Document:
    """One value at the top of a file: its place, its text there, and what is wrong with it."""

    value: Any
    raw: str
    problem: str | None = None
    """Why it cannot be used by any format; then `value` is None."""
    keys_twice: list[Path] = field(default_factory=list)
    """Paths of the keys that appear twice in one object."""


def decode(content: bytes) -> str:
    """Return the text of a file: UTF-8, or UTF-16 with a byte order mark.

    Raises ValueError whose message says what is wrong, and at which byte.
    """
    if not content.strip():
        raise ValueError("the file is empty")
    encoding = next(name for mark, name in _MARKS.items() if content.startswith(mark))
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise ValueError(f"byte {error.start}: not {name}") from None


def documents(text: str, syntax: str) -> list[Document]:
    """Return the documents of a text, whose syntax is `json`, `yaml` or `csv`.

    A text that is not of this syntax at all gives documents with a problem, or none.
    """
    return list({"json": _json, "yaml": _yaml, "csv": _csv}[syntax](text))


def looks_like_json(text: str) -> bool:
    """Return whether the text begins as a JSON object or list does."""
    return text[_skip(text, 0) :][:1] in ("{", "[")


def _json(text: str) -> Iterator[Document]:
    at = _skip(text, 0)
    while at < len(text):
        if text[at] == "[":
            at = yield from _json_list(text, at)
        else:
            document, at = _json_value(text, at, "\n{")
            yield document
        at = _skip(text, at)


def _json_list(text: str, start: int) -> Generator[Document, None, int]:
    """Yield the elements of the list that starts here; return where it ends."""
    at = _skip(text, start + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        document, at = _json_value(text, at, None)
        yield document
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        else:
            if document.problem is None:
                yield Document(None, text[at:], f"{_place(text, at)}: the list breaks off here")
            return len(text)


def _json_value(text: str, start: int, resume: str | None) -> tuple[Document, int]:
    """Return the value that starts here and where it ends.

    After one that is broken, reading goes on at the next `resume`, else at the end of the text.
    """
    try:
        value, end = DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        what = f"{_place(text, error.pos)}: not JSON: {error.msg.removesuffix(' at')}"
    except RecursionError:
        what = _TOO_DEEP
    else:
        return _checked(value, text[start:end]), end
    found = text.find(resume, start + 1) if resume else -1
    end = found + 1 if found >= 0 else len(text)
    return Document(None, text[start:end].rstrip(), what), end


def _checked(value: Any, raw: str) -> Document:
    try:
        twice = keys_twice(value)
    except RecursionError:
        return Document(None, raw, _TOO_DEEP)
    return Document(value, raw, keys_twice=twice)


def _yaml(text: str) -> Iterator[Document]:
    if len(text) > _MAX_YAML:
        yield Document(None, text, f"is longer than {_MAX_YAML:,} characters of YAML")
        return
    try:
        values = load_yaml(text)
    except yaml.YAMLError as error:
        yield Document(None, text, f"not YAML: {explain_yaml(error)}")
    except RecursionError:
        yield Document(None, text, _TOO_DEEP)
    else:
        for value in values:
            yield _checked(value, text if len(values) == 1 else canonical(value))


def _csv(text: str) -> Iterator[Document]:
    """Yield each row as an object by the names of the first; blank cells are null."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = next(rows, [])
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            raw = ",".join(row)
            if len(row) == len(names):
                yield _checked(build_object(zip(names, map(_cell, row), strict=True)), raw)
            else:
                what = f"line {rows.line_num}: {len(row)} cells, but the header has {len(names)}"
                yield Document(None, raw, what)
    except csv.Error as error:
        yield Document(None, text, f"line {rows.line_num}: not CSV: {error}")


def _cell(text: str) -> Any:
    text = text.strip()
    if re.fullmatch(r"-?[0-9]+", text):
        return build_integer(text)
    return float(text) if _NUMBER.fullmatch(text) else text or None


def _skip(text: str, at: int) -> int:
    """Return the place of the next character that is not blank."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _place(text: str, at: int) -> str:
    """Return a place as line and column, both from 1."""
    line_start = text.rfind("\n", 0, at) + 1
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - line_start + 1}"
