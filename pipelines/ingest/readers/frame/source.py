"""A file as a reader gets it, and the loop over its records that every reader shares."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pipelines.catalog import Catalog
from pipelines.errors import RoofhouseError
from pipelines.ingest.readers.frame.assemble import Origin, assemble
from pipelines.ingest.readers.frame.documents import Document
from pipelines.ingest.readers.frame.fields import Fields
from pipelines.ingest.readers.frame.identity import sha256
from pipelines.ingest.readers.frame.records import (
    MAX_RAW,
    OutOfScopeError,
    Record,
    Reject,
    Skipped,
    UnusableError,
)
from pipelines.ingest.readers.frame.run import Run
from pipelines.ingest.sidecar import Sidecar
from pipelines.ingest.sidecar.said import Said
from pipelines.ingest.strict_json import Path, spell

#: Attributes of a run that a sidecar could say, by the sidecar's key.
_SAID = {
    "hardware": "hardware",
    "cards": "card_count",
    "nodes": "nodes",
    "model": "model",
    "engine.id": "engine",
    "engine.version": "engine_version",
    "quantization": "quantization",
    "kv_cache_dtype": "kv_cache_dtype",
    "parallel.tp": "tp",
    "parallel.pp": "pp",
    "parallel.dp": "dp",
    "parallel.ep": "ep",
    "parallel.attention_dp": "attention_dp",
    "parallel.replicas": "replicas",
    "disaggregated.prefill_cards": "prefill_cards",
    "disaggregated.decode_cards": "decode_cards",
    "prefix_caching": "prefix_caching",
    "speculative": "speculative_method",
    "concurrency": "max_concurrent_requests",
    "lengths.prefill": "prefill_seq_len",
    "lengths.decode": "decode_seq_len",
    "power.scope": "power_scope",
    "timezone": "run_at_zone",
    "dataset": "dataset",
}
#: Stands for the text of a record that cannot be parsed, where the sidecar redacts fields.
WITHHELD = "(withheld: the sidecar redacts fields, and this text could hold them)"


def itself(document: Fields) -> Iterable[Fields]:
    """Return the records of a document that is one record."""
    return [document]


@dataclass
class SourceFile:
    """A result file, parsed, with all that a reader may look at.

    `name` is for the formats whose files are told apart by name; no other reader uses it.
    """

    format: str
    name: str
    content: bytes
    documents: list[Document]
    sidecar: Sidecar
    catalog: Catalog
    companions: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of other files that records or sidecars refer to, by path within the source."""
    unknown_fields: Counter[str] = field(default_factory=Counter)
    said_in_file: dict[str, list[Any]] = field(default_factory=dict)
    """Distinct values that the file has, by key of the sidecar."""

    @cached_property
    def said(self) -> Said:
        """The values of the sidecars, without the metadata inside the file."""
        return self.sidecar.merged()

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's content."""
        return hashlib.sha256(self.content).hexdigest()

    def objects(self) -> Iterator[Fields]:
        """Yield the documents that are objects, for a look at the whole file beforehand."""
        for document in self.documents:
            if isinstance(document.value, dict):
                yield Fields(_without(document.value, self.said.redact))

    def each(
        self,
        convert: Callable[[Fields], Run],
        *,
        records: Callable[[Fields], Iterable[Fields]] = itself,
    ) -> Iterator[Record]:
        """Yield what becomes of each record; `convert` turns its fields into a run.

        `records` picks the records of a document: `lambda d: d.elements("benchmarks")`.
        `convert` raises UnusableError for a reject and OutOfScopeError to skip.
        """
        index = 0
        for document in self.documents:
            for record in self._document(document, convert, records, index):
                yield record
                index += 1

    def _document(
        self,
        document: Document,
        convert: Callable[[Fields], Run],
        records: Callable[[Fields], Iterable[Fields]],
        index: int,
    ) -> Iterator[Record]:
        if not isinstance(document.value, dict):
            problem = document.problem or "the record is not an object"
            yield Reject(index, "", problem, self._raw(document.value, document.raw))
            return
        whole = Fields(_without(document.value, self.said.redact))
        found = list(records(whole))
        if not found:
            yield Reject(index, "", "holds no record", self._raw(document.value, document.raw))
        paths = [one.path for one in found]
        converted: list[Fields] = []
        for at, one in enumerate(found, start=index):
            value = _at(document.value, one.path)
            try:
                _check(one, document, paths)
                run = convert(one)
                converted.append(one)
                yield self._case(run, at, sha256(value))
            except OutOfScopeError as error:
                yield Skipped(at, error.reason)
            except UnusableError as error:
                raw = self._raw(value, None if one.path else document.raw)
                yield Reject(at, error.path, error.reason, raw, error.lacks)
            except RoofhouseError as error:
                raw = self._raw(value, None if one.path else document.raw)
                yield Reject(at, spell(one.path), str(error), raw)
        inside: set[str] = set()
        for one in converted:
            unread = one.unread()
            self.unknown_fields.update(sorted(unread))
            inside |= unread
        if converted:
            self.unknown_fields.update(sorted(whole.unread() - inside))

    def _case(self, run: Run, index: int, record_sha256: str) -> Record:
        for key, attribute in _SAID.items():
            value = getattr(run, attribute)
            known = self.said_in_file.setdefault(key, [])
            if value is not None and value not in known:
                known.append(value)
        origin = Origin(self.format, self.name, self.sha256, index, record_sha256)
        said = self.sidecar.merged(run.metadata)
        return assemble(run, said, origin, self.catalog, self.companions)

    def _raw(self, value: object, text: str | None) -> str:
        """Return a record's text, else its JSON, without what the sidecar redacts."""
        if self.said.redact:
            if value is None:
                return WITHHELD
            text, value = None, _without(value, self.said.redact)
        if text is None:
            text = json.dumps(value, ensure_ascii=False)
            text = text.encode(errors="backslashreplace").decode()
        return text[:MAX_RAW]


def _check(one: Fields, document: Document, records: list[Path]) -> None:
    """Raise UnusableError for a record that is no object, or where a key appears twice.

    A key that appears twice outside the records of a document makes each of them unusable.
    """
    if not one.is_object:
        raise UnusableError("the record is not an object", spell(one.path))
    for twice in document.keys_twice:
        is_inside = twice[: len(one.path)] == one.path
        if is_inside or not any(twice[: len(path)] == path for path in records):
            raise UnusableError(f"the key `{spell(twice)}` appears twice", spell(twice))


def _at(value: Any, path: Path) -> Any:
    """Return the value at a path that is there."""
    for part in path:
        value = value[part]
    return value


def _without(value: Any, names: tuple[str, ...]) -> Any:
    """Return a value without the fields of these names, at any depth."""
    if not names:
        return value
    if isinstance(value, dict):
        return {k: _without(v, names) for k, v in value.items() if k not in names}
    if isinstance(value, list):
        return [_without(inner, names) for inner in value]
    return value
