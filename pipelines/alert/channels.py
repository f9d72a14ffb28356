"""Channels: where events go. A POST of JSON to a URL, and a command that reads JSON.

A URL is a secret, since anyone who has it can post, and a command may contain a secret. Messages
therefore show only the host or the program.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

import httpx
import tenacity

from pipelines.alert import message
from pipelines.alert.event import Event
from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch.messages import line, reason
from pipelines.ingest.fetch.retry_after import retry_after_s
from pipelines.settings import Settings

#: Attempts within `alert_timeout_s`, and the pause before the second one in seconds, which
#: doubles. The caller tries again later.
_ATTEMPTS = 4
_PAUSE_S = 0.5

#: Statuses below 500 after which another attempt may succeed.
_PASSING = {408, 425, 429}

#: Hosts of Slack's incoming webhooks.
_SLACK = {"hooks.slack.com", "hooks.slack-gov.com"}

#: httpx and httpcore would log the URL with its path.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class NotToldError(RoofhouseError):
    """Why a message was not received, in one line; `wait_s` is the wait that was asked for."""

    def __init__(self, words: str, wait_s: float = 0, *, may_pass: bool = True) -> None:
        super().__init__(words)
        self.wait_s = wait_s
        self.may_pass = may_pass


@dataclass(frozen=True)
class Channel:
    """A receiver: its name in the book, the part of its address to show, and how to send.

    `send` takes events and the published build. It raises NotToldError.
    """

    name: str
    shown: str
    send: Callable[[Sequence[Event], str | None], None]


def of(settings: Settings, *, is_output_shown: bool = False) -> list[Channel]:
    """Return the channels that the settings name."""
    found = []
    if settings.alert_url:
        found.append(Channel("url", _host(settings.alert_url), partial(_post, settings)))
    if settings.alert_command:
        program = PurePath(shlex.split(settings.alert_command)[0]).name
        send = partial(_run, settings, program, is_output_shown)
        found.append(Channel("command", program, send))
    return found


def _host(url: str) -> str:
    """Return host and port of a URL: the only parts that may be shown."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "alert_url"
    return f"{parsed.host}:{parsed.port}" if parsed.port else parsed.host


def _is_slack(settings: Settings) -> bool:
    if settings.alert_format != "auto":
        return bool(settings.alert_format == "slack")
    return _host(settings.alert_url) in _SLACK


def _post(settings: Settings, events: Sequence[Event], build_id: str | None) -> None:
    is_slack = _is_slack(settings)
    body = (
        message.slack(settings, events) if is_slack else message.generic(settings, events, build_id)
    )
    host = _host(settings.alert_url)
    try:
        asyncio.run(_in_time(settings, host, body))
    except TimeoutError:
        raise NotToldError(
            f"{host}: no answer within {settings.alert_timeout_s:g} s (alert_timeout_s)"
        ) from None
    except (httpx.InvalidURL, UnicodeError):  # the error's text contains the URL
        raise NotToldError("alert_url is not a URL that can be reached") from None


async def _in_time(settings: Settings, host: str, body: dict[str, Any]) -> None:
    # A server that hangs uses up one attempt, not the time for all of them.
    wait_s = settings.alert_timeout_s / 3
    async with asyncio.timeout(settings.alert_timeout_s):
        async with _client(wait_s) as client:
            attempt = partial(_attempt, client, settings.alert_url, host, body, wait_s)
            await tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception(_may_pass),
                wait=_pause,
                stop=tenacity.stop_any(
                    tenacity.stop_after_attempt(_ATTEMPTS),
                    tenacity.stop_before_delay(settings.alert_timeout_s),
                ),
                reraise=True,
            )(attempt)


async def _attempt(
    client: httpx.AsyncClient, url: str, host: str, body: dict[str, Any], wait_s: float
) -> None:
    if (httpx.URL(url).port or 0) > 65_535:
        raise NotToldError(f"{host}: there is no such port", may_pass=False)
    try:
        async with client.stream("POST", url, json=body) as response:
            status = response.status_code
            if 200 <= status < 300:
                return
            words = f"{host}: the server answered {status} {httpx.codes.get_reason_phrase(status)}"
            asked_s = retry_after_s(response.headers.get("retry-after", ""))
    except httpx.TransportError as error:
        why, may_pass = reason(error, wait_s)
        raise NotToldError(f"{host}: {why}", may_pass=may_pass) from None
    if 300 <= status < 400:
        words += ", and a redirect is not followed"
    may_pass = status >= 500 or status in _PASSING
    raise NotToldError(words.rstrip(), asked_s if may_pass else 0, may_pass=may_pass)


def _client(wait_s: float) -> httpx.AsyncClient:
    """Return a client that verifies certificates, with those of SSL_CERT_FILE if that is set."""
    try:
        return httpx.AsyncClient(
            timeout=wait_s, follow_redirects=False, headers={"User-Agent": "roofhouse"}
        )
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise NotToldError(
            "the certificates or the proxy that the environment names cannot be used "
            f"(SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, ALL_PROXY): {line(error)}"
        ) from None


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, NotToldError) and error.may_pass


def _pause(state: tenacity.RetryCallState) -> float:
    """The pause before the next attempt: it doubles, and is at least as long as Retry-After."""
    failure = state.outcome.exception() if state.outcome else None
    asked_s = failure.wait_s if isinstance(failure, NotToldError) else 0
    doubled: float = _PAUSE_S * 2 ** (state.attempt_number - 1)
    return max(doubled, asked_s)


def _run(
    settings: Settings,
    program: str,
    is_output_shown: bool,
    events: Sequence[Event],
    build_id: str | None,
) -> None:
    """Run the command, without a shell, until it ends with 0; the message is on its stdin."""
    body = message.generic(settings, events, build_id)
    told = json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"
    end = time.monotonic() + settings.alert_timeout_s
    for attempt in range(_ATTEMPTS):
        failure = _run_once(settings, program, is_output_shown, told, end - time.monotonic())
        if failure is None:
            return
        pause_s = _PAUSE_S * 2**attempt
        if attempt + 1 == _ATTEMPTS or time.monotonic() + pause_s >= end:
            raise NotToldError(failure)
        time.sleep(pause_s)


def _run_once(
    settings: Settings, program: str, is_output_shown: bool, told: bytes, within_s: float
) -> str | None:
    """Run the command once; return why that failed."""
    output = None if is_output_shown else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own command, and no shell
            shlex.split(settings.alert_command),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise NotToldError(
            f"{program}: cannot be started: {getattr(error, 'strerror', None) or 'not a command'}"
        ) from None
    try:
        process.communicate(told, timeout=within_s)
    except subprocess.TimeoutExpired:
        return f"{program}: ran for longer than {settings.alert_timeout_s:g} s (alert_timeout_s)"
    finally:
        _end(process)
    return f"{program}: ended with exit code {process.returncode}" if process.returncode else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a command that still runs, with all processes that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
