"""Vega, Vega-Lite and vegaEmbed as one script, cached: making it takes seconds."""

from __future__ import annotations

import hashlib
import os
import re
from importlib.metadata import version
from pathlib import Path

import altair
import vl_convert


def load(cache: Path) -> str:
    """The script, fit to stand inside a <script> element."""
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
