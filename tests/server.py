"""A real HTTP server on this machine: what it may send, and what it was asked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import feeds

FEED = feeds.SHIPPED.read_bytes()

Answer = Callable[[BaseHTTPRequestHandler], None]


def sends(
    body: bytes = FEED, status: int = 200, announce: int | None = None, **headers: str
) -> Answer:
    """An answer with this body; a header `ETag` is given as ETag=..., `A-B` as A_B=..."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if announce is None else announce))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def sends_without_length(body: bytes) -> Answer:
    """An answer that ends where the connection ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirects(to: str, status: int = 302) -> Answer:
    return sends(b"moved", status, Location=to)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def says_nothing(handler: BaseHTTPRequestHandler) -> None:
    """Wait until the client gives up."""
    handler.connection.recv(1)


def drips(start: bytes) -> Answer:
    """Send `start`, then a byte now and then until the client gives up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.02)

    return answer


@dataclass
class Site:
    """A server and its answers, in turn; the last one is given from then on."""

    url: str
    port: int
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests.append({k.lower(): v for k, v in handler.headers.items()})
        self.paths.append(handler.path)
        self.bodies.append(handler.rfile.read(int(handler.headers.get("Content-Length", 0))))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        try:
            answer(handler)
        except OSError:
            handler.close_connection = True


def serve(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Yield a server that runs until the generator is closed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    served = Site(f"{scheme}://127.0.0.1:{server.server_port}/api/cases.json", server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()
