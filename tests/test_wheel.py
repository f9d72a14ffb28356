"""The wheel is the whole project: it builds the shipped feed in a folder that knows no checkout."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from tests import feeds, wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    return wheel.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def user(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot in data/raw, and in `venv` the wheel."""
    folder = tmp_path_factory.mktemp("user")
    wheel.install(built, folder / "venv")
    (folder / "data" / "raw").mkdir(parents=True)
    shutil.copy(feeds.SHIPPED, folder / "data" / "raw")
    return folder


def run(user: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [user / "venv" / "bin" / program, *arguments],
        env=wheel.environment(),
        cwd=user,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_holds_the_package_and_what_lies_beside_it_as_it_is(built: Path) -> None:
    expected = {}
    for name in ("sql", "data/catalog", "dagster.yaml"):
        place = ROOT / name
        for path in [place] if place.is_file() else place.rglob("*.*"):
            expected[f"pipelines/shipped/{path.relative_to(ROOT).as_posix()}"] = path.read_bytes()
    for path in (ROOT / "pipelines").rglob("*.*"):
        if path.is_file() and path.suffix != ".pyc":
            expected[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    assert {"pipelines/py.typed", "pipelines/report/page.html"} <= expected.keys()
    with zipfile.ZipFile(built) as found:
        inside = {name: found.read(name) for name in found.namelist() if "dist-info" not in name}
    assert inside == expected


def test_it_builds_and_answers_with_its_data_in_the_working_folder(user: Path) -> None:
    place = run(user, "python", "-c", "import pipelines; print(pipelines.__file__)").stdout
    assert Path(place).is_relative_to(user / "venv")
    done = run(user, "roofhouse", "build")
    assert done.returncode == 0, done.stderr
    assert f"warehouse  {user}/data/warehouse.duckdb" in done.stdout
    assert (user / "data" / "marts" / "report.html").is_file()
    assert (user / "data" / ".dagster" / "history" / "runs.db").is_file()
    assert sorted(path.name for path in user.iterdir()) == ["data", "venv"]
    told = run(
        user, "roofhouse", "query", "select count(*) as cases from fact_case", "--format=csv"
    )
    assert told.stdout == "cases\n22\n"
    assert run(user, "roofhouse", "verify").returncode == 0


def test_it_knows_its_version(user: Path, built: Path) -> None:
    version = run(user, "roofhouse", "--version").stdout.split()[1]
    assert built.name.startswith(f"roofhouse-{version}-")
