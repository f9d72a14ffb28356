"""The body of an answer: is it what the source holds, and under which name is it kept."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipelines import catalog
from pipelines.errors import RoofhouseError
from pipelines.ingest import readers, result_file
from pipelines.ingest.fetch.archive import UNFINISHED
from pipelines.ingest.fetch.http_cache import Received
from pipelines.ingest.fetch.messages import shown
from pipelines.ingest.fetch.target import Target
from pipelines.ingest.readers import Case, Reading, Record, Reject
from pipelines.ingest.readers.frame.documents import decode, documents, looks_like_json
from pipelines.ingest.snapshot import RawFile
from pipelines.ingest.split import Lines, split, too_long
from pipelines.settings import Settings

#: Endings of file names by content.
_JSON = (".json", ".ndjson", ".jsonl")
_OTHERS = (".csv", ".yaml", ".yml")
_MAX_REASON = 300


@dataclass(frozen=True)
class Checked:
    """A body that can be kept: the names for it, the second if the first is taken."""

    names: tuple[str, str]
    counts: str
    """Number of its cases, in words."""


def check(settings: Settings, target: Target, temp: Path, received: Received) -> Checked:
    """Read a body as the build reads it.

    Raises RoofhouseError where it is no feed, or holds nothing that the readers can use.
    """
    with temp.open("rb") as file:
        if file.read(512).lstrip().startswith(b"<"):
            what = "a feed" if target.source.is_feed else "a result"
            raise RoofhouseError(
                f"{shown(received.url)}: not {what}: the body is HTML or XML; see {target.see}"
            )
    return (_feed if target.source.is_feed else _result)(settings, target, temp, received)


def _feed(settings: Settings, target: Target, temp: Path, received: Received) -> Checked:
    settings.build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.build, prefix=UNFINISHED) as work:
        try:
            lines = split(RawFile(temp, received.sha256), Path(work), settings.limits)
        except RoofhouseError as error:
            reason = str(error).removeprefix(f"{temp}: ").removesuffix("; fetch it again")
            raise RoofhouseError(f"{shown(received.url)}: not a feed: {reason}") from None
    assert lines.generated_at is not None  # a feed object without one was refused
    stamp = _stamp(lines.generated_at, "seconds")
    counts = f"{lines.item_count:,} cases"
    if lines.refused:
        counts += f", {len(lines.refused):,} of them will be rejected ({_first(lines)})"
    return Checked(
        (f"cases-{stamp}.json", f"cases-{stamp}-{received.sha256[:16]}.json"),
        counts,
    )


def _first(lines: Lines) -> str:
    """Return the first item that will be rejected, and why."""
    position, why = min(lines.refused.items())
    name = _line(why.case_id) if why.case_id else f"items[{position}]"
    return f"{name}: {why.reason}"


def _result(settings: Settings, target: Target, temp: Path, received: Received) -> Checked:
    source = target.source
    file = RawFile(temp, received.sha256, source, f"{source.id}-{received.sha256[:16]}")
    near = result_file.beside([file])[temp]
    size, most = temp.stat().st_size, settings.max_result_bytes
    if size > most:
        raise RoofhouseError(
            f"{shown(received.url)}: too long: a result of {size:,} bytes; a build reads at most "
            f"{most:,} (max_result_bytes)"
        )
    content = temp.read_bytes()
    try:
        reading = readers.read(
            content,
            name=file.name,
            format=source.format,
            sidecar=near.sidecar,
            catalog=catalog.load(),
            companions=result_file.contents(near),
        )
    except RoofhouseError as error:
        raise RoofhouseError(f"{shown(received.url)}: {error}; see {target.see}") from None
    records = [_record(record, settings.max_case_bytes) for record in reading.records]
    count = Counter(type(record).__name__ for record in records)
    if not count["Case"] and not count["Skipped"]:
        rejects = (one.reason for one in records if isinstance(one, Reject))
        reason = next(rejects, "it is empty").removeprefix(f"{file.name}: ")
        raise RoofhouseError(
            f"{shown(received.url)}: no record that can be used: {_line(reason)}; see {target.see}"
        )
    text = decode(content)
    is_json = looks_like_json(text)
    if is_json and (broken := documents(text, "json")[-1].problem):
        # A snapshot that ends early would retire what it lacks.
        raise RoofhouseError(
            f"{shown(received.url)}: cut off or damaged: {_line(broken)}; see {target.see}"
        )
    counts = f"{count['Case']:,} cases"
    counts += f", {count['Reject']:,} rejected" if count["Reject"] else ""
    counts += f", {count['Skipped']:,} skipped" if count["Skipped"] else ""
    ending = _ending(received.url.path.lower(), is_json, reading)
    if source.is_snapshot:
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        names = (_stamp(now, "seconds"), _stamp(now, "microseconds"))
    else:
        names = (received.sha256[:16], received.sha256)
    return Checked((f"{source.id}-{names[0]}{ending}", f"{source.id}-{names[1]}{ending}"), counts)


def _record(record: Record, max_case_bytes: int) -> Record:
    """Return a record, or the reject for a case that a build would not read."""
    if isinstance(record, Case):
        size = len(json.dumps(record.item, ensure_ascii=False).encode(errors="replace"))
        if size > max_case_bytes:
            return Reject.of_file(too_long(size, max_case_bytes), "")
    return record


def _ending(path: str, is_json: bool, reading: Reading) -> str:
    """Return the ending of a result's file name: that of the address, where it fits the body."""
    fitting = _JSON if is_json else _OTHERS
    if given := next((one for one in fitting if path.endswith(one)), None):
        return given
    if is_json:
        return ".json"
    assert reading.format is not None  # a body of no format was refused
    return f".{readers.formats()[reading.format].SYNTAXES[-1]}"  # type: ignore[attr-defined]


def _stamp(at: dt.datetime, timespec: str) -> str:
    return at.isoformat(timespec=timespec).replace(":", "") + "Z"


def _line(text: str) -> str:
    """Return a text of the body as one line that cannot give orders to the terminal."""
    text = "".join(one if one.isprintable() else " " for one in text)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_REASON else f"{text[:_MAX_REASON]}…"
