"""Views over the staged folders, so that SQL files read `staging.fact_case`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingest.snapshot import RawFile, name_time, parse_time
from pipelines.warehouse import Warehouse
from pipelines.warehouse.quoting import quote

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "snapshot_id": pl.String,
    "snapshot_order": pl.Int64,
    "generated_at": pl.Datetime("us"),
    "is_newest": pl.Boolean,
    "file_name": pl.String,
    "file_sha256": pl.String,
    "content_sha256": pl.String,
    "license": pl.String,
    "declared_count": pl.Int64,
    "item_count": pl.Int64,
    "case_count": pl.Int64,
    "duplicate_count": pl.Int64,
    "reject_count": pl.Int64,
    "is_publishable": pl.Boolean,
}


@dataclass(frozen=True)
class Staged:
    """A raw file and the folder that holds its staged form."""

    file: RawFile
    folder: Path


def snapshots(staged: list[Staged], max_reject_share: float) -> pl.DataFrame:
    """Return one row per snapshot, ordered by time.

    Two files with the same time and content are one snapshot, whatever their name or compression.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in staged:
        meta = json.loads((one.folder / "snapshot.json").read_text())
        at = (
            name_time(one.file.path)
            if one.file.is_lines
            else parse_time(meta["generated_at"], one.file.path, "generated")
        )
        identity = f"{at.isoformat()}|{meta['content_sha256']}"
        row = {
            **{name: meta[name] for name in _SCHEMA if name in meta},
            "snapshot_id": hashlib.sha256(identity.encode()).hexdigest()[:16],
            "generated_at": at,
            "file_name": one.file.path.name,
        }
        kept = rows.get(row["snapshot_id"])
        if kept is None or kept["file_name"] > one.file.path.name:
            rows[row["snapshot_id"]] = row
    ordered = sorted(rows.values(), key=lambda row: (row["generated_at"], row["content_sha256"]))
    for order, row in enumerate(ordered):
        row["snapshot_order"] = order
        row["is_newest"] = order == len(ordered) - 1
        share = row["reject_count"] / max(row["item_count"], 1)
        row["is_publishable"] = share <= max_reject_share
    return pl.DataFrame(ordered, schema=_SCHEMA)


def load(warehouse: Warehouse, staged: list[Staged], max_reject_share: float) -> pl.DataFrame:
    """Create `staging.snapshot` and a view per staged table, and return the snapshots."""
    frame = snapshots(staged, max_reject_share)
    warehouse.replace_frame("staging.snapshot", frame)
    used = set(frame["file_sha256"])
    folders = sorted({one.folder for one in staged if one.folder.name in used})
    for path in sorted(folders[0].glob("*.parquet")):
        files = ", ".join(quote(_from_data(folder / path.name)) for folder in folders)
        warehouse.execute(
            f"""
            create or replace view staging.{path.stem} as
            select s.snapshot_id, s.snapshot_order, s.generated_at, t.* exclude (filename)
            from read_parquet([{files}], filename = true) as t
            join staging.snapshot as s
                on s.file_sha256
                = regexp_extract(t.filename, '([0-9a-f]{{64}})[/\\\\][^/\\\\]*$', 1)
            """
        )
    return frame


def _from_data(path: Path) -> str:
    """Return the path of a staged file relative to the data folder, where DuckDB looks for it.

    The published database is a copy of the build database and must not contain paths of this
    machine.
    """
    if "," in str(path):  # DuckDB's search path would split it
        return str(path)
    return "/".join(path.parts[-4:])
