"""The shipped catalog, and copies of it to change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import catalog
from pipelines.catalog import Catalog
from pipelines.settings import CATALOG_DIR

Change = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def shipped() -> Catalog:
    return catalog.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped folder."""
    copied = tmp_path / "catalog"
    shutil.copytree(CATALOG_DIR, copied)
    return copied


@pytest.fixture
def change(folder: Path) -> Change:
    """`change(file, old, new)`: replace the first `old` of a copied file; returns the folder."""

    def replace(name: str, old: str, new: str) -> Path:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return replace
