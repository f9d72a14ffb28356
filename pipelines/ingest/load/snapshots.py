"""The files of all sources in the order of their times, and which of them may be published."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import RoofhouseError
from pipelines.ingest.snapshot import RawFile, has_time, name_time, parse_time
from pipelines.ingest.sources import FLAT

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "snapshot_id": pl.String,
    "source_id": pl.String,
    "mode": pl.String,
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
#: What the staging views need to know of a file, beside some of the above.
FILE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file_key": pl.String,
    "id_prefix": pl.String,
    "previous_snapshot_order": pl.Int64,
}
OF_FILE = (
    "snapshot_id",
    "source_id",
    "mode",
    "snapshot_order",
    "generated_at",
    "file_name",
    *FILE_SCHEMA,
)


@dataclass(frozen=True)
class Staged:
    """A raw file, the folder that holds its staged form, and its key there."""

    file: RawFile
    folder: Path
    key: str


def snapshots(staged: list[Staged], max_reject_share: float) -> pl.DataFrame:
    """Return one row per file, ordered by time, source and content.


    Two files of a source with the same time and content are one, whatever their name or
    compression. In a source of snapshots the last file is the newest; in one that appends, each
    is. Raises RoofhouseError for a snapshot without a time.
    """
    rows: dict[str, dict[str, Any]] = {}
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        source = one.file.source
        meta = member(one, members)
        at = time_of(one.file, meta)
        identity = [at.isoformat() if at else "", meta["content_sha256"]]
        if source.id != FLAT.id:
            identity.append(source.id)
        row = {
            **{name: meta[name] for name in SCHEMA if name in meta},
            "snapshot_id": hashlib.sha256("|".join(identity).encode()).hexdigest()[:16],
            "source_id": source.id,
            "generated_at": at,
            "file_name": one.file.name,
            "file_sha256": one.file.sha256,
            "file_key": one.key,
            "id_prefix": source.qualified(""),
            "mode": source.mode,
            "source": source,
        }
        kept = rows.get(row["snapshot_id"])
        if kept is None or kept["file_name"] > row["file_name"]:
            rows[row["snapshot_id"]] = row
    ordered = sorted(
        rows.values(),
        key=lambda row: (
            row["generated_at"] or dt.datetime.min,
            row["source_id"],
            row["content_sha256"],
            row["file_name"],
        ),
    )
    _place(ordered, max_reject_share)
    return pl.DataFrame(
        [{name: row[name] for name in SCHEMA | FILE_SCHEMA} for row in ordered],
        schema=SCHEMA | FILE_SCHEMA,
        orient="row",
    )


def _place(ordered: list[dict[str, Any]], max_reject_share: float) -> None:
    """Add what follows from the place of a file among all, and among those of its source."""
    last: dict[str, dict[str, Any]] = {}
    items: Counter[str] = Counter()
    rejects: Counter[str] = Counter()
    for order, row in enumerate(ordered):
        source_id = row["source_id"]
        is_snapshot = row["source"].is_snapshot
        before = last.get(source_id)
        row["snapshot_order"] = order
        row["previous_snapshot_order"] = (
            before["snapshot_order"] if before and is_snapshot else None
        )
        row["is_newest"] = True
        if before and is_snapshot:
            before["is_newest"] = False
        last[source_id] = row
        items[source_id] += row["item_count"]
        rejects[source_id] += row["reject_count"]
    for row in ordered:
        source = row["source"]
        limit = source.max_reject_share
        limit = max_reject_share if limit is None else limit
        of, bad = row["item_count"], row["reject_count"]
        if not source.is_snapshot:
            of, bad = items[source.id], rejects[source.id]
        row["is_publishable"] = bad / max(of, 1) <= limit


def untimed(staged: list[Staged]) -> dict[str, str]:
    """Return, by id, the sources with a file whose time is not known, and why."""
    found: dict[str, str] = {}
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        try:
            time_of(one.file, member(one, members))
        except RoofhouseError as error:
            found.setdefault(one.file.source.id, str(error))
    return found


def over_limit(staged: list[Staged], max_reject_share: float) -> dict[str, str]:
    """Return, by id, the sources of which too much is rejected to publish them, and why."""
    found: dict[str, str] = {}
    frame = snapshots(staged, max_reject_share)
    bad = frame.filter(pl.col("is_newest") & ~pl.col("is_publishable"))
    for source_id, rows in bad.group_by("source_id", maintain_order=True):
        of = frame.filter(pl.col("source_id") == source_id[0], pl.col("is_newest"))
        keys = set(rows["file_key"])
        folders = sorted({one.folder for one in staged if one.key in keys})
        rejects = pl.concat(
            pl.read_parquet(folder / "reject.parquet", glob=False) for folder in folders
        ).filter(pl.col("file_key").is_in(keys))
        often = rejects.group_by("path", "reason").len().sort(["len", "reason"], descending=True)
        found[str(source_id[0])] = (
            f"{rejects.height:,} of {of['item_count'].sum():,} records are rejected, more than "
            f"max_reject_share; most often: {often['reason'][0][:200]}"
        )
    return found


def time_of(file: RawFile, meta: dict[str, Any]) -> dt.datetime | None:
    """Return the time of a file: as it says, else by its name, else when it was accessed."""
    if file.source.is_feed:
        if file.is_lines:
            return name_time(file.path)
        return parse_time(meta["generated_at"], file.path, "generated")
    if not file.source.is_snapshot and meta["newest_run_at"]:
        return parse_time(meta["newest_run_at"], file.path, "time of the run")
    if has_time(file.path):
        return name_time(file.path)
    if file.source.accessed:
        return dt.datetime.combine(file.source.accessed, dt.time())
    if file.source.is_snapshot:
        raise RoofhouseError(
            f"{file.path}: a snapshot needs its time; put it into the file name, as in "
            "results-2026-04-29T103747Z.json, or say `accessed` in SOURCE.yml"
        )
    return None


def member(one: Staged, members: dict[Path, dict[str, Any]]) -> dict[str, Any]:
    """Return what staging noted of a file; `members` keeps what is read of each folder."""
    if one.folder not in members:
        summary = json.loads((one.folder / "snapshot.json").read_text())
        members[one.folder] = summary["members"]
    found: dict[str, Any] = members[one.folder][one.key]
    return found
