"""Vega, Vega-Lite and vegaEmbed as one script, cached: making it takes seconds.

python -m pipelines.publish.report.bundle FOLDER     puts it into a cache folder
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path


@contextmanager
def prepared(cache: Path) -> Iterator[None]:
    """Have another process make the script while this one does other things."""
    if any(cache.glob("*.js")):
        yield
        return
    try:
        process = subprocess.Popen(  # noqa: S603 - no text from outside
            [sys.executable, "-P", "-m", __name__, str(cache)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # then load() makes it
        yield
        return
    with process:
        try:
            yield
        finally:
            process.terminate()


def load(cache: Path) -> str:
    """The script, fit to stand inside a <script> element."""
    # Here, not above: nobody should wait for them who does not make a report.
    import altair
    import vl_convert

    vega_lite = altair.SCHEMA_VERSION.rpartition(".")[0]
    path = cache / f"vega-lite-{vega_lite}-vl-convert-{version('vl-convert-python')}.js"
    try:
        digest, _, script = path.read_text(encoding="utf-8").partition("\n")
        if digest == _digest(script):
            return script
    except (OSError, UnicodeDecodeError):
        pass  # missing or damaged: made again
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vega_lite)
    # It must not end the element early, nor reach the browser other than it was hashed.
    script = re.sub(r"<(?=/script|!--)", r"<\\", script, flags=re.IGNORECASE)
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    cache.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    new.write_text(f"{_digest(script)}\n{script}", encoding="utf-8", newline="\n")
    new.replace(path)
    return script


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


if __name__ == "__main__":
    load(Path(sys.argv[1]))
