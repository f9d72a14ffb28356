"""Fixtures: data folders of their own, and warehouses built in them by the real code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.transform import materialize
from pipelines.transform.materialize import building
from pipelines.warehouse import Warehouse
from tests import feeds

Build = Callable[..., AbstractContextManager[Warehouse]]


@contextmanager
def warehouse_of(
    data: Path, *contents: feeds.Feed, only: Sequence[str] = ()
) -> Iterator[Warehouse]:
    """Every table, or `only` some, built from these feeds (or what lies in the folder)."""
    for position, content in enumerate(contents):
        feeds.write(data, content, f"cases-{position}.json")
    found = settings.load(data)
    with building(found) as db:
        materialize.materialize_all(db, found, *only)
        yield db


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """`with build(feed, ...) as db`: a warehouse in a folder of its own."""
    return lambda *contents: warehouse_of(tmp_path / "data", *contents)


@pytest.fixture(scope="session")
def shipped_db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The warehouse of the shipped feed."""
    with warehouse_of(tmp_path_factory.mktemp("shipped"), feeds.shipped()) as db:
        yield db
