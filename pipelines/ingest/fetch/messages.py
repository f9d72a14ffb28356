"""Messages of a failed fetch, without secrets."""

from __future__ import annotations

import os
import socket
import ssl
import zlib
from collections.abc import Iterator

import httpx

from pipelines.settings import Settings


def shown(url: httpx.URL) -> str:
    """Return a URL for a message, without the parts that may be secret."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def reason(error: Exception, wait_s: float) -> tuple[str, bool]:
    """Return the reason of a failure in words, and True if another attempt may succeed.

    `wait_s` is how long fetch waited for the server.
    """
    if isinstance(error, httpx.InvalidURL) or "location header" in str(error):
        return "redirects to what is not a URL", False
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not trusted: {cause.verify_message}", False
        if isinstance(cause, ssl.SSLError):
            return f"no secure connection: {cause.reason or line(cause)}", True
    if isinstance(error, httpx.ConnectTimeout):
        return f"cannot be reached within {wait_s:g} s", True
    if isinstance(error, httpx.TimeoutException):
        return f"nothing was received for {wait_s:g} s", True
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {_system(causes) or line(error)}", True
    if isinstance(error, zlib.error):
        return f"the gzip body is damaged: {line(error)}", True
    return f"the connection was dropped: {line(error)}", True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            error = error.__cause__ or error.__context__


def _system(causes: list[BaseException]) -> str | None:
    """Return the operating system's words, such as `Connection refused`."""
    for cause in reversed(causes):
        if isinstance(cause, socket.gaierror):
            return f"{cause.strerror} (no network, or no such host)"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
    return None


def line(error: BaseException) -> str:
    """Return an exception's text in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def unchanged(settings: Settings) -> str:
    """Say that a failed fetch leaves everything unchanged."""
    return f"nothing was changed, `roofhouse build` works with what is in {settings.raw}"
