"""Rows of the marts, as plain Python. Scans are lazy: a mart may be large."""

from __future__ import annotations

from typing import Any

import polars as pl

Row = dict[str, Any]

#: The longest text that is shown whole: the size of the page is limited.
MAX_TEXT = 400
#: A name in an alphabet that few of the page's readers know.
_OTHER_SCRIPT = r"[^\p{Latin}\p{Common}\p{Greek}]"


def collect(frame: pl.LazyFrame) -> pl.DataFrame:
    """Compute a lazy frame."""
    return frame.collect(engine="streaming")


def cut(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with long texts cut short."""
    text = pl.col(pl.String)
    short = pl.when(text.str.len_chars() > MAX_TEXT).then(text.str.head(MAX_TEXT) + "…")
    return frame.with_columns(short.otherwise(text).name.keep())


def rows(frame: pl.LazyFrame) -> list[Row]:
    """The rows of a frame, with long texts cut short."""
    return collect(cut(frame)).to_dicts()


def count(frame: pl.LazyFrame) -> int:
    """Return the number of rows of a frame."""
    return int(collect(frame.select(pl.len())).item())


def labelled(name: str, english: pl.Expr) -> pl.Expr:
    """A name, followed by the catalog's if it is not in Latin letters."""
    own = pl.col(name)
    has_other = own.str.contains(_OTHER_SCRIPT) & english.is_not_null() & (english != own)
    return pl.when(has_other).then(pl.format("{} ({})", own, english)).otherwise(own)


def common_name(side: str) -> pl.Expr:
    """The name that most rows give an accelerator or model: sources may use different ones."""
    name = f"{side}_name"
    return pl.col(name).mode().min().over(f"{side}_id").alias(name)


def one_name(side: str) -> pl.Expr:
    """The name of an accelerator or model, with its id where several share it."""
    name, id_ = pl.col(f"{side}_name"), pl.col(f"{side}_id")
    return (
        pl.when(id_.n_unique().over(name) > 1)
        .then(pl.format("{} ({})", name, id_))
        .otherwise(name)
        .alias(f"{side}_name")
    )
