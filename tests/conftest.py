"""Fixtures: data folders of their own, and warehouses built in them by the real code."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.publish import publish
from pipelines.transform import materialize
from pipelines.transform.materialize import building
from pipelines.warehouse import Warehouse
from tests import feeds

#: Feeds of a few cases, of which most tests make a history, lose a large share of them at once.
#: What tests the guard on volume takes these out.
GUARDS_OFF = {"ROOFHOUSE_MAX_RETIRED_SHARE": "1", "ROOFHOUSE_MAX_THROUGHPUT_FACTOR": "1e9"}
os.environ.update(GUARDS_OFF)
if "PYTEST_XDIST_WORKER" in os.environ:
    # The workers share the cores. A test of what several threads do sets its own number.
    os.environ["ROOFHOUSE_THREADS"] = "1"
# Python's default collects cycles so often that it takes a twentieth of the time.
gc.set_threshold(100_000, 50, 100)

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
def shipped_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped feed is built. It is copied, and never changed."""
    folder = tmp_path_factory.mktemp("template")
    with warehouse_of(folder, feeds.shipped()):
        return folder


@pytest.fixture
def shipped_copy(shipped_template: Path, tmp_path: Path) -> Path:
    """A data folder of a test's own in which the shipped feed is built already."""
    return shutil.copytree(shipped_template, tmp_path / "shipped")


@pytest.fixture(scope="session")
def shipped_db(
    shipped_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """The warehouse of the shipped feed, to be read."""
    folder = tmp_path_factory.mktemp("open") / "data"
    with warehouse_of(shutil.copytree(shipped_template, folder)) as db:
        yield db


@pytest.fixture(scope="session")
def shipped_published(shipped_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped feed is published, to be read."""
    folder = tmp_path_factory.mktemp("published") / "data"
    with warehouse_of(shutil.copytree(shipped_template, folder)) as db:
        publish.publish(db, settings.load(folder))
    return folder
