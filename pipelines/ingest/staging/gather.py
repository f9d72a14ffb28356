"""The files of one staging job as one file of lines, a case on each."""

from __future__ import annotations

import datetime as dt
import shutil
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pipelines.catalog import Catalog
from pipelines.ingest import result_file
from pipelines.ingest.result_file import Beside, Result
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import KEPT_TEXT, REFUSED, Lines, Refused, refused, split, too_long
from pipelines.ingest.vet import vet
from pipelines.settings import Limits


@dataclass(frozen=True)
class Keyed:
    """A file to stage: its staging key and, of a result file, what lies beside it."""

    file: RawFile
    key: str
    near: Beside | None = None


@dataclass
class Member:
    """A file of the job: the positions of its lines, and what is known of it beside them."""

    file: RawFile
    key: str
    first: int
    end: int
    content_sha256: str
    generated_at: dt.datetime | None = None
    """Time of a feed object; None where the time is in the file's name, or in its runs."""
    declared_count: int | None = None
    license: str | None = None
    newest_run_at: str | None = None
    """Time of a result file's newest run, as written."""
    extra_fields: list[str] = field(default_factory=list)
    """Names of unknown fields of a feed object."""
    unknown_fields: Counter[str] = field(default_factory=Counter)
    """Fields of a result file that its reader did not look at: records by path."""
    skipped: Counter[str] = field(default_factory=Counter)
    runs: list[tuple[int, str, str]] = field(default_factory=list)
    """Position of a case, id of its run and hash of its record; of result files."""

    @property
    def is_feed(self) -> bool:
        """True if the lines are the items of a feed, which say themselves what ran."""
        return self.file.source.is_feed


@dataclass
class Gathered:
    """The lines of all files of a job, one after the other."""

    lines: Lines
    members: list[Member]


def gather(files: Sequence[Keyed], work: Path, limits: Limits, catalog: Catalog | None) -> Gathered:
    """Return the lines of files.

    The lines of one feed stay where they are. Raises RoofhouseError naming a file that cannot
    be read, and MovedError one that changed since it was hashed.
    """
    if len(files) == 1 and files[0].file.source.is_feed:
        (one,) = files
        lines = split(one.file, work, limits)
        vet(lines, work)
        return Gathered(lines, [_of_feed(one.file, one.key, lines, 0)])
    lines = Lines(work / "gathered.ndjson", "", starts=array("q"))
    members = []
    with lines.path.open("wb") as out:
        for one in files:
            file, key = one.file, one.key
            if one.near is None:
                part = work / "part"
                part.mkdir()
                own = split(file, part, limits)
                vet(own, part)
                members.append(_of_feed(file, key, own, lines.item_count))
                _add(lines, out, own.at(range(own.item_count)), own.refused)
                shutil.rmtree(part)
            else:
                assert catalog is not None
                found = result_file.read(file, one.near, catalog, limits.max_result_bytes)
                rejects = {
                    at: Refused(reason, text[:KEPT_TEXT], path or None)
                    for at, (path, reason, text) in found.refused.items()
                }
                rejects |= _refuse_long(found, limits.max_case_bytes)
                first = lines.item_count
                _add(lines, out, found.items, rejects)
                members.append(
                    Member(
                        file,
                        key,
                        first,
                        lines.item_count,
                        file.sha256,
                        newest_run_at=found.newest_at,
                        unknown_fields=found.unknown_fields,
                        skipped=found.skipped,
                        runs=[(first + at, run, sha256) for at, run, sha256 in found.runs],
                    )
                )
    return Gathered(lines, members)


def _of_feed(file: RawFile, key: str, lines: Lines, first: int) -> Member:
    return Member(
        file,
        key,
        first,
        first + lines.item_count,
        lines.content_sha256,
        generated_at=lines.generated_at,
        declared_count=lines.declared_count,
        license=lines.license,
        extra_fields=lines.extra_fields,
    )


def _refuse_long(found: Result, max_bytes: int) -> dict[int, Refused]:
    """Return the cases of a result file that are too long, and replace them by placeholders."""
    long = {at: item for at, item in enumerate(found.items) if len(item) > max_bytes}
    for at in long:
        found.items[at] = REFUSED
    found.runs = [run for run in found.runs if run[0] not in long]
    return {at: refused(too_long(len(item), max_bytes), item) for at, item in long.items()}


def _add(lines: Lines, out: IO[bytes], texts: Iterable[bytes], refused: dict[int, Refused]) -> None:
    lines.refused |= {lines.item_count + at: why for at, why in refused.items()}
    for text in texts:
        lines.starts.append(out.tell())
        lines.longest = max(lines.longest, len(text))
        lines.item_count += 1
        out.write(text + b"\n")
