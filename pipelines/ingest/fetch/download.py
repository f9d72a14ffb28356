"""The bytes of a body, over HTTP, into a file: within time and size, from a known server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import tenacity

from pipelines.errors import RoofhouseError
from pipelines.ingest.fetch.http_cache import Received, Remembered, key
from pipelines.ingest.fetch.messages import line, reason, shown, unchanged
from pipelines.ingest.fetch.retry_after import retry_after_s
from pipelines.settings import Settings

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
#: Answers below 500 that another attempt may not get: too slow, too early, too often.
_PASSING = {408, 425, 429}
_BLOCK = 1 << 16


class _PassingError(Exception):
    """A failure that may pass; `wait_s` is the wait that the server asks for."""

    def __init__(self, message: str, wait_s: float = 0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Request:
    """The settings of a download, what is known of the answer by URL, and the file it goes to.

    `see` names the place where the address is given, for messages.
    """

    settings: Settings
    known: Mapping[str, Remembered]
    into: Path
    see: str


def download(request: Request, url: httpx.URL) -> Received | Remembered:
    """Receive a body into a file; or what is known of it, if that is not modified.

    Raises RoofhouseError if it cannot be downloaded, OSError if it cannot be written.
    """
    return asyncio.run(_in_time(request, url))


async def _in_time(request: Request, url: httpx.URL) -> Received | Remembered:
    settings = request.settings
    try:
        async with asyncio.timeout(settings.fetch_timeout_s), _client(settings) as client:
            return await _attempts(client, request, url)
    except UnicodeError as error:  # a host name that DNS cannot hold
        raise RoofhouseError(f"{shown(url)}: cannot be reached: {line(error)}") from None
    except TimeoutError:
        raise RoofhouseError(
            f"{shown(url)}: not received within {settings.fetch_timeout_s:g} s "
            f"(fetch_timeout_s); {unchanged(settings)}"
        ) from None


async def _attempts(
    client: httpx.AsyncClient, request: Request, url: httpx.URL
) -> Received | Remembered:
    settings = request.settings
    try:
        return await tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_PassingError),
            wait=_pause(settings),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(settings.fetch_retries + 1),
                tenacity.stop_before_delay(settings.fetch_timeout_s),
            ),
        )(_attempt, client, request, url)
    except tenacity.RetryError as given_up:
        last = given_up.last_attempt
        tried = "" if last.attempt_number == 1 else f" ({last.attempt_number} attempts)"
        if last.attempt_number <= settings.fetch_retries:
            tried += (
                f"; the next attempt would come after the {settings.fetch_timeout_s:g} s of "
                "fetch_timeout_s"
            )
        raise RoofhouseError(f"{last.exception()}{tried}; {unchanged(settings)}") from None


def _pause(settings: Settings) -> Callable[[tenacity.RetryCallState], float]:
    """The pause before the next attempt: it doubles, and is at least what the server asks for."""
    doubling = tenacity.wait_exponential(multiplier=settings.fetch_backoff_s)

    def pause(state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait_s if isinstance(failure, _PassingError) else 0
        return max(doubling(state), asked)

    return pause


async def _attempt(
    client: httpx.AsyncClient, request: Request, url: httpx.URL
) -> Received | Remembered:
    settings = request.settings
    for _ in range(MAX_REDIRECTS + 1):
        if (url.port or 0) > 65_535:
            raise RoofhouseError(f"{shown(url)}: cannot be reached: there is no port {url.port}")
        before = request.known.get(key(url))
        conditions = before.conditions() if before else {}
        try:
            async with client.stream("GET", url, headers=conditions) as response:
                if response.status_code in _REDIRECTS:
                    url = _redirected(url, response.headers.get("location", ""), request.see)
                    continue
                if response.status_code == 304 and before and conditions:
                    return before
                _need_ok(url, response, request.see)
                return await _receive(url, response, settings, request.into)
        except (httpx.TransportError, httpx.InvalidURL, zlib.error, EOFError) as error:
            why, may_pass = reason(error, settings.fetch_read_timeout_s)
            if may_pass:
                raise _PassingError(f"{shown(url)}: {why}") from None
            raise RoofhouseError(f"{shown(url)}: {why}; {unchanged(settings)}") from None
    raise RoofhouseError(f"{shown(url)}: more than {MAX_REDIRECTS} redirects; see {request.see}")


def _client(settings: Settings) -> httpx.AsyncClient:
    """Return a client that verifies certificates, with those of SSL_CERT_FILE if that is set."""
    try:
        return httpx.AsyncClient(
            timeout=settings.fetch_read_timeout_s,
            follow_redirects=False,
            headers={
                "Accept": "application/json, */*;q=0.5",
                "Accept-Encoding": "gzip",
                "User-Agent": "roofhouse",
            },
        )
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        raise RoofhouseError(
            "the certificates or the proxy that the environment names cannot be used "
            f"(SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, ALL_PROXY): {line(error)}"
        ) from None


def _redirected(url: httpx.URL, location: str, see: str) -> httpx.URL:
    """Return the target of a redirect: https, or from plain http the same host."""
    target = url.join(location)
    if target == url:
        raise RoofhouseError(f"{shown(url)}: redirects to itself; see {see}")
    if target.scheme == "https" or (
        url.scheme == target.scheme == "http" and url.host == target.host
    ):
        return target
    raise RoofhouseError(
        f"{shown(url)}: redirects to {shown(target)}; only https, or from plain http "
        f"the same host, is followed; see {see}"
    )


def _need_ok(url: httpx.URL, response: httpx.Response, see: str) -> None:
    status = response.status_code
    if status == 200:
        return
    answer = f"{shown(url)}: the server answered {status} {httpx.codes.get_reason_phrase(status)}"
    if status < 500 and status not in _PASSING:
        raise RoofhouseError(f"{answer.rstrip()}; see {see}")
    wait_s = retry_after_s(response.headers.get("retry-after", ""))
    asked = f" and asks to wait {wait_s:,.0f} s" if wait_s else ""
    raise _PassingError(f"{answer.rstrip()}{asked}", wait_s)


async def _receive(
    url: httpx.URL, response: httpx.Response, settings: Settings, into: Path
) -> Received:
    """Write a decoded body to a file; the bytes received count, not the length announced."""
    limit = settings.max_feed_bytes
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_long(url, f"{int(announced):,} bytes are announced", limit)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise RoofhouseError(f"{shown(url)}: encoded as {encoding!r}; only gzip was asked for")
    decoder = _Gunzip() if "gzip" in encoding else _Plain()
    digest = hashlib.sha256()
    read = written = 0
    with into.open("wb") as out:
        async for chunk in response.aiter_raw():
            read += len(chunk)
            for block in decoder.decode(chunk):
                written += len(block)
                if max(read, written) > limit:
                    raise _too_long(url, "the body goes on", limit)
                digest.update(block)
                out.write(block)
        decoder.end()
        out.flush()
        os.fsync(out.fileno())
    return Received(
        url,
        digest.hexdigest(),
        response.headers.get("etag"),
        response.headers.get("last-modified"),
    )


def _too_long(url: httpx.URL, what: str, limit: int) -> RoofhouseError:
    return RoofhouseError(
        f"{shown(url)}: too long: {what}; at most {limit:,} are read (max_feed_bytes)"
    )


class _Plain:
    """A body that is not encoded."""

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk."""
        yield chunk

    def end(self) -> None:
        """Check nothing: HTTP itself notices a body that is cut off."""


class _Gunzip(_Plain):
    """A gzip body, expanded in small blocks; a missing end is an error."""

    def __init__(self) -> None:
        self._member = self._new()
        self._started = False

    @staticmethod
    def _new() -> zlib._Decompress:
        return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the expanded content of a chunk, block by block."""
        self._started = self._started or bool(chunk)
        while True:
            if self._member.eof and chunk:
                self._member = self._new()
            block = self._member.decompress(chunk, _BLOCK)
            yield block
            ended = self._member.eof
            chunk = self._member.unused_data if ended else self._member.unconsumed_tail
            if not chunk and (ended or len(block) < _BLOCK):
                return

    def end(self) -> None:
        """Raise EOFError if the end is missing."""
        if self._started and not self._member.eof:
            raise EOFError("the gzip body is cut off")
