"""A separate process that draws with Altair. It loads Altair while the tables are built.

python -m pipelines.report.renderer     reads orders from stdin, one JSON object per line:
    {"picture": name, "rows": [...]}    answers {"svg": text} in one line
    {"report": [marts, manifest]}       answers with the page, and ends

Loading Altair and Vega for the pictures takes a second and a half, which shows in a small build.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any

from pipelines import report
from pipelines.errors import RoofhouseError

#: The process that waits for orders, if there is one.
_waiting: list[subprocess.Popen[bytes]] = []

#: The time that a picture may take; the first one waits until Altair is loaded.
_PICTURE_S = 60.0


def prepare() -> None:
    """Start the process, if none is waiting. It ends soon after this one, however this one ends."""
    if not _waiting:
        with suppress(OSError):  # then this process renders the report
            _waiting.append(
                subprocess.Popen(  # noqa: S603 - no text from outside
                    [sys.executable, "-P", "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )


def dismiss() -> None:
    """End the process, if one is waiting: nothing will be published."""
    while _waiting:
        # If the process died before it read an order, closing the pipe fails.
        with suppress(BrokenPipeError), _waiting.pop() as process:
            process.kill()


def picture(name: str, rows: Sequence[Any]) -> str:
    """Return a picture of pipelines.report.pictures as SVG.

    If no process is waiting, or it fails or hangs, this process draws it.
    """
    if _waiting:
        process = _waiting[0]
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError, ValueError), _killed_after(process, _PICTURE_S):
            # A process that has died gives an empty answer.
            _order(process, {"picture": name, "rows": rows})
            return str(json.loads(process.stdout.readline())["svg"])
        dismiss()
    return _draw(name, rows)


def _draw(name: str, rows: Sequence[Any]) -> str:
    # Here, not above: no other command should wait for Altair.
    from pipelines.report import pictures

    svg: str = getattr(pictures, name)(rows)
    return svg


def _order(process: subprocess.Popen[bytes], order: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()


@contextmanager
def _killed_after(process: subprocess.Popen[bytes], limit_s: float) -> Iterator[list[bool]]:
    """Kill the process if the block takes longer; a read from it then ends.

    The yielded list is filled if that happened.
    """
    was_killed: list[bool] = []

    def kill() -> None:
        was_killed.append(True)
        process.kill()

    timer = Timer(limit_s, kill)
    timer.daemon = True
    timer.start()
    try:
        yield was_killed
    finally:
        timer.cancel()


@contextmanager
def writing(marts: Path, manifest: dict[str, Any], path: Path, *, limit_s: float) -> Iterator[None]:
    """Render the report of the folder `marts` while the block runs, and write it afterwards.

    If no process can be started, or it fails, this process renders the report and raises any
    error. Only this process writes the file: the other could outlive it and overwrite a newer
    report. Raises RoofhouseError if the process hangs: it may take `limit_s` to read its order,
    and `limit_s` again to answer after the block.
    """
    prepare()
    if not _waiting:
        yield
        path.write_bytes(report.render(marts, manifest))
        return
    with _waiting.pop() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with _killed_after(process, limit_s) as hung, suppress(BrokenPipeError):
                _order(process, {"report": [str(marts), manifest]})
            with suppress(BrokenPipeError):  # it has died
                process.stdin.close()
            yield
            with _killed_after(process, limit_s) as hung_later:
                html = process.stdout.read()
                has_failed = process.wait() != 0
        except BaseException:
            process.kill()
            raise
    if has_failed and (hung or hung_later):
        raise RoofhouseError(
            f"{path.name}: not made within {limit_s:g} s (report_timeout_s); the process that "
            "draws it was ended. Free the machine, or raise the setting, and build again"
        )
    path.write_bytes(report.render(marts, manifest) if has_failed else html)


def _main() -> None:
    gc.disable()  # it ends soon
    _draw("bars", [])  # the first picture takes most of a second, and is needed first
    report.prepare()
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if "report" in order:
            marts, manifest = order["report"]
            sys.stdout.buffer.write(report.render(Path(marts), manifest))
            return
        answer = {"svg": _draw(order["picture"], order["rows"])}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main()
