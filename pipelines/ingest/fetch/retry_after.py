"""The header Retry-After: the wait that a server asks for before the next attempt."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

#: A longer wait is as good as never.
_LONGEST_S = 1e9


def retry_after_s(header: str, now: dt.datetime | None = None) -> float:
    """Return the seconds that a header Retry-After asks for; 0 if it asks for none.

    It holds whole seconds or an HTTP date (RFC 9110, section 10.2.3). A date in the past, or
    anything else, asks for no wait.
    """
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), _LONGEST_S)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    wait = until - (now or dt.datetime.now(dt.UTC))
    return min(max(wait.total_seconds(), 0), _LONGEST_S)
