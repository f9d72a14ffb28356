"""The paths of staged files in SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipelines.warehouse.quoting import quote


def staged_files(folders: Iterable[Path], name: str) -> str:
    """Return the paths of one file of each staged folder as SQL literals, between commas."""
    return ", ".join(quote(_from_data(folder / name)) for folder in folders)


def _from_data(path: Path) -> str:
    """Return the path of a staged file relative to the data folder, where DuckDB looks for it.

    The published database is a copy of the build database and must not contain paths of this
    machine; nor would DuckDB take the folder's name for a pattern.
    """
    if "," in str(path):  # DuckDB's search path would split it
        return re.sub(r"[*?\[]", r"[\g<0>]", str(path))
    return "/".join(path.parts[-4:])
