"""A snapshot that takes much away at once is held back until somebody accepts it."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.publish import manifest, publish, verify
from pipelines.transform import fingerprint, materialize
from pipelines.warehouse import published
from tests import feeds, folders
from tests.command import roofhouse
from tests.conftest import GUARDS_OFF, warehouse_of

APRIL, MAY, JUNE = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
DECODE = "results.throughput_tokens_per_sec.decode"
CASE = feeds.case()["id"]


@pytest.fixture(autouse=True)
def guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings as they are by default."""
    for name in GUARDS_OFF:
        monkeypatch.delenv(name)


def of(count: int, generated: str, factor: float = 1) -> feeds.Feed:
    """A feed of so many equal cases, with their throughput times a factor."""
    items = []
    for number in range(count):
        item = feeds.put(feeds.case(), "id", f"case-{number:02}")
        throughput = item["results"]["throughput_tokens_per_sec"]
        items.append(feeds.put(item, DECODE, throughput["decode"] * factor))
    return feeds.feed(*items, generated=generated)


def write(data: Path, *contents: feeds.Feed) -> None:
    for content in contents:
        feeds.write(data, content, f"cases-{content['generated'][:10]}.json")


Row = tuple[Any, ...]


def held(data: Path, accept: tuple[str, ...] = ()) -> tuple[list[Row], int, str]:
    """What is held back, the current cases, and the state of the build."""
    found = settings.load(data)
    with materialize.building(found) as db:
        materialize.list_raw(db, found)
        materialize.stage_all(db, found, accept)
        rows = db.rows(
            "select file_name, guard, is_waiting, compared_with, case_count_before, "
            "missing_case_count from staging.held order by all"
        )
        ((cases,),) = db.rows(
            "select count(*) from staging.fact_case join staging.snapshot using (snapshot_id) "
            "where is_newest"
        )
        return rows, cases, fingerprint.staging_state(db, found)


@pytest.mark.parametrize(
    ("before", "after", "is_held"), [(10, 8, False), (10, 7, True), (5, 4, False), (4, 3, True)]
)
def test_more_than_a_fifth_of_the_cases_is_too_much_at_once(
    before: int, after: int, is_held: bool, tmp_path: Path
) -> None:
    write(tmp_path, of(before, APRIL), of(after, MAY))
    rows, cases, _ = held(tmp_path)
    expected = (
        "cases-2026-05-01.json",
        "cases_retired",
        True,
        "cases-2026-04-01.json",
        before,
        before - after,
    )
    assert rows == ([expected] if is_held else [])
    assert cases == (before if is_held else after)


@pytest.mark.parametrize(
    ("factor", "is_held"), [(2.0, False), (2.1, True), (0.5, False), (0.4, True)]
)
def test_so_is_a_median_throughput_that_moves_by_more_than_a_factor_of_two(
    factor: float, is_held: bool, tmp_path: Path
) -> None:
    write(tmp_path, of(3, APRIL), of(3, MAY, factor))
    rows, _, _ = held(tmp_path)
    assert [row[1] for row in rows] == (["throughput_moved"] if is_held else [])


def test_new_cases_that_are_faster_are_no_reason_to_hold_a_snapshot(tmp_path: Path) -> None:
    added = of(9, MAY, factor=5)
    added["items"][:3] = of(3, APRIL)["items"]
    write(tmp_path, of(3, APRIL), added)
    assert held(tmp_path)[:2] == ([], 9)


def test_the_limits_are_settings(tmp_path: Path) -> None:
    write(tmp_path, of(10, APRIL), of(5, MAY, factor=3))
    (tmp_path / "roofhouse.yml").write_text("max_retired_share: 0.5\nmax_throughput_factor: 3.1\n")
    assert held(tmp_path)[:2] == ([], 5)


def test_a_small_snapshot_stays_held_when_another_like_it_follows(tmp_path: Path) -> None:
    write(tmp_path, of(10, APRIL), of(3, MAY), of(3, JUNE))
    rows, cases, _ = held(tmp_path)
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("cases-2026-05-01.json", True, "cases-2026-04-01.json"),
        ("cases-2026-06-01.json", True, "cases-2026-04-01.json"),
    ]
    assert cases == 10


def test_one_that_a_whole_snapshot_follows_waits_no_more_and_retires_nothing(
    tmp_path: Path,
) -> None:
    write(tmp_path, of(10, APRIL), of(3, MAY), of(10, JUNE))
    rows, cases, _ = held(tmp_path)
    assert [(row[0], row[2]) for row in rows] == [("cases-2026-05-01.json", False)]
    assert cases == 10


def test_the_order_of_arrival_is_nothing(tmp_path: Path) -> None:
    contents = [of(10, APRIL), of(3, MAY), of(9, JUNE)]
    states = []
    for name, order in (("one", contents), ("other", contents[::-1])):
        for content in order:
            write(tmp_path / name, content)
            state = held(tmp_path / name)
        states.append(state)
    assert states[0] == states[1]


def test_what_is_accepted_is_remembered_for_that_content_alone(tmp_path: Path) -> None:
    write(tmp_path, of(10, APRIL), of(3, MAY))
    waiting = held(tmp_path)
    accepted = held(tmp_path, accept=("evokernel",))
    assert accepted[:2] == ([], 3)
    assert accepted[2] != waiting[2]
    shutil.rmtree(tmp_path / "build")
    assert held(tmp_path) == accepted
    (entry,) = yaml.safe_load((tmp_path / "accepted.yml").read_text())
    assert entry["source"] == "evokernel"
    assert entry["file"] == "cases-2026-05-01.json"
    write(tmp_path, of(2, MAY))
    assert held(tmp_path)[:2] == (
        [("cases-2026-05-01.json", "cases_retired", True, "cases-2026-04-01.json", 10, 8)],
        10,
    )


def test_to_accept_where_nothing_is_held_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, of(10, APRIL), of(9, MAY))
    assert held(tmp_path, accept=("evokernel",)) == held(tmp_path)
    assert not (tmp_path / "accepted.yml").exists()


@pytest.mark.parametrize("text", ["- 1\n", "evokernel: x\n", "- {source: a, sha256: short}\n"])
def test_a_list_of_accepted_snapshots_that_is_wrong_is_named(text: str, tmp_path: Path) -> None:
    write(tmp_path, of(2, APRIL))
    (tmp_path / "accepted.yml").write_text(text)
    with pytest.raises(RoofhouseError, match=r"accepted\.yml: expected a list"):
        held(tmp_path)


def test_a_case_that_is_rejected_is_not_gone(tmp_path: Path) -> None:
    broken = of(4, MAY)
    for item in broken["items"][:2]:
        item["stack"]["hardware"]["topology"] = 1
    write(tmp_path, of(4, APRIL), broken)
    (tmp_path / "roofhouse.yml").write_text("max_reject_share: 1\n")
    assert held(tmp_path)[0] == []


def test_a_run_that_the_source_took_back_is_not_held_against_it(tmp_path: Path) -> None:
    said = "mode: snapshot\nformat: evokernel\nwithdrawn: [case-02]\n"
    lab = folders.write(tmp_path, "lab", {"SOURCE.yml": said, "a.json": of(3, APRIL)})
    (lab / "b.json").write_text(json.dumps(of(2, MAY)))
    assert held(tmp_path)[0] == []


def test_a_snapshot_from_the_future_waits_for_its_time(tmp_path: Path) -> None:
    write(tmp_path, of(4, APRIL), of(4, "9999-12-31T00:00:00Z"))
    rows, cases, state = held(tmp_path, accept=("evokernel",))
    assert rows == [("cases-9999-12-31.json", "from_the_future", True, None, None, None)]
    assert cases == 4
    assert not (tmp_path / "accepted.yml").exists()
    (tmp_path / "raw" / "cases-9999-12-31.json").unlink()
    assert held(tmp_path)[2] != state


def test_a_source_of_the_future_alone_is_left_out_and_alone_stops_the_build(
    tmp_path: Path,
) -> None:
    write(tmp_path, of(4, "9999-12-31T00:00:00Z"))
    with pytest.raises(RoofhouseError, match="more than a day ahead of the clock"):
        held(tmp_path)
    folders.write(tmp_path, "lab", folders.lab())
    with warehouse_of(tmp_path, only=["dim_source"]) as db:
        problems = dict(db.rows("select source_id, problem from main.dim_source"))
    assert problems["lab"] is None
    assert problems["evokernel"].startswith("raw/cases-9999-12-31.json: its time, 9999-12-31")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder whose newest snapshot then shrinks, beside a source that gets a run."""
    folder = tmp_path_factory.mktemp("guard") / "data"
    feeds.write(folder, feeds.shipped())
    folders.write(folder, "lab", folders.lab())
    found = settings.load(folder)
    with warehouse_of(folder) as db:
        publish.publish(db, found)
    shrunk = feeds.shipped()
    shrunk["items"] = shrunk["items"][:3]
    shrunk |= {"count": 3, "generated": "2026-05-01T00:00:00.000Z"}
    feeds.write(folder, shrunk, "cases-2026-05-01T000000Z.json")
    second = copy.deepcopy(folders.RUN) | {"date": "20261002-120000"}
    (folder / "raw" / "lab" / "second.json").write_text(json.dumps(second))
    shutil.copy(folder / "raw/lab/run.sidecar.yml", folder / "raw/lab/second.sidecar.yml")
    return folder


WHY = "evokernel: cases-2026-05-01T000000Z.json: 19 of 22 cases would be retired at once, "


def test_the_build_publishes_all_but_the_snapshot_and_says_what_would_go(data: Path) -> None:
    told = roofhouse(data, "status")
    assert told.returncode == 1
    assert (
        "not built  raw/cases-2026-05-01T000000Z.json: added or changed since the build\n"
        "not built  raw/lab/second.json: added or changed since the build\n"
    ) in told.stdout
    built = roofhouse(data, "build")
    assert built.returncode == 3, built.stderr
    last = built.stderr.splitlines()[-1]
    assert last.startswith(f"held back  {WHY}more than max_retired_share (20%): case-")
    assert " and 9 more; " in last
    assert "`roofhouse build --accept evokernel`" in last
    assert "cases      24\n" in built.stdout
    assert "change     lab: 1 added\n" in built.stdout
    assert "warning    held_snapshot.no_snapshot_held_back: " in built.stderr


def test_status_the_report_and_verify_say_it_too(data: Path) -> None:
    told = roofhouse(data, "status", "--quiet")
    assert told.returncode == 1
    assert f"held back  {WHY}" in told.stdout
    assert "source  " not in told.stdout
    assert told.stderr == "roofhouse: held back: evokernel\n"
    answer = roofhouse(data, "status", "--format", "json")
    assert answer.returncode == 1
    found = json.loads(answer.stdout)
    assert [one["guard"] for one in found["held"]] == ["cases_retired"]
    assert found["last_run"]["build_id"] == found["build_id"]
    assert "Held back: evokernel." in (data / "marts" / "report.html").read_text()
    assert verify.verify(settings.load(data)) == []
    with published(settings.load(data)) as db:
        changed = db.rows(
            "select source_id, added_case_count, retired_case_count from quality.build_change"
        )
    assert changed == [("evokernel", 0, 0), ("lab", 1, 0)]


def test_accepting_it_publishes_it(data: Path) -> None:
    wrong = roofhouse(data, "build", "--accept", "evokernal")
    assert wrong.returncode == 2
    assert "no source 'evokernal'; there are evokernel, lab" in " ".join(wrong.stderr.split())
    built = roofhouse(data, "build", "--accept", "evokernel", "--format", "json")
    assert built.returncode == 0, built.stderr
    answer = json.loads(built.stdout)
    assert answer["held"] == []
    assert {one["source_id"]: one["retired_case_count"] for one in answer["changes"]} == {
        "evokernel": 19,
        "lab": 0,
    }
    told = roofhouse(data, "status")
    assert told.returncode == 0, told.stderr
    assert "change     evokernel: 19 retired, " in told.stdout
    assert roofhouse(data, "build", "--full", "--quiet").returncode == 0
    assert manifest.read(settings.load(data))["build_id"] == answer["build_id"]
