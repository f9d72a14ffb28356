"""Raw files that others write to while a build reads them."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.transform import materialize
from pipelines.transform.materialize import building
from tests import feeds

CASES = 800
NAME = "cases.json"
#: Moments at which each kind of change begins, as shares of the time that staging takes.
MOMENTS = [place / 10 for place in range(10)]


def content(throughput: float, cases: int) -> bytes:
    """A feed of so many cases of one throughput."""
    items = []
    for number in range(cases):
        item = copy.deepcopy(feeds.shipped()["items"][number % 22])
        item["id"] = f"case-{number}"
        feeds.put(item, "results.throughput_tokens_per_sec.decode", throughput)
        items.append(item)
    return json.dumps({**feeds.shipped(), "count": cases, "items": items}).encode()


BEFORE, AFTER = content(100.0, CASES), content(200.0, CASES + 7)
FOUND_BEFORE, FOUND_AFTER = (CASES, 100.0, 100.0), (CASES + 7, 200.0, 200.0)


def rewrite(path: Path) -> None:
    """As `cp` over it does: truncated, then written in pieces."""
    with path.open("r+b") as file:
        file.truncate(0)
        for start in range(0, len(AFTER), 1 << 20):
            file.write(AFTER[start : start + (1 << 20)])
            file.flush()
            time.sleep(0.01)


def replace(path: Path) -> None:
    """Another file takes its name."""
    other = path.with_name(".other")
    other.write_bytes(AFTER)
    other.replace(path)


def replace_and_restore(path: Path) -> None:
    """Another file takes its name for a moment."""
    kept = path.with_name(".kept")
    path.rename(kept)
    path.write_bytes(AFTER)
    time.sleep(0.1)
    kept.replace(path)


def append(path: Path) -> None:
    """Somebody begins to write a second feed behind the first."""
    with path.open("ab") as file:
        file.write(AFTER[:1000])


def remove(path: Path) -> None:
    """It is deleted."""
    path.unlink()


@pytest.fixture(scope="module")
def staging_s(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that it takes to stage the file if nobody touches it."""
    started = time.monotonic()
    assert staged(tmp_path_factory.mktemp("still"), lambda path: None, 0) == FOUND_BEFORE
    return time.monotonic() - started


def staged(data: Path, change: Callable[[Path], None], after_s: float) -> object:
    """What is staged of a file that changes meanwhile: cases and throughputs, or the error."""
    path = data / "raw" / NAME
    path.parent.mkdir()
    path.write_bytes(BEFORE)
    found = settings.load(data)
    other = threading.Timer(after_s, change, [path])
    other.start()
    try:
        with building(found) as db:
            materialize.list_raw(db, found)
            materialize.stage_all(db, found)
            counted = "select count(*), min(decode_tok_s), max(decode_tok_s)"
            return db.rows(f"{counted} from staging.fact_case")[0]
    except RoofhouseError as error:
        return str(error)
    finally:
        other.join()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("change", [rewrite, replace, replace_and_restore, append, remove])
def test_what_is_staged_is_one_of_the_two_contents_or_the_file_is_named(
    tmp_path: Path, staging_s: float, change: Callable[[Path], None], moment: float
) -> None:
    found = staged(tmp_path, change, moment * staging_s)
    if isinstance(found, str):
        assert str(tmp_path / "raw") in found
        return
    assert found in (FOUND_BEFORE, FOUND_AFTER)
    if change in (append, remove):
        assert found == FOUND_BEFORE
