"""Memory follows the limits, whatever the cases hold; what is too large is a reject."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, staging
from pipelines.ingest.extract import MAX_VALUE_BYTES
from pipelines.ingest.staging import job
from tests import feeds, folders
from tests.feeds import Feed
from tests.ingest.staging import NDJSON, encoded, lines, stage_bytes

_STAGE = """
import json, sys
from pathlib import Path
from pipelines import settings
from pipelines.ingest import snapshot, staging
found = settings.load(Path(sys.argv[1]))
(file,) = snapshot.find(found.raw)
folder = staging.stage(file, found)
(member,) = json.loads((folder / "snapshot.json").read_text())["members"].values()
status = Path("/proc/self/status").read_text()
peak_kb = int(status.split("RssAnon:")[0].split("VmHWM:")[1].split()[0])
print(json.dumps([member["case_count"], member["reject_count"], peak_kb / 1000]))
"""


def stage_in_a_process(data: Path, memory_limit: str) -> tuple[int, int, float]:
    """Return cases, rejects and the largest resident memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _STAGE, str(data)],
        env={**os.environ, "ROOFHOUSE_MEMORY_LIMIT": memory_limit, "ROOFHOUSE_THREADS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    cases, rejects, peak_mb = json.loads(done.stdout)
    return cases, rejects, peak_mb


def write(data: Path, items: list[Feed]) -> None:
    path = data / "raw" / NDJSON
    path.parent.mkdir(parents=True)
    path.write_bytes(lines(items))


def with_long(path: str, size: int, count: int) -> list[Feed]:
    return [
        feeds.put(feeds.put(feeds.case(), "id", f"case-{at}"), path, "x" * size)
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("path", "count", "size", "loaded"),
    [
        ("resolved.hardware.remark", 22, 2_000_000, 22),
        ("remark", 60, 300_000, 60),
        ("title", 22, 2_000_000, 0),
    ],
)
def test_long_cases_are_staged_within_a_memory_limit_of_less_than_their_twentyfold(
    tmp_path: Path, path: str, count: int, size: int, loaded: int
) -> None:
    write(tmp_path, with_long(path, size, count))
    cases, rejects, peak_mb = stage_in_a_process(tmp_path, "600MB")
    assert (cases, rejects) == (loaded, count - loaded)
    assert peak_mb < 900


@pytest.mark.parametrize("name", ["cases.json", NDJSON])
def test_a_title_of_100_mb_with_half_a_surrogate_pair_takes_a_few_times_its_bytes(
    tmp_path: Path, name: str
) -> None:
    long = feeds.put(feeds.case("case-glm51-h200x8-vllm-001"), "title", "t" * 100_000_000)
    items = [feeds.case(), long]
    text = json.dumps(feeds.feed(*items)).encode() if name == "cases.json" else lines(items)
    path = tmp_path / "raw" / name
    path.parent.mkdir()
    path.write_bytes(text.replace(b'tttt"', b'tt\\ud800"'))
    cases, rejects, peak_mb = stage_in_a_process(tmp_path, "600MB")
    assert (cases, rejects) == (1, 1)
    assert peak_mb < 700


def test_a_value_that_is_too_long_is_a_reject_that_names_it(tmp_path: Path) -> None:
    path = "reproduction.startup_command"
    (fits,) = with_long(path, MAX_VALUE_BYTES - 2, 1)  # with its quotes
    long = feeds.put(with_long(path, MAX_VALUE_BYTES - 1, 1)[0], "id", "case-1")
    staged = stage_bytes(tmp_path, lines([fits, long]), NDJSON)
    assert staged.cases == ["case-0"]
    row = staged.rejects[1]
    assert (row["case_id"], row["path"]) == ("case-1", path)
    assert row["reason"] == f"{path} is 40,001 bytes long; at most 40,000 are read"
    assert row["raw"] == encoded(long)[:20_000].decode()


def test_cases_staged_in_parts_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = feeds.shipped()["items"]
    items += [
        feeds.put(feeds.case(), "title", 5),
        feeds.case(),  # a duplicate of one in another part
        feeds.put(feeds.case(), "title", "another with the same id"),
        feeds.put(feeds.put(feeds.case(), "id", "case-other"), "resolved.hardware.name", "Other"),
        feeds.put(feeds.put(feeds.case(), "id", "case-news"), "resolved.hardware.news", [1, "a"]),
    ]
    whole = stage_bytes(tmp_path / "whole", b"\n" + lines(items), NDJSON)
    monkeypatch.setattr(job, "LONG_BYTES", 1_000)
    monkeypatch.setattr(job, "_PART_BYTES", 20_000)
    parts = stage_bytes(tmp_path / "parts", b"\n" + lines(items), NDJSON)
    assert parts.meta == whole.meta
    assert whole.meta["reject_count"] == 3
    tables = sorted(path.name for path in whole.folder.glob("*.parquet"))
    assert len(tables) > 10
    for name in tables:
        found, expected = (pl.read_parquet(one.folder / name) for one in (parts, whole))
        assert found.equals(expected), name


def test_a_limit_that_does_not_do_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    write(tmp_path, with_long("remark", 4_000_000, 1))
    (file,) = snapshot.find(tmp_path / "raw")
    found = settings.load(tmp_path).model_copy(update={"memory_limit": "30MB", "threads": 1})
    with pytest.raises(RoofhouseError) as told:
        staging.stage(file, found)
    assert str(told.value) == (
        f"{file.path}: takes more memory than memory_limit (30MB) allows; raise it, or lower "
        "max_case_bytes"
    )
    assert list(found.staging.iterdir()) == []


def test_a_long_case_of_a_result_file_is_a_reject(tmp_path: Path) -> None:
    folders.write(tmp_path, "lab", folders.lab())
    (file,) = snapshot.find(tmp_path / "raw")
    found = settings.load(tmp_path).model_copy(update={"max_case_bytes": 1_000})
    folder = staging.stage(file, found)
    (row,) = pl.read_parquet(folder / "reject.parquet").to_dicts()
    assert row["reason"].endswith("bytes long; at most 1,000 are read")
    assert row["case_id"]
    assert pl.read_parquet(folder / "fact_case.parquet").is_empty()
