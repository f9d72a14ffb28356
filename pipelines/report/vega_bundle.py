"""Vega, Vega-Lite and vegaEmbed as one script; it is cached, since building it takes seconds."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import altair
import platformdirs
import vl_convert


def folder() -> Path:
    """Return the folder of the script, which depends on the installed packages only."""
    return platformdirs.user_cache_path("roofhouse")


@cache
def load() -> str:
    """Return the script, escaped for a <script> element."""
    vega_lite = altair.SCHEMA_VERSION.rpartition(".")[0]
    path = folder() / f"vega-lite-{vega_lite}-vl-convert-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):  # missing or damaged: made again
        digest, _, script = path.read_text(encoding="utf-8").partition("\n")
        if digest == _digest(script):
            return script
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vega_lite)
    # It must not end the element early, nor reach the browser other than it was hashed.
    script = re.sub(r"<(?=/script|!--)", r"<\\", script, flags=re.IGNORECASE)
    script = script.replace("\r\n", "\n").replace("\r", "\n")
    with suppress(OSError):  # a full or read-only disk: made again next time
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            new.write_text(f"{_digest(script)}\n{script}", encoding="utf-8", newline="\n")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    return script


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
