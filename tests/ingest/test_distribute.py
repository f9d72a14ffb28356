"""Several files are staged once, in full, and again when the code has changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.ingest import snapshot, staging
from pipelines.ingest.cluster import distribute, object_store
from pipelines.settings import ROOT, Settings
from tests import feeds


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of two snapshots."""
    feeds.write(tmp_path / "data", feeds.feed(feeds.case()), "cases-0.json")
    feeds.write(tmp_path / "data", feeds.shipped(), "cases-1.json")
    return tmp_path / "data"


def staged(found: Settings) -> dict[str, bytes]:
    """The bytes of everything that is staged."""
    distribute.stage_files(snapshot.find(found.raw), found)
    paths = (path for path in found.staging.rglob("*") if path.is_file())
    return {str(path.relative_to(found.staging)): path.read_bytes() for path in paths}


def damage(folder: Path, name: str, content: bytes | None) -> None:
    """Give a staged file other content; None removes it."""
    (path,) = folder.glob(f"*/{name}")
    path.unlink() if content is None else path.write_bytes(content)


DAMAGES = [
    ("snapshot.json", None),
    ("snapshot.json", b""),
    ("snapshot.json", b"[]"),
    ("snapshot.json", b'{"version": 1}'),
    ("dim_engine.parquet", None),
    ("dim_engine.parquet", b"PAR1"),
]


@pytest.mark.parametrize(("name", "content"), DAMAGES)
def test_a_damaged_folder_of_the_cache_is_staged_again(
    data: Path, name: str, content: bytes | None
) -> None:
    found = settings.load(data)
    (data / "raw" / "cases-0.json").unlink()
    whole = staged(found)
    damage(found.staging, name, content)
    assert staged(found) == whole


@pytest.mark.parametrize(("name", "content"), DAMAGES)
def test_a_damaged_folder_in_shared_storage_is_not_taken_and_written_again(
    data: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    found = settings.load(data, shared=f"file://{tmp_path}/shared")
    (data / "raw" / "cases-0.json").unlink()
    (file,) = snapshot.find(found.raw)
    folder = staging.stage(file, found)
    between = object_store.Shared(found)
    assert not between.has_staged(file.sha256)
    between.put_staged(folder)
    assert between.has_staged(file.sha256)
    damage(tmp_path / "shared" / "staging" / staging.version(found), name, content)
    assert not between.has_staged(file.sha256)
    between.put_staged(folder)
    between.get_staged(file.sha256, data)
    assert {path.name: path.read_bytes() for path in data.glob("*.*")} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_what_was_staged_of_a_file_goes_with_it(data: Path) -> None:
    found = settings.load(data)
    files = snapshot.find(found.raw)
    together = staging.folder_name([file.sha256 for file in files])
    assert {name.split("/")[0] for name in staged(found)} == {together}
    (data / "raw" / "cases-0.json").unlink()
    (only,) = snapshot.find(found.raw)
    assert {name.split("/")[0] for name in staged(found)} == {together}
    only.path.write_bytes(b" " + only.path.read_bytes())
    (only,) = snapshot.find(found.raw)
    assert {name.split("/")[0] for name in staged(found)} == {only.sha256}


def test_every_room_that_staging_imports_counts_for_the_version() -> None:
    code = "import sys, pipelines.ingest.staging; "
    code += "print(*(n.split('.')[1] for n in sys.modules if n.startswith('pipelines.')))"
    imported = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()
    assert set(imported) - {"code_version", "errors", "settings"} == set(staging.ROOMS)
