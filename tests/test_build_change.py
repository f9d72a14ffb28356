"""What a publication changed against the one before it is told, and nothing else depends on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines import settings
from pipelines.publish import change, manifest, publish
from pipelines.warehouse import published
from tests import feeds, folders
from tests.conftest import warehouse_of
from tests.test_report import Page

APRIL, MAY, JUNE = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
DECODE = "results.throughput_tokens_per_sec.decode"
COUNTS = (
    "is_new_source, is_gone_source, case_count, added_case_count, changed_case_count, "
    "retired_case_count, verdict_change_count, new_reject_count, new_drift_count"
)


def named(name: str) -> feeds.Feed:
    return feeds.put(feeds.case(), "id", name)


def series() -> list[feeds.Feed]:
    """April: three cases. May: one is gone, one new, one impossible, one rejected; a new field."""
    faster = feeds.put(named("case-b"), DECODE, 1e9)
    rejected = feeds.put(named("case-e"), "stack.hardware.topology", 1)
    new = feeds.put(named("case-d"), "stack.hardware.slot", 3)
    return [
        feeds.feed(named("case-a"), named("case-b"), named("case-c"), generated=APRIL),
        feeds.feed(named("case-a"), faster, new, rejected, generated=MAY),
    ]


def publish_(data: Path) -> dict[str, Any]:
    found = settings.load(data)
    with warehouse_of(data) as db:
        return publish.publish(db, found)


def changes(data: Path) -> dict[str, Sequence[Any]]:
    with published(settings.load(data)) as db:
        rows = db.rows(f"select source_id, {COUNTS} from quality.build_change")
    return {source_id: counts for source_id, *counts in rows}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which April was published, and then May with another source."""
    folder = tmp_path_factory.mktemp("changed") / "data"
    (folder / "raw").mkdir(parents=True)
    (folder / "roofhouse.yml").write_text("max_reject_share: 1\n")
    april, may = series()
    feeds.write(folder, april, "april.json")
    publish_(folder)
    assert changes(folder) == {"evokernel": [True, False, 3, 3, 0, 0, 0, 0, 0]}
    shutil.copytree(folder / "raw", folder.parent / "raw-before")
    feeds.write(folder, may, "may.json")
    folders.write(folder, "lab", folders.lab())
    publish_(folder)
    return folder


def test_cases_verdicts_rejects_and_drift_are_counted_by_source(data: Path) -> None:
    found = changes(data)
    drift = found["evokernel"][-1]
    assert drift >= 1
    assert found == {
        "evokernel": [False, False, 3, 1, 1, 1, 1, 1, drift],
        "lab": [True, False, 1, 1, 0, 0, 0, 0, found["lab"][-1]],
    }
    told = manifest.read(settings.load(data))
    assert [list(one.values())[1:] for one in told["changes"]] == list(found.values())
    rows = {row[0]: row[-1] for row in Page(data / "marts" / "report.html").tables["by-source"]}
    names = {one["id"]: one["name"] for one in told["sources"]}
    assert rows[names["evokernel"]].startswith(
        "1 added, 1 changed, 1 retired, 1 with another verdict, "
    )
    assert rows[names["lab"]].startswith("new source, 1 added")


def test_the_same_files_give_the_same_parquet_whatever_was_published_before(
    data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "data"
    shutil.copytree(data / "raw", other / "raw")
    shutil.copy(data / "roofhouse.yml", other)
    publish_(other)
    assert changes(other) != changes(data)
    ours, theirs = (manifest.read(settings.load(one)) for one in (data, other))
    assert ours["build_id"] == theirs["build_id"]
    files = sorted(path.name for path in (data / "marts").glob("*.parquet"))
    assert files
    for name in files:
        assert (data / "marts" / name).read_bytes() == (other / "marts" / name).read_bytes()


def test_the_time_of_a_publication_stays_until_something_changes(data: Path) -> None:
    before = manifest.read(settings.load(data))
    assert publish_(data) == before
    with published(settings.load(data)) as db:
        ((at,),) = db.rows("select published_at from quality.build")
    assert f"{at.isoformat()}Z" == before["published_at"]


def test_a_source_that_is_gone_is_told(data: Path, tmp_path: Path) -> None:
    other = shutil.copytree(data, tmp_path / "data")
    shutil.rmtree(other / "raw" / "lab")
    publish_(other)
    assert changes(other) == {
        "evokernel": [False, False, 3, 0, 0, 0, 0, 0, 0],
        "lab": [False, True, 0, 0, 0, 1, 0, 0, 0],
    }


def warned(data: Path, *contents: feeds.Feed) -> list[str]:
    """The paths that the check no_drift warns of, before anything is published."""
    with warehouse_of(data, *contents, only=["drift", "snapshot"]) as db:
        return change.new_drift(db, settings.load(data))["path"].to_list()


def feed_with(generated: str, *paths: str) -> feeds.Feed:
    case = feeds.case()
    for path in paths:
        feeds.put(case, path, 3)
    return feeds.feed(case, generated=generated)


SLOT, BAY = "stack.hardware.slot", "stack.hardware.bay"


def test_at_first_drift_is_what_only_the_newest_file_has(tmp_path: Path) -> None:
    first = feed_with(APRIL, SLOT)
    assert warned(tmp_path, first) == []
    assert warned(tmp_path, first, feed_with(MAY, SLOT, BAY)) == [BAY]
    assert warned(tmp_path, first, feed_with(MAY, SLOT, BAY), feed_with(JUNE, SLOT, BAY)) == []
    assert warned(tmp_path, first, feed_with(MAY), feed_with(JUNE, SLOT)) == []


def test_afterwards_it_is_what_the_build_before_did_not_have(tmp_path: Path) -> None:
    """It is warned of once, by the build that brings it, and stays in quality.drift."""

    def build(*names: str) -> list[str]:
        with warehouse_of(tmp_path) as db:
            found: list[str] = change.new_drift(db, settings.load(tmp_path))["path"].to_list()
            publish.publish(db, settings.load(tmp_path))
            listed = {path for (path,) in db.rows("select path from quality.drift")}
        assert set(names) <= listed
        return found

    feeds.write(tmp_path, feed_with(APRIL), "april.json")
    build()
    feeds.write(tmp_path, feed_with(MAY, SLOT), "may.json")
    assert build(SLOT) == [SLOT]
    assert build(SLOT) == []
    # Two files at once, of which the newest is not the first to have it.
    feeds.write(tmp_path, feed_with("2026-05-02T00:00:00Z", SLOT, BAY), "second.json")
    feeds.write(tmp_path, feed_with(JUNE, SLOT, BAY), "june.json")
    assert set(build(SLOT, BAY)) == {BAY}
    assert build(SLOT, BAY) == []


def test_new_runs_of_a_source_that_appends_bring_drift_however_many_they_are(
    tmp_path: Path,
) -> None:
    folder = folders.write(tmp_path, "lab", folders.lab())
    publish_(tmp_path)
    run = folders.RUN | {"novelty": 1}
    for name, date in (("b", "20261002-120000"), ("c", "20261003-120000")):
        shutil.copy(folder / "run.sidecar.yml", folder / f"{name}.sidecar.yml")
        (folder / f"{name}.json").write_text(json.dumps(run | {"date": date}))
    assert any("novelty" in path for path in warned(tmp_path))
    publish_(tmp_path)
    assert warned(tmp_path) == []
