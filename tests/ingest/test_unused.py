"""Every file of data/raw is read, or named with the reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot
from pipelines.ingest.unused import unused_files
from tests import feeds

LAB = "mode: append\n"
FEED = "mode: snapshot\nformat: evokernel\n"

UNUSED = {
    "cases.jsonl": "is not named as lines of a feed; rename it to cases.ndjson, or give it a "
    "folder with a SOURCE.yml",
    "cases.jsonl.gz": "is not named as lines of a feed; rename it to cases.ndjson.gz, or give it "
    "a folder with a SOURCE.yml",
    "cases.JSON": "has an ending in capitals; rename it to cases.json",
    "cases.json.GZ": "has an ending in capitals; rename it to cases.json.gz",
    "cases.json.bz2": "is packed in a way that is not read; unpack it, or use .gz or .zst",
    "cases.zip": "is packed in a way that is not read; unpack it, or use .gz or .zst",
    "bench.csv": "is no feed; results of a tool lie in a folder of their own with a SOURCE.yml",
    "cases": "has none of the endings .json, .ndjson (also with .gz or .zst)",
    "SOURCE.yml": "belongs into the folder of a source, data/raw/<source>",
    "cases.sidecar.yml": "is a sidecar, which a feed does not have",
    "feed/cases.jsonl": "is not named as lines of a feed; rename it to cases.ndjson",
    "feed/2026/run.csv": "is no feed; results of a tool lie in a folder of their own with a "
    "SOURCE.yml",
    "lab/run.JSON": "has an ending in capitals; rename it to run.json",
    "lab/log.txt": "has none of the endings .json, .jsonl, .ndjson, .csv, .yaml (also with .gz "
    "or .zst)",
    "lab/deep/SOURCE.yml": "belongs into the folder of a source, data/raw/<source>",
}
USED = (
    "cases.json",
    "README.md",
    "LICENSE",
    ".hidden.txt",
    "feed/SOURCE.yml",
    "feed/2026/cases.ndjson.gz",
    "lab/SOURCE.yml",
    "lab/deep/run.jsonl",
    "lab/sidecar.yml",
    "lab/config.json",
    "wrong/SOURCE.yml",
    "wrong/x.txt",
)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name in (*UNUSED, *USED):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text({"lab/SOURCE.yml": LAB, "feed/SOURCE.yml": FEED}.get(name, "x: 1"))
    return tmp_path


def test_each_file_that_is_not_read_is_named_with_the_reason(raw: Path) -> None:
    found = {path.relative_to(raw).as_posix(): reason for path, reason in unused_files(raw)}
    assert found == UNUSED


def test_links_that_lead_nowhere_or_to_folders_are_named(raw: Path, tmp_path: Path) -> None:
    (raw / "lab" / "gone.json").symlink_to(tmp_path / "nothing")
    (raw / "lab" / "other").symlink_to(raw / "feed")
    found = {path.relative_to(raw).as_posix(): reason for path, reason in unused_files(raw)}
    assert found["lab/gone.json"] == "is a link to nothing"
    assert found["lab/other"] == (
        "is a link to a folder, which is not followed; put the files themselves there"
    )


def test_where_nothing_is_read_the_first_files_are_named(tmp_path: Path) -> None:
    feeds.write(tmp_path, feeds.shipped(), "cases.JSON")
    with pytest.raises(RoofhouseError) as caught:
        snapshot.find(tmp_path / "raw")
    assert str(caught.value).endswith(
        f"put one there first; {tmp_path}/raw/cases.JSON: has an ending in capitals; "
        "rename it to cases.json"
    )
