"""A file that is read by several threads in several pieces keeps the order of its lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import generate
from pipelines import settings
from pipelines.ingest import snapshot, staging
from pipelines.ingest.staging import read
from pipelines.ingest.staging.gather import gather
from pipelines.ingest.staging.job import Job
from pipelines.warehouse import Warehouse, connect
from tests import feeds
from tests.ingest.staging import NDJSON, stage_bytes

CASES = 8_000  # 47 MB: more than the buffers of two threads
REJECTED = 6_543


def test_rows_stand_in_the_order_of_the_lines_and_rejects_name_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_THREADS", "4")
    lines = list(generate.cases(CASES))
    ids = [json.loads(line)["id"] for line in lines]
    broken = json.loads(lines[REJECTED])
    broken["scenario"]["batch_size"] = "eight"
    lines[REJECTED] = json.dumps(broken).encode()
    # A second case of the first one's id, which says otherwise: the first is kept.
    lines.append(json.dumps(json.loads(lines[0]) | {"title": "another title"}).encode())
    staged = stage_bytes(tmp_path, b"\n".join(lines), NDJSON)
    assert staged.cases == ids[:REJECTED] + ids[REJECTED + 1 :]
    assert {at: row["case_id"] for at, row in staged.rejects.items()} == {
        REJECTED: ids[REJECTED],
        CASES: ids[0],
    }
    assert json.loads(staged.rejects[REJECTED]["raw"])["id"] == ids[REJECTED]


def test_two_threads_have_room_to_fill_the_table_of_all_lines(tmp_path: Path) -> None:
    # DuckDB gives a thread 4 MiB for each column, out of half of its memory limit.
    feeds.write(tmp_path, feeds.shipped(), "cases.json")
    (file,) = snapshot.find(tmp_path / "raw")
    found = gather(staging.keyed([file]), tmp_path, settings.load(tmp_path).limits, None)
    job = Job(Warehouse(connect()), found.lines, found.members, tmp_path / "out")
    read.read(job)
    ((columns,),) = job.db.rows(
        "select column_count from duckdb_tables() where table_name = 'case_line'"
    )
    limit = settings.Settings.model_fields["memory_limit"].default
    assert limit.endswith("MB")
    assert 2 * columns * 4 * 1024**2 <= int(limit.removesuffix("MB")) * 10**6 / 2
