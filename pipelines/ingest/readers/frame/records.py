"""The outcome of a record of a file: a case, a reject, or skipped."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Characters of a record's text that a reject keeps.
MAX_RAW = 1_000_000


@dataclass(frozen=True)
class Lack:
    """Something that a case needs and that a sidecar can say."""

    key: str
    """Key of the sidecar, with dots: `cards`, `engine.id`."""
    reason: str = ""
    """Why the file's own value cannot be used, and what to say; empty if it has none."""
    candidates: tuple[str, ...] = ()
    """Ids that an ambiguous name may mean."""


class UnusableError(Exception):
    """Raised by a reader for a record that cannot be a case: it becomes a reject."""

    def __init__(self, reason: str, path: str = "", lacks: Iterable[Lack] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.lacks = tuple(lacks)

    @classmethod
    def lacking(cls, *lacks: Lack) -> UnusableError:
        """Return the error for what a sidecar can mend; all of it is named at once."""
        missing = [f"`{lack.key}`" for lack in lacks if not lack.reason]
        reasons = [lack.reason for lack in lacks if lack.reason]
        if missing:
            reasons.insert(0, f"the file does not say {', '.join(missing)}; say it in the sidecar")
        return cls("; ".join(reasons), lacks=lacks)


class OutOfScopeError(Exception):
    """Raised by a reader for a record that is no case by definition: it is skipped."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Case:
    """A record as an item of the feed, with the optional keys of a tool's file."""

    index: int
    item: dict[str, Any]
    run_id: str
    """The item's id, before a hash is added to tell two runs apart."""
    record_sha256: str
    """Hash of the record itself."""


@dataclass(frozen=True)
class Reject:
    """A record that cannot be used; `index` is None for a file that cannot be read at all."""

    index: int | None
    path: str
    """Path of the field within the file; empty for the record as a whole."""
    reason: str
    raw: str
    lacks: tuple[Lack, ...] = ()
    """Keys of the sidecar that would mend it, if any."""

    @classmethod
    def of_file(cls, reason: str, raw: str) -> Reject:
        """Return the one reject of a file that cannot be read."""
        return cls(None, "", reason, raw[:MAX_RAW])


@dataclass(frozen=True)
class Skipped:
    """A record that is out of scope; no reject."""

    index: int
    reason: str


Record = Case | Reject | Skipped


@dataclass(frozen=True)
class Reading:
    """The records that a reader found in one file."""

    format: str | None
    """None where no format recognizes the file."""
    records: tuple[Record, ...]
    unknown_fields: Counter[str] = field(default_factory=Counter)
    """Fields that the reader did not look at: records by path."""
    said: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values in the file itself, by key of the sidecar: distinct, in order."""

    @property
    def cases(self) -> tuple[Case, ...]:
        """The records that are cases."""
        return tuple(record for record in self.records if isinstance(record, Case))

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """The records that cannot be used."""
        return tuple(record for record in self.records if isinstance(record, Reject))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The records that are out of scope."""
        return tuple(record for record in self.records if isinstance(record, Skipped))

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """Keys that the sidecar should give, each once."""
        found: dict[str, Lack] = {}
        for reject in self.rejects:
            for lack in reject.lacks:
                found.setdefault(lack.key, lack)
        return tuple(found.values())


def distinguish(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records with one id for each run; they may be those of several files.

    Different records with one run id each get 12 hex digits of their hash at its end. The
    second of two equal ones is skipped as a copy.
    """
    records = tuple(records)
    hashes: dict[str, set[str]] = {}
    for record in records:
        if isinstance(record, Case):
            hashes.setdefault(record.run_id, set()).add(record.record_sha256)
    seen: set[tuple[str, str]] = set()
    result: list[Record] = []
    for record in records:
        if isinstance(record, Case):
            run = (record.run_id, record.record_sha256)
            if run in seen:
                record = Skipped(record.index, f"a copy of the run {record.run_id}")
            elif len(hashes[record.run_id]) > 1:
                longer = f"{record.run_id}.{record.record_sha256[:12]}"
                record = dataclasses.replace(record, item={**record.item, "id": longer})
            seen.add(run)
        result.append(record)
    return tuple(result)
