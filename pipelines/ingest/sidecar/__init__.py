"""Sidecars: YAML beside a result file that says what the tool did not write into it.

`sidecar.yml` in a folder holds for the files of that folder, `<stem>.sidecar.yml` for one
file, and a result file may hold such metadata itself. Later wins, key by key: the folder's,
then the file's own metadata, then the file's sidecar. `said` holds what they may say,
`keys` how each key is written, `stub` writes a template for what a reading lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipelines.errors import RoofhouseError
from pipelines.ingest.sidecar.keys import parse, parse_mapping
from pipelines.ingest.sidecar.said import NOTHING, Said, Speculation, merge

__all__ = [
    "NOTHING",
    "Said",
    "Sidecar",
    "Speculation",
    "find",
    "is_sidecar",
    "load",
    "merge",
    "parse",
    "parse_mapping",
    "read",
]

FOLDER_NAME = "sidecar.yml"
SUFFIX = ".sidecar.yml"
_COMPRESSIONS = (".gz", ".zst")


@dataclass(frozen=True)
class Sidecar:
    """The sidecars of one file."""

    folder: Said = NOTHING
    file: Said = NOTHING

    def merged(self, metadata: Said = NOTHING) -> Said:
        """Return what holds, given the metadata inside the file."""
        if metadata == NOTHING:
            return self._without_metadata
        return merge(self.folder, metadata, self.file)

    @cached_property
    def _without_metadata(self) -> Said:
        return merge(self.folder, self.file)


def is_sidecar(name: str) -> bool:
    """Return whether a file of this name is a sidecar, not a result."""
    return name == FOLDER_NAME or name.endswith(SUFFIX)


def find(path: Path) -> tuple[Path, Path]:
    """Return the paths of the sidecars of a result file: the folder's and its own."""
    name = path.name
    for compression in _COMPRESSIONS:
        name = name.removesuffix(compression)
    return path.with_name(FOLDER_NAME), path.with_name(Path(name).stem + SUFFIX)


def load(path: Path) -> Sidecar:
    """Read the sidecars of a result file, those that are there.

    Raises RoofhouseError naming the sidecar and the key that is wrong.
    """
    folder, own = (read(one) for one in find(path))
    return Sidecar(folder, own)


def read(path: Path) -> Said:
    """Read one sidecar; one that is not there says nothing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return NOTHING
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None
    return parse(content, str(path))
