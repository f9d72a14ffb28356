"""The sources as a table, the runs that they took back, and the records that are out of scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ingest.load.snapshots import Staged, member
from pipelines.ingest.sources import Source, without_password

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_id": pl.String,
    "source_name": pl.String,
    "declared_format": pl.String,
    "mode": pl.String,
    "has_versions": pl.Boolean,
    "license": pl.String,
    "attribution": pl.String,
    "url": pl.String,
    "citation": pl.String,
    "accessed_on": pl.Date,
    "file_count": pl.Int64,
    "problem": pl.String,
}


def sources(
    known: Iterable[Source], staged: list[Staged], problems: Mapping[str, str]
) -> pl.DataFrame:
    """Return one row per source, ordered by id."""
    files = Counter(one.file.source.id for one in staged)
    rows = [
        (
            one.id,
            one.name or one.id,
            one.format,
            one.mode,
            one.has_versions,
            one.license,
            one.attribution,
            one.url and without_password(one.url),
            one.citation,
            one.accessed,
            files[one.id],
            problems.get(one.id),
        )
        for one in sorted(known, key=lambda one: one.id)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def withdrawn(known: list[Source]) -> pl.DataFrame:
    """Return the ids of runs that a source has taken back, as they are in the warehouse."""
    rows = [(one.id, case_id) for one in known for case_id in one.withdrawn_ids]
    schema = {"source_id": pl.String, "case_id": pl.String}
    return pl.DataFrame(sorted(set(rows)), schema=schema, orient="row")


def skipped(staged: list[Staged], frame: pl.DataFrame) -> pl.DataFrame:
    """Return the records that are out of scope, counted by file and reason."""
    ids = dict(zip(frame["file_key"], frame["snapshot_id"], strict=True))
    rows = []
    members: dict[Path, dict[str, Any]] = {}
    for one in staged:
        if one.key in ids:
            counted = member(one, members)["skipped"]
            rows += [(ids[one.key], one.file.source.id, why, n) for why, n in counted.items()]
    schema = {
        "snapshot_id": pl.String,
        "source_id": pl.String,
        "reason": pl.String,
        "record_count": pl.Int64,
    }
    return pl.DataFrame(sorted(rows), schema=schema, orient="row")
