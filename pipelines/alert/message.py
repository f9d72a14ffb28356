"""Events as one message: JSON in roofhouse's own format or in Slack's."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pipelines.alert.event import SEVERITIES, Event, now
from pipelines.settings import Settings

#: Events that a message lists; it counts the others.
SHOWN = 20

#: Slack's longest text of a block, in characters.
_BLOCK = 3000

_SIGNS = {"error": "error", "warn": "warning", "info": "info"}


def generic(settings: Settings, events: Sequence[Event], build_id: str | None) -> dict[str, Any]:
    """Return the body that a webhook or a command receives: the most severe events first."""
    listed = sorted(events, key=_order)
    return {
        "text": text(settings, listed),
        "severity": _worst(events),
        "sent_at": now(),
        "data": str(settings.data),
        "host": platform.node(),
        "roofhouse": version("roofhouse"),
        "build_id": build_id,
        "events": [_shown(one) for one in listed[:SHOWN]],
        "more_events": max(len(events) - SHOWN, 0),
    }


def slack(settings: Settings, events: Sequence[Event]) -> dict[str, Any]:
    """Return the body for Slack's incoming webhooks: a text, and a block with a line per event."""
    listed = sorted(events, key=_order)
    head = _head(settings, listed)
    blocks = [_section(head)]
    lines: list[str] = []
    for told in _lines(listed):
        if sum(map(len, lines)) + len(lines) + len(told) > _BLOCK:
            blocks.append(_section("\n".join(lines)))
            lines = []
        lines.append(told)
    blocks.append(_section("\n".join(lines)))
    # Slack reads `text` as markup, in which <!channel> would notify everybody.
    safe = text(settings, listed).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": safe, "blocks": blocks}


def text(settings: Settings, events: Sequence[Event]) -> str:
    """Return the events as text: a heading, then a line for each."""
    return "\n".join([_head(settings, events), *_lines(events)])


def _head(settings: Settings, events: Sequence[Event]) -> str:
    began = sum(one.state == "began" for one in events)
    ended = sum(one.state == "recovered" for one in events)
    counts = [f"{began} began"] if began else []
    counts += [f"{ended} recovered"] if ended else []
    return f"roofhouse on {platform.node()}, {settings.data}: {', '.join(counts) or 'a test'}"


def _lines(events: Sequence[Event]) -> list[str]:
    told = [
        f"{'recovered' if one.state == 'recovered' else _SIGNS[one.severity]}: "
        f"{one.kind.replace('_', ' ')}: {one.message}"
        for one in events[:SHOWN]
    ]
    if len(events) > SHOWN:
        told.append(f"and {len(events) - SHOWN:,} more; `roofhouse status` lists what is wrong")
    return told


def _section(words: str) -> dict[str, Any]:
    shown = {"type": "plain_text", "text": words[:_BLOCK], "emoji": False}
    return {"type": "section", "text": shown}


def _shown(event: Event) -> dict[str, Any]:
    """An event as receivers see it: a missing value is null, and `occurrence` is left out."""
    names = ("kind", "key", "state", "severity", "message", "source", "table", "check", "run_id")
    return {name: getattr(event, name) for name in (*names, "at")}


def _order(event: Event) -> int:
    """Sort key: the most severe first, ended problems last; others keep their order."""
    return len(SEVERITIES) if event.state == "recovered" else -SEVERITIES.index(event.severity)


def _worst(events: Sequence[Event]) -> str:
    began = [one.severity for one in events if one.state != "recovered"]
    return max(began, key=SEVERITIES.index, default="info")
