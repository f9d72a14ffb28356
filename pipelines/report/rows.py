"""Rows of the marts, as plain Python. Scans are lazy: a mart may be large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

Row = dict[str, Any]

#: The longest text that is shown whole: the page has a size to keep.
MAX_TEXT = 400
#: The title of a case, which is made where its author gave none.
TITLE = pl.col("display_title").alias("title")


def collect(frame: pl.LazyFrame) -> pl.DataFrame:
    """The frame, computed."""
    return frame.collect(engine="streaming")


def rows(frame: pl.LazyFrame) -> list[Row]:
    """The rows of a frame, with long texts cut short."""
    text = pl.col(pl.String)
    cut = pl.when(text.str.len_chars() > MAX_TEXT).then(text.str.head(MAX_TEXT) + "…")
    return collect(frame.with_columns(cut.otherwise(text).name.keep())).to_dicts()


def count(frame: pl.LazyFrame) -> int:
    """Return the number of rows of a frame."""
    return int(collect(frame.select(pl.len())).item())


def among(ids: Sequence[str]) -> pl.Expr:
    """Return a filter for the rows of these cases."""
    return pl.col("case_id").is_in(pl.Series(list(ids), dtype=pl.String).implode())
