"""Sending: each event once through each channel, even after a failure or a restart.

An event is put into the channel's queue on disk before it is sent, and removed once the receiver
has it. If the process dies in between, the event is sent twice rather than never.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from pipelines.alert import book, channels, late, message
from pipelines.alert.conditions import Conditions
from pipelines.alert.event import Event, now
from pipelines.settings import Settings

#: The message if no channel is set.
NOBODY = "No alert is sent: neither ROOFHOUSE_ALERT_URL nor ROOFHOUSE_ALERT_COMMAND is set."


def is_set(settings: Settings) -> bool:
    """Return True if a channel is set."""
    return bool(settings.alert_url or settings.alert_command)


def look(settings: Settings, found: Conditions, at: dt.datetime | None = None) -> None:
    """Queue the problems that began or ended since the last look, with what `late` adds."""
    at = at or dt.datetime.now(dt.UTC)
    with book.opened(settings) as opened:
        late.add(found, settings, opened, at)
        for one in channels.of(settings):
            opened.of(one.name).look(found, settings.alert_severity, f"{at:%Y-%m-%dT%H:%M:%SZ}")


def happened(settings: Settings, event: Event) -> None:
    """Queue an event, once."""
    with book.opened(settings) as opened:
        for one in channels.of(settings):
            opened.of(one.name).happened(event)


def send(settings: Settings, build_id: str | None = None) -> tuple[list[str], bool]:
    """Send the queued events; return a line per channel that had any, and True if all were sent.

    Events that could not be sent wait for the next call.
    """
    with book.locked(settings, "sending", wait_s=0) as is_ours:
        if not is_ours:
            return ["Another process is sending alerts."], True
        told = list(_send(settings, build_id))
    if not book.is_written(settings):
        told.append(
            (
                f"{settings.alerts} cannot be written: a restart sends these alerts again.",
                False,
            )
        )
    return [line for line, _ in told], all(is_told for _, is_told in told)


def _send(settings: Settings, build_id: str | None) -> Iterator[tuple[str, bool]]:
    for channel in channels.of(settings):
        with book.opened(settings) as opened:
            waiting = list(opened.of(channel.name).queue)
            wait_s = opened.of(channel.name).not_before - time.time()
        if not waiting:
            continue
        many = f"{len(waiting)} event{'s' if len(waiting) > 1 else ''}"
        if wait_s > 0:
            yield f"{many} for {channel.shown}, which asks to wait {wait_s:,.0f} s.", True
            continue
        try:
            channel.send(waiting, build_id)
        except channels.NotToldError as error:
            with book.opened(settings) as opened:
                opened.of(channel.name).not_before = time.time() + error.wait_s
            yield f"Not sent, will be retried: {many}: {error}", False
            continue
        with book.opened(settings) as opened:
            told = opened.of(channel.name)
            told.queue = told.queue[len(waiting) :]  # events may have been added meanwhile
            told.not_before = 0
        yield f"Sent {many} to {channel.shown}.", True


def test(settings: Settings) -> Iterator[tuple[str, bool]]:
    """Send a test event through each channel; yield a line for each, and True if it was sent."""
    event = Event("test", "test", "info", "this is a test; nothing is wrong", now(), state="test")
    for channel in channels.of(settings, is_output_shown=True):
        try:
            channel.send([event], None)
        except channels.NotToldError as error:
            yield f"not sent: {error}", False
        else:
            yield f"told {channel.shown}: {message.text(settings, [event]).splitlines()[-1]}", True
