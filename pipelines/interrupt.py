"""Ctrl-C while a command still loads: one line, and the process ends.

Loading takes a second or more. During that time there is nothing to clean up, and libraries would
show a traceback or swallow the exception. After `as_exception`, Ctrl-C raises KeyboardInterrupt.
"""

from __future__ import annotations

import os
import signal
import sys

#: The exit code that shells use: 128 plus the number of the signal.
EXIT_CODE = 130
LINE = "roofhouse: interrupted\n"


def at_once() -> None:
    """Let Ctrl-C end this process at once, if it is the command and does not ignore Ctrl-C."""
    if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def as_exception() -> None:
    """Let Ctrl-C raise KeyboardInterrupt from now on, since there is something to clean up."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def at_the_latest(seconds: float) -> None:
    """After Ctrl-C, end this process if it has not ended by itself within that time.

    For commands that only read: DuckDB notices Ctrl-C between batches of rows, and a query that
    finds none may not notice it for hours.
    """
    if not _is_command():
        return
    import threading
    import time

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def wait() -> None:
        while signal.SIGINT not in os.read(reader, 1):
            pass
        time.sleep(seconds)
        _end(signal.SIGINT, None)

    threading.Thread(target=wait, daemon=True).start()


def _is_command() -> bool:
    """Return True if this process is the command, not one that imports it."""
    return os.path.basename(sys.argv[0] if sys.argv else "").startswith("roofhouse")  # noqa: PTH119 - pathlib takes long to load


def _end(number: int, frame: object) -> None:
    os.write(2, LINE.encode())
    os._exit(EXIT_CODE)
