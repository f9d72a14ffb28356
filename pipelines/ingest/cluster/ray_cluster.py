"""A Ray cluster: connect to it or say in one line why not, submit tasks, collect their results."""

from __future__ import annotations

import importlib
import logging
import re
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from pipelines.errors import RoofhouseError
from pipelines.settings import Settings
from pipelines.warehouse import connect

_KNOCK_S = 10.0
#: Further attempts at a task whose worker or node died.
_RETRIES = 3
#: Seconds between two looks at a running task, and how many looks in a row may find no node that
#: could run it.
_LOOK_S = 5.0
_LOOKS = 6
#: Memory that a task asks Ray for, as a multiple of DuckDB's limit: Python needs some, and DuckDB
#: does not count all of its own.
_MEMORY_FACTOR = 1.5
#: The first bytes of an HTTP/2 connection, as Ray uses: a preface and empty settings.
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


class Cluster:
    """A connected cluster."""

    def __init__(self, ray: Any, settings: Settings) -> None:
        self._ray = ray
        self._address = settings.ray
        self._refs: list[Any] = []
        self._names: list[str] = []
        self._options = {
            "num_cpus": settings.threads,
            "memory": int(_MEMORY_FACTOR * _bytes(settings.memory_limit)),
            "max_retries": _RETRIES,
        }

    def check_size(self) -> None:
        """Raise RoofhouseError if no node could run a task, which would wait forever."""
        if not self._has_room():
            cpus, memory = self._options["num_cpus"], self._options["memory"]
            raise RoofhouseError(
                f"{self._address}: no node of the Ray cluster has {cpus} CPUs and {memory:,} bytes "
                "of memory for a task; lower ROOFHOUSE_THREADS or ROOFHOUSE_MEMORY_LIMIT"
            )

    def submit(self, function: Callable[..., Any], file: Any, *arguments: Any) -> None:
        """Run a function on some node, and again if the node or its process dies."""
        remote = self._ray.remote(**self._options)(function)
        self._refs.append(remote.remote(file, *arguments))
        self._names.append(str(file.path))

    def results(self) -> Iterator[Any]:
        """Yield the results of the functions in the order of submission.

        An exception in a function is raised here.
        """
        errors = self._ray.exceptions
        for name, ref in zip(self._names, self._refs, strict=True):
            try:
                self._wait(ref)
                found = self._ray.get(ref)
            except errors.RayTaskError as error:
                raise error.cause from None
            except errors.RayError as error:
                raise RoofhouseError(f"{name}: Ray could not stage it: {_line(error)}") from None
            yield found

    def _wait(self, ref: Any) -> None:
        """Wait for a task as long as some node could run it; a lost node has time to return."""
        without = 0
        while not self._ray.wait([ref], timeout=_LOOK_S)[0]:
            without = 0 if self._has_room() else without + 1
            if without >= _LOOKS:
                self.check_size()

    def _has_room(self) -> bool:
        """Return True if some node would be large enough for a task if it were idle."""
        cpus, memory = self._options["num_cpus"], self._options["memory"]
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return any(n.get("CPU", 0) >= cpus and n.get("memory", 0) >= memory for n in nodes)


@contextmanager
def connected(settings: Settings) -> Iterator[Cluster]:
    """Connect to the cluster of the settings; its tasks end with the context.

    Raises RoofhouseError if Ray is not installed, nobody answers, or no node is large enough.
    """
    ray = _import()
    _knock(settings.ray)
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        try:
            ray.init(address=settings.ray, log_to_driver=False, configure_logging=False)
        except Exception as error:
            raise RoofhouseError(f"{settings.ray}: Ray refuses: {_line(error)}") from None
        found = Cluster(ray, settings)
        found.check_size()
        yield found
    finally:
        ray.shutdown()
        if main:
            signal.signal(signal.SIGTERM, handler)


def _import() -> Any:
    # Ray's own log is off: what a user needs to know is raised.
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise RoofhouseError(
            f"a build on a Ray cluster needs Ray ({error}); install it with "
            f"`{shlex.quote(sys.executable)} -m pip install ray`"
        ) from None


def _knock(address: str) -> None:
    """Raise RoofhouseError if no gRPC server answers; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_S) as opened:
            opened.settimeout(_KNOCK_S)
            opened.sendall(_HELLO)
            answer = opened.recv(9)
    except (OSError, OverflowError) as error:
        raise RoofhouseError(f"{address}: no Ray cluster answers there: {error}") from None
    if len(answer) < 4 or answer[3] != 4:
        raise RoofhouseError(f"{address}: what answers there is not a Ray cluster")


def _bytes(limit: str) -> int:
    """Convert a size as DuckDB writes it to bytes."""
    try:
        with connect() as con:
            found = con.execute("select parse_formatted_bytes(?)", [limit]).fetchone()
    except duckdb.Error as error:
        raise RoofhouseError(f"memory_limit: {_line(error)}") from None
    return int(found[0]) if found else 0


def _line(error: BaseException) -> str:
    """Return the message of an exception in one line."""
    return re.sub(r"\s+", " ", str(error)).strip()[:300] or type(error).__name__
