"""The report written by another process, which makes ready while the tables are made.

python -m pipelines.publish.report.apart     writes the one that it is told of on its stdin

Altair takes a second of a build of few cases, and Vega's script several the first time.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipelines.publish import report

#: The process that waits for its report, if one does.
_waiting: list[subprocess.Popen[bytes]] = []


def prepare() -> None:
    """Start the process, where none waits. It ends with this one at the latest."""
    if not _waiting:
        with suppress(OSError):  # then this process writes the report
            _waiting.append(
                subprocess.Popen(  # noqa: S603 - no text from outside
                    [sys.executable, "-P", "-m", __name__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )


def dismiss() -> None:
    """End the process, if one waits: nothing will be published."""
    while _waiting:
        with _waiting.pop() as process:
            process.kill()


@contextmanager
def writing(marts: Path, manifest: dict[str, Any], path: Path) -> Iterator[None]:
    """Have the report of the folder `marts` written while the block runs; after it, it is there.

    Where no process waits, or it fails, this one writes it, and raises what is wrong.
    """
    process = _waiting.pop() if _waiting else None
    if process is None:
        yield
        report.write(marts, manifest, path)
        return
    with process:
        try:
            order = json.dumps([str(marts), manifest, str(path)]).encode()
            with suppress(BrokenPipeError):  # it has died
                process.stdin.write(order)  # type: ignore[union-attr]
            with suppress(BrokenPipeError):
                process.stdin.close()  # type: ignore[union-attr]
            yield
        except BaseException:
            process.kill()
            raise
        has_failed = process.wait() != 0
    if has_failed:
        report.write(marts, manifest, path)


def _main() -> None:
    gc.disable()  # it ends soon
    report.prepare()
    if order := sys.stdin.buffer.read():
        marts, manifest, path = json.loads(order)
        report.write(Path(marts), manifest, Path(path))


if __name__ == "__main__":
    _main()
