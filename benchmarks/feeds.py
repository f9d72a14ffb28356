"""Generated feeds on the disk, and data folders that hold them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks import generate


@dataclass(frozen=True)
class Feed:
    """A number of generated cases, in both forms; each is written when first asked for."""

    size: int
    folder: Path

    @cached_property
    def lines(self) -> Path:
        """One case a line."""
        return self._write("ndjson")

    @cached_property
    def whole(self) -> Path:
        """One feed object."""
        return self._write("json")

    def _write(self, suffix: str) -> Path:
        path = self.folder / str(self.size) / f"cases-2026-05-01T000000Z.{suffix}"
        path.parent.mkdir(exist_ok=True)
        generate.write(self.size, path)
        return path


def data_of(source: Path, folder: Path) -> Path:
    """A data folder that holds this raw file alone."""
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / source.name).hardlink_to(source)
    return raw.parent


def into_page_cache(path: Path) -> None:
    """Read a file once, so that nobody who is measured reads it from the disk."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def say(line: str) -> None:
    """Tell whoever waits how far it is."""
    sys.stderr.write(f"{line}\n")
