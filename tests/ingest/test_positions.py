"""A file that is read by several threads in several pieces keeps the order of its lines."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import generate
from tests.ingest.staging import NDJSON, stage_bytes

CASES = 8_000  # 47 MB: more than the buffers of two threads
REJECTED = 6_543


def test_rows_stand_in_the_order_of_the_lines_and_rejects_name_their_own(tmp_path: Path) -> None:
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
