"""Readers: one module for each format in which benchmark tools write results.

A reader is a pure function of a file's bytes, its sidecar, the catalog and, where a format has
them, the file's companions. It uses no clock and no network, and guesses nothing: what the
file does not say and the sidecar does not say either is not known. Each record becomes a case
(an item of the feed), a reject with a reason, or is skipped as out of scope; one record never
stops another.

A module here has
- `FORMAT`, the id of the format,
- `recognizes(first)`, which is true if the first object of a file has the keys of this format,
- `read(source)`, which yields a record for each of the file's; most are
  `yield from source.each(_run)`, with a function from `Fields` to a `Run`,
- `SYNTAXES`, if files of the format are not JSON: ("json", "yaml") or ("csv",),
- `ATTRIBUTION`, if whoever publishes what is derived from the results has to say so: the words,
- `COMPANIONS`, if records refer to other files: the names of these, which hold no records of
  their own. A reader finds their contents in `source.companions`.

To add a format, write such a module, name it after the format, and add its entry to
docs/sources.md and its fixtures to tests/ingest/readers. `frame` holds what they share; read
`frame.fields` and `frame.run` next, then `vllm_bench` as the example.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Protocol, cast

from pipelines.catalog import Catalog
from pipelines.errors import RoofhouseError
from pipelines.ingest.readers.frame import (
    Case,
    Lack,
    Reading,
    Record,
    Reject,
    Skipped,
    SourceFile,
    distinguish,
)
from pipelines.ingest.readers.frame.documents import decode, documents, looks_like_json
from pipelines.ingest.readers.frame.source import WITHHELD
from pipelines.ingest.sidecar import Sidecar
from pipelines.ingest.unicode_form import normal_form, normal_json_text

__all__ = [
    "Case",
    "Lack",
    "Reading",
    "Record",
    "Reject",
    "Skipped",
    "attributions",
    "companion_names",
    "distinguish",
    "formats",
    "read",
]


class Reader(Protocol):
    """The interface of a module of this package."""

    FORMAT: str

    def recognizes(self, first: object) -> bool:
        """Return whether the first object of a file is of this format."""

    def read(self, source: SourceFile) -> Iterator[Record]:
        """Yield what becomes of each record of a file."""


@cache
def formats() -> dict[str, Reader]:
    """Return the readers by the id of their format.

    Raises RoofhouseError for a module that is no reader, or where two read one format.
    """
    found: dict[str, Reader] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.name == "frame":
            continue
        module = importlib.import_module(f"{__name__}.{info.name}")
        missing = [n for n in ("FORMAT", "recognizes", "read") if not hasattr(module, n)]
        if missing:
            raise RoofhouseError(f"{module.__file__}: a reader needs {', '.join(missing)}")
        reader = cast(Reader, module)
        if reader.FORMAT in found:
            raise RoofhouseError(
                f"{module.__file__}: `{reader.FORMAT}` is read by another module, too"
            )
        found[reader.FORMAT] = reader
    return found


def companion_names() -> frozenset[str]:
    """Return the names of files that are no results of their own, but complete those of others.

    Whoever reads a source hands all files of such a name to `read` with each other file, and
    does not read them by themselves.
    """
    every = (getattr(reader, "COMPANIONS", ()) for reader in formats().values())
    return frozenset(name for names in every for name in names)


@cache
def attributions() -> dict[str, str]:
    """Return the words that go with what is derived from results, by the id of their format."""
    return {
        format: reader.ATTRIBUTION
        for format, reader in formats().items()
        if hasattr(reader, "ATTRIBUTION")
    }


def read(
    content: bytes,
    *,
    name: str,
    format: str = "auto",
    sidecar: Sidecar,
    catalog: Catalog,
    companions: Mapping[str, bytes] | None = None,
) -> Reading:
    """Return what becomes of each record of a file, whose content is decompressed.

    `name` is the file's path within its source, `companions` are the files there with one of
    `companion_names`, by their paths. A file that is not text, or of no format or
    of several, is one reject; one without the keys that tell its format is read if the format is
    named and something in it can be used. Raises RoofhouseError for a format that there is none of.
    """
    if format != "auto" and format not in formats():
        raise RoofhouseError(f"no format `{format}`; known are {', '.join(sorted(formats()))}")
    try:
        text = decode(content)
    except ValueError as error:
        return _refused(name, str(error), repr(content[:200]), sidecar)
    text = normal_json_text(text) if looks_like_json(text) else normal_form(text)
    candidates = formats() if format == "auto" else {format: formats()[format]}
    problem = f"no record of a known format ({', '.join(sorted(candidates))})"
    # JSON Lines may begin with a line of a log, so JSON is tried in any case.
    syntaxes = ("json",) if looks_like_json(text) else ("yaml", "csv", "json")
    for syntax in syntaxes:
        fitting = {
            one: reader
            for one, reader in candidates.items()
            if syntax in getattr(reader, "SYNTAXES", ("json",))
        }
        if not fitting:
            continue
        parsed = documents(text, syntax)
        objects = [one.value for one in parsed if isinstance(one.value, dict)]
        tried = objects[:1] if format == "auto" else objects
        known = [one for one, reader in fitting.items() if any(map(reader.recognizes, tried))]
        is_recognized = bool(known)
        if not known and format != "auto" and objects and not _recognizes_any(objects):
            known = [format]  # the keys that tell a format need not be there if it is named
        if len(known) == 1:
            source = SourceFile(known[0], name, content, parsed, sidecar, catalog, companions or {})
            reading = _reading(source)
            if is_recognized or not all(isinstance(one, Reject) for one in reading.records):
                return reading
            continue
        if known:
            several = f"several formats recognize it: {', '.join(sorted(known))}"
            return _refused(name, several, text, sidecar)
        if _is_feed(objects):
            problem = "a feed of cases: give it a folder whose SOURCE.yml says `format: evokernel`"
        if not objects and syntax == syntaxes[0]:
            problem = next((one.problem for one in parsed if one.problem), problem)
    return _refused(name, problem, text, sidecar)


def _is_feed(objects: list[dict[str, Any]]) -> bool:
    """Return whether this is a publisher's feed, which staging reads without a reader."""
    return bool(objects) and {"count", "items"} <= objects[0].keys()


def _recognizes_any(objects: Iterable[object]) -> bool:
    """Return whether one of the objects has the keys of any format."""
    return any(reader.recognizes(one) for reader in formats().values() for one in objects)


def _reading(source: SourceFile) -> Reading:
    records = list(formats()[source.format].read(source))
    said = {key: tuple(values) for key, values in source.said_in_file.items() if values}
    return Reading(source.format, distinguish(records), source.unknown_fields, said)


def _refused(name: str, problem: str, raw: str, sidecar: Sidecar) -> Reading:
    if sidecar.merged().redact:
        raw = WITHHELD
    return Reading(None, (Reject.of_file(f"{name}: {problem}", raw),))
