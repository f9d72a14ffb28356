"""The rows of the staged files, compared with the number of records that were read."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import polars as pl

from pipelines.errors import RoofhouseError
from pipelines.ingest.load.snapshots import Staged
from pipelines.ingest.load.staged_files import staged_files
from pipelines.warehouse import Warehouse


def need_every_record(warehouse: Warehouse, staged: Sequence[Staged], frame: pl.DataFrame) -> None:
    """Raise RoofhouseError if a file has more or fewer rows than records; `frame` is `snapshots`.

    Each record is a case, a reject, or a duplicate, which has no row. The staged folder of such a
    file is removed, so that the next build reads the file again.
    """
    folders = sorted({one.folder for one in staged})
    found: dict[str, dict[str, int]] = {}
    for name in ("fact_case", "reject"):
        files = staged_files(folders, f"{name}.parquet")
        found[name] = dict(
            warehouse.rows(f"select file_key, count(*) from read_parquet([{files}]) group by all")
        )
    where = {one.key: one for one in staged}
    for row in frame.iter_rows(named=True):
        key = row["file_key"]
        counts = found["fact_case"].get(key, 0), found["reject"].get(key, 0)
        told = sum(counts) + row["duplicate_count"]
        if counts == (row["case_count"], row["reject_count"]) and told == row["item_count"]:
            continue
        one = where[key]
        shutil.rmtree(one.folder, ignore_errors=True)
        raise RoofhouseError(
            f"{one.file.path}: {row['item_count']:,} records were read, but {told:,} are staged: "
            f"{counts[0]:,} cases, {counts[1]:,} rejects and {row['duplicate_count']:,} "
            f"duplicates; {one.folder.name} was removed from data/build/staging, so run "
            "`roofhouse build` again"
        )
