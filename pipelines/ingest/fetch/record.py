"""fetched.json in the data folder: when each source was fetched last, changed or not.

The age of a source must not be lost when data/build is deleted, and belongs to one data folder.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec

from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch import target
from pipelines.settings import Settings


def store(settings: Settings, source_id: str) -> None:
    """Record that a source was fetched now. If that fails, it counts as not fetched."""
    path = _path(settings)
    times = read(settings) | {source_id: dt.datetime.now(dt.UTC).replace(microsecond=0)}
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        try:
            temp.write_bytes(msgspec.json.format(msgspec.json.encode(times, order="sorted")))
            os.replace(temp, path)  # noqa: PTH105
        finally:
            temp.unlink(missing_ok=True)


def read(settings: Settings) -> dict[str, dt.datetime]:
    """Return the time of the last fetch of each source, by its id; none if it cannot be read."""
    try:
        found = msgspec.json.decode(_path(settings).read_bytes(), type=dict[str, dt.datetime])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}
    return {source_id: at for source_id, at in found.items() if at.tzinfo is not None}


def expected(settings: Settings) -> dict[str, dt.datetime | None]:
    """Return when each source with a url was fetched last; None for never."""
    try:
        folders = target.find_all(settings)
    except RoofhouseError:
        return {}
    times = read(settings)
    # The build reports a broken SOURCE.yml; whether it has a url cannot be known.
    return {one.source.id: times.get(one.source.id) for one in folders if not one.problem}


def _path(settings: Settings) -> Path:
    return settings.data / "fetched.json"
