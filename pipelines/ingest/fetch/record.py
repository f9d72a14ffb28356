"""Record of fetches: when each source was last fetched, changed or not.

`data/build/fetched.json`, by source. What is missing or unreadable counts as not known.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec

from pipelines.settings import Settings

_Time = Annotated[dt.datetime, msgspec.Meta(tz=True)]


def write(settings: Settings, source_id: str) -> None:
    """Record that a source was fetched now; a disk that is full does not stop a fetch."""
    times = read(settings) | {source_id: dt.datetime.now(dt.UTC).replace(microsecond=0)}
    path = _path(settings)
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temp.write_bytes(msgspec.json.encode(times))
            os.replace(temp, path)  # noqa: PTH105
        finally:
            temp.unlink(missing_ok=True)


def read(settings: Settings) -> dict[str, dt.datetime]:
    """Return the time of the last fetch of each source, in UTC."""
    try:
        return msgspec.json.decode(_path(settings).read_bytes(), type=dict[str, _Time])
    except (OSError, ValueError, msgspec.MsgspecError):
        return {}


def _path(settings: Settings) -> Path:
    return settings.build / "fetched.json"
