"""The report rendered by another process, which makes ready while the tables are made.

python -m pipelines.report.renderer     renders the one that it is told of on its stdin

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

from pipelines import report

#: The process that waits for its report, if one does.
_waiting: list[subprocess.Popen[bytes]] = []


def prepare() -> None:
    """Start the process, where none waits. It ends soon after this one, however that ends."""
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
    """End the process, if one waits: nothing will be published."""
    while _waiting:
        with _waiting.pop() as process:
            process.kill()


@contextmanager
def writing(marts: Path, manifest: dict[str, Any], path: Path) -> Iterator[None]:
    """Have the report of the folder `marts` rendered while the block runs, and write it after it.

    Where no process waits, or it fails, this one renders it, and raises what is wrong. Only
    this one writes: what the other would write after this one was killed could be a new build's.
    """
    if not _waiting:
        yield
        path.write_bytes(report.render(marts, manifest))
        return
    with _waiting.pop() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            order = json.dumps([str(marts), manifest]).encode()
            with suppress(BrokenPipeError):  # it has died
                process.stdin.write(order)
            with suppress(BrokenPipeError):
                process.stdin.close()
            yield
            html = process.stdout.read()
        except BaseException:
            process.kill()
            raise
        has_failed = process.wait() != 0
    path.write_bytes(report.render(marts, manifest) if has_failed else html)


def _main() -> None:
    gc.disable()  # it ends soon
    report.prepare()
    if order := sys.stdin.buffer.read():
        marts, manifest = json.loads(order)
        sys.stdout.buffer.write(report.render(Path(marts), manifest))


if __name__ == "__main__":
    _main()
