"""The number of staged rows is held against the number of records that were read."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, staging
from pipelines.ingest.staging import read, reconcile, validate, write
from pipelines.ingest.staging.gather import gather
from pipelines.ingest.staging.job import Job
from pipelines.warehouse import Warehouse, connect
from tests import feeds
from tests.command import roofhouse


@pytest.mark.parametrize(
    ("lose", "found"),
    [
        ("delete from case_key where seq = 3", "21 would be staged: 21 cases, 0 rejects"),
        ("insert into case_key from case_key where seq = 3", "24 would be staged: 23 cases"),
    ],
)
def test_a_record_that_is_lost_while_a_file_is_staged_is_named(
    tmp_path: Path, lose: str, found: str
) -> None:
    path = feeds.write(tmp_path, feeds.shipped())
    keyed = staging.keyed(snapshot.find(tmp_path / "raw"))
    gathered = gather(keyed, tmp_path, settings.load(tmp_path).limits, None)
    out = tmp_path / "out"
    out.mkdir()
    with connect() as con:
        job = Job(Warehouse(con), gathered.lines, gathered.members, out)
        read.read(job)
        validate.validate(job)
        reconcile.reconcile(job)
        job.db.execute(lose)
        with pytest.raises(RoofhouseError, match=f"{path.name}: 22 records were read, but {found}"):
            write.write(job, "v")
    assert not (out / write.SUMMARY).exists()


@pytest.mark.parametrize("name", ["fact_case", "reject"])
def test_a_row_that_is_gone_from_the_cache_stops_the_build_and_the_next_one_reads_the_file_again(
    tmp_path: Path, name: str
) -> None:
    data = tmp_path / "data"
    feed = feeds.shipped()
    feed["items"] += [feeds.put(feeds.put(feeds.case(), "id", "case-bad"), "title", 5)]
    feed["count"] += 1
    path = feeds.write(data, feed)
    found = settings.load(data)
    (file,) = snapshot.find(found.raw)
    folder = staging.stage(file, found)
    rows = pl.read_parquet(folder / f"{name}.parquet")
    rows[1:].write_parquet(folder / f"{name}.parquet")
    # The size is held against the summary, too; here it fits.
    summary = json.loads((folder / write.SUMMARY).read_text())
    summary["files"][f"{name}.parquet"] = (folder / f"{name}.parquet").stat().st_size
    (folder / write.SUMMARY).write_text(json.dumps(summary))
    assert staging.is_staged(folder, found)

    done = roofhouse(data, "build")
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert told.startswith(f"roofhouse: {path}: 23 records were read, but 22 are staged: ")
    assert told.endswith("run `roofhouse build` again. Nothing was published.")
    assert "Traceback" not in done.stderr
    again = roofhouse(data, "build", "--quiet")
    assert again.returncode == 0, again.stderr
    assert pl.read_parquet(data / "marts" / "mart_case_metrics.parquet").height == 22
