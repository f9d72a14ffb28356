"""A source that cannot be read is left out of the build, and nobody can overlook it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.transform import fingerprint, materialize
from tests import feeds, folders
from tests.command import roofhouse
from tests.conftest import warehouse_of

Files = dict[str, str | dict[str, Any]]

FEED = "mode: snapshot\nformat: evokernel\nlicense: MIT\n"
SECOND = feeds.feed(feeds.case())
WHOLE: Files = {"SOURCE.yml": FEED, "cases.json": SECOND}


def without(files: Files, name: str) -> Files:
    return {key: value for key, value in files.items() if key != name}


#: What is wrong with a source: its id and folder, its files, why it is left out, the mended files.
BROKEN: dict[str, tuple[str, str, Files, str, Files]] = {
    "a feed that is cut off": (
        "cut-off",
        "cut-off",
        {**WHOLE, "cases.json": json.dumps(SECOND)[:500]},
        "raw/cut-off/cases.json: byte 500: the file ends in the middle of the JSON; fetch it again",
        WHOLE,
    ),
    "a wrong value in SOURCE.yml": (
        "wrong-mode",
        "wrong-mode",
        {**folders.lab(), "SOURCE.yml": "mode: sometimes\n"},
        "raw/wrong-mode/SOURCE.yml: mode: Input should be 'snapshot' or 'append'",
        folders.lab(),
    ),
    "a SOURCE.yml without a mode": (
        "no-mode",
        "no-mode",
        {**folders.lab(), "SOURCE.yml": "license: MIT\n"},
        "raw/no-mode/SOURCE.yml: `mode` is missing; it is snapshot or append",
        folders.lab(),
    ),
    "a key that there is not": (
        "nearest",
        "nearest",
        {**folders.lab(), "SOURCE.yml": "mode: append\nlicence: MIT\n"},
        "raw/nearest/SOURCE.yml: no key `licence`; did you mean license?",
        folders.lab(),
    ),
    "a folder without SOURCE.yml": (
        "our-lab-2",
        "Our Lab_2",
        without(folders.lab(), "SOURCE.yml"),
        "raw/Our Lab_2/SOURCE.yml: is missing; write in it what the files beside it are "
        "(mode: append)",
        folders.lab(id="our-lab-2"),
    ),
    "a list for a SOURCE.yml": (
        "a-list",
        "a-list",
        {**folders.lab(), "SOURCE.yml": "- mode: append\n"},
        "raw/a-list/SOURCE.yml: expected `key: value` lines",
        folders.lab(),
    ),
    "more rejects than it may have": (
        "over",
        "over",
        without(folders.lab(), "run.sidecar.yml"),
        "1 of 1 records are rejected, more than max_reject_share; most often: ",
        folders.lab(),
    ),
    "a snapshot without a time": (
        "untimed",
        "untimed",
        folders.lab(mode="snapshot") | {"run.json": without(folders.RUN, "date")},
        "raw/untimed/run.json: a snapshot needs its time; ",
        folders.lab(mode="snapshot", accessed="2026-05-01"),
    ),
    "no file": (
        "empty",
        "empty",
        {"SOURCE.yml": "mode: append\n"},
        "raw/empty: no result file; put one there, or take SOURCE.yml out",
        folders.lab(),
    ),
}


def sources(data: Path) -> dict[str, tuple[int, str | None]]:
    """Files and problem of each source, as a build would have it."""
    with warehouse_of(data, only=["dim_source"]) as db:
        rows = db.rows("select source_id, file_count, problem from main.dim_source")
    return {source_id: (files, problem) for source_id, files, problem in rows}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_with_a_source_is_said_and_the_other_stays(what: str, tmp_path: Path) -> None:
    source_id, folder, broken, problem, mended = BROKEN[what]
    feeds.write(tmp_path, feeds.shipped())
    folders.write(tmp_path, folder, broken)
    found = sources(tmp_path)
    assert found["evokernel"] == (1, None)
    assert found.keys() == {"evokernel", source_id}
    assert found[source_id][0] == 0
    assert (found[source_id][1] or "").startswith(problem)
    folders.write(tmp_path, folder, mended)
    assert sources(tmp_path) == {"evokernel": (1, None), source_id: (1, None)}


def test_an_id_that_two_folders_have_names_both(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped())
    folders.write(tmp_path, "one", folders.lab(id="lab"))
    folders.write(tmp_path, "two", folders.lab(id="lab"))
    assert sources(tmp_path)["lab"] == (
        0,
        "raw/two/SOURCE.yml: the id lab is that of raw/one, too",
    )


@pytest.mark.parametrize("name", ["lab", "LAB"])
def test_a_folder_that_cannot_be_read_takes_the_id_of_no_other(name: str, tmp_path: Path) -> None:
    folders.write(tmp_path, "x", folders.lab(id="lab"))
    folders.write(tmp_path, name, without(folders.lab(), "SOURCE.yml"))
    found = sources(tmp_path)
    assert found["lab"] == (1, None)
    assert found["lab-2"][0] == 0


def test_a_source_that_is_wrong_keeps_the_id_that_it_gives(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped())
    folders.write(
        tmp_path, "folder", {**folders.lab(), "SOURCE.yml": "id: given\nmode: append\nx: 1\n"}
    )
    assert sources(tmp_path).keys() == {"evokernel", "given"}


@pytest.mark.parametrize(
    "said",
    [{"license": "MIT"}, {"attribution": "By us"}, {"withdrawn": ["x"]}, {"name": "Lab"}],
    ids=str,
)
def test_what_source_yml_says_is_part_of_the_build(said: dict[str, Any], tmp_path: Path) -> None:
    def state(**more: Any) -> str:
        folders.write(tmp_path, "lab", folders.lab(**more))
        with warehouse_of(tmp_path, only=["dim_source"]) as db:
            return fingerprint.staging_state(db, settings.load(tmp_path))

    first = state()
    assert state(**said) != first
    assert state() == first


def test_a_licence_that_changes_alone_changes_its_row(tmp_path: Path) -> None:
    for licence in ("MIT", "CC0-1.0"):
        folders.write(tmp_path, "lab", folders.lab(license=licence))
        with warehouse_of(tmp_path, only=["dim_source"]) as db:
            assert db.rows("select license from main.dim_source") == [(licence,)]


def test_a_case_id_that_two_sources_have_names_both(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped())
    folders.write(tmp_path, "other", {**WHOLE, "SOURCE.yml": f"{FEED}qualify_ids: false\n"})
    case_id = feeds.case()["id"]
    with pytest.raises(RoofhouseError, match=f"{case_id} is in the sources evokernel and other;"):
        sources(tmp_path)
    folders.write(tmp_path, "other", WHOLE)
    assert sources(tmp_path) == {"evokernel": (1, None), "other": (1, None)}


def test_where_no_source_can_be_read_the_first_problem_stops_the_build(tmp_path: Path) -> None:
    for what in ("a key that there is not", "a snapshot without a time", "no file"):
        _, folder, broken, _, _ = BROKEN[what]
        folders.write(tmp_path, folder, broken)
    found = settings.load(tmp_path)
    with (
        materialize.building(found) as db,
        pytest.raises(RoofhouseError, match="raw/empty: no result file"),
    ):
        materialize.materialize_all(db, found)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that `roofhouse build` published without every source of BROKEN."""
    folder = tmp_path_factory.mktemp("left") / "data"
    feeds.write(folder, feeds.shipped())
    for _, name, broken, _, _ in BROKEN.values():
        folders.write(folder, name, broken)
    built = roofhouse(folder, "build")
    (folder.parent / "code").write_text(str(built.returncode))
    (folder.parent / "out").write_text(built.stdout)
    (folder.parent / "err").write_text(built.stderr)
    return folder


LEFT_OUT = sorted((source_id, problem) for source_id, _, _, problem, _ in BROKEN.values())


def test_build_publishes_the_others_and_names_each_in_its_last_lines(data: Path) -> None:
    assert (data.parent / "code").read_text() == "3"
    assert "cases      22" in (data.parent / "out").read_text()
    lines = (data.parent / "err").read_text().splitlines()[-len(LEFT_OUT) :]
    for line, (source_id, problem) in zip(lines, LEFT_OUT, strict=True):
        assert line.startswith(f"left out   {source_id}: {problem}")
    assert "Traceback" not in (data.parent / "err").read_text()


def test_a_build_of_the_same_says_it_again(data: Path) -> None:
    before = (data / "marts" / "manifest.json").read_bytes()
    again = roofhouse(data, "build")
    assert again.returncode == 3
    assert again.stderr.count("left out   ") == len(LEFT_OUT)
    assert (data / "marts" / "manifest.json").read_bytes() == before


def test_status_lists_the_sources_and_what_is_left_out_and_fails(data: Path) -> None:
    told = roofhouse(data, "status")
    assert told.returncode == 1
    assert re.search(
        r"^source     evokernel  snapshot  1 file  22 cases  2026-04-29T10:37:47.493000Z "
        r"\(\d+ days ago\)  CC-BY-SA-4.0$",
        told.stdout,
        re.MULTILINE,
    )
    for source_id, problem in LEFT_OUT:
        assert f"left out   {source_id}: {problem}" in told.stdout
        assert source_id in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_the_check_has_failed_in_dagster(data: Path) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["dim_source"]), "every_source_published")
    with dg.DagsterInstance.from_config(str(data.parent / "home")) as instance:
        (run, *_) = instance.get_runs(limit=1)
        assert run.status is dg.DagsterRunStatus.SUCCESS
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    event = found[key].event
    assert event is not None
    assert event.dagster_event is not None
    evaluation = event.dagster_event.asset_check_evaluation_data
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    assert evaluation.metadata["count"].value == len(LEFT_OUT)


def test_the_report_and_the_manifest_say_why(data: Path) -> None:
    manifest = json.loads((data / "marts" / "manifest.json").read_text())
    told = {one["id"]: one for one in manifest["sources"]}
    page = (data / "marts" / "report.html").read_text()
    for source_id, problem in LEFT_OUT:
        assert told[source_id]["problem"].startswith(problem)
        assert page.count(f"Left out: {source_id}.") == 1
    assert "did you mean license?" in page
    assert str(data) not in json.dumps(manifest)


def test_what_is_left_out_licenses_nothing(data: Path) -> None:
    manifest = json.loads((data / "marts" / "manifest.json").read_text())
    assert manifest["license"] == "CC-BY-SA-4.0"
    package = json.loads((data / "marts" / "datapackage.json").read_text())
    assert [one["title"] for one in package["sources"]] == ["EvoKernel Spec"]


def test_no_path_of_this_machine_is_published(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        problems = con.execute("from dim_source select problem where problem is not null")
        assert not [one for (one,) in problems.fetchall() if str(data) in one]


def test_a_source_that_is_mended_comes_back(data: Path) -> None:
    for _, name, _, _, mended in BROKEN.values():
        folders.write(data, name, mended)
    built = roofhouse(data, "build")
    assert built.returncode == 0, built.stderr
    assert "left out" not in built.stderr
    told = roofhouse(data, "status")
    assert told.returncode == 0
    assert "left out" not in told.stdout
    assert re.search(
        r"^source     over  append  1 file  1 case  2026-10-01T12:00:00Z \(.+\)  "
        r"no licence stated$",
        told.stdout,
        re.MULTILINE,
    )
    assert "source     cut-off  snapshot  1 file  1 case  " in told.stdout
    assert 'class="left-out"' not in (data / "marts" / "report.html").read_text()


def test_a_build_that_no_source_allows_ends_with_the_first_problem(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for what in ("a feed that is cut off", "no file"):
        _, name, broken, _, _ = BROKEN[what]
        folders.write(data, name, broken)
    built = roofhouse(data, "build")
    assert built.returncode == 1
    assert built.stderr.splitlines()[-1] == (
        f"roofhouse: {data}/raw/empty: no result file; put one there, or take SOURCE.yml out. "
        "Nothing was published."
    )
