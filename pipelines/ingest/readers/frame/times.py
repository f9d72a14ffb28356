"""Times of runs: the wall clock as it was written, and the zone if one is given."""

from __future__ import annotations

import datetime as dt

from pipelines.ingest.readers.frame.run import Run


def set_time(run: Run, value: object, pattern: str | None = None) -> None:
    """Set the time of a run; a value that is no time leaves it unknown.

    A number is seconds since 1970, UTC. A text is ISO 8601, or of a `strptime` pattern.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and pattern is None:
            moment = dt.datetime.fromtimestamp(value, dt.UTC)
        elif isinstance(value, str):
            text = value.strip()
            parse = dt.datetime.fromisoformat
            moment = dt.datetime.strptime(text, pattern) if pattern else parse(text)
        else:
            return
    except (ValueError, OverflowError, OSError):
        return
    if moment.tzinfo is not None:
        offset = moment.strftime("%z")
        run.run_at_zone = "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    run.run_at = moment.replace(tzinfo=None).isoformat()
