"""Stage bytes as one snapshot, and look at what came of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from pipelines import settings
from pipelines.ingest import snapshot, staging
from tests.feeds import Feed

JSON = "cases-2026-04-29T103747Z.json"
NDJSON = "cases-2026-04-29T103747Z.ndjson"


@dataclass(frozen=True)
class Staged:
    """A staged folder."""

    folder: Path

    def table(self, name: str) -> pl.DataFrame:
        """A table without the key of the file, which stands in every row."""
        found = pl.read_parquet(self.folder / f"{name}.parquet")
        assert set(found["file_key"]) <= {self.folder.name}
        return found.drop("file_key")

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What is said of the only file in the folder."""
        (found,) = json.loads((self.folder / "snapshot.json").read_text())["members"].values()
        member: dict[str, Any] = found
        return member

    @cached_property
    def rejects(self) -> dict[int, dict[str, Any]]:
        """Rows of the reject table by position."""
        rows = self.table("reject").to_dicts()
        assert len({row["seq"] for row in rows}) == len(rows)
        return {row["seq"]: row for row in rows}

    @cached_property
    def cases(self) -> list[str]:
        """Ids of the cases that load, in the order of the file."""
        return list(self.table("fact_case")["case_id"])


def encoded(document: object) -> bytes:
    """A document as compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False).encode()


def lines(items: list[Any]) -> bytes:
    """Items as NDJSON."""
    return b"".join(encoded(item) + b"\n" for item in items)


def stage_bytes(data: Path, content: bytes, name: str = JSON) -> Staged:
    """Stage bytes that lie as the only file in a data folder's raw folder."""
    path = data / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Staged(staging.stage(snapshot.find(data / "raw")[0], settings.load(data)))


def stage_feed(data: Path, feed: Feed) -> Staged:
    """Stage a feed object."""
    return stage_bytes(data, encoded(feed))


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def zstandarded(content: bytes) -> bytes:
    return zstandard.compress(content)
