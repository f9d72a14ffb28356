"""Tables as the page embeds them: by column, texts by dictionary, deflated, in base64.

A column is {"d": distinct texts, "c": codes}, or {"v": values}; a code of -1 and a value of null are
absent. Numbers have four significant digits: what the page shows has three.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import msgspec
import polars as pl

DIGITS = 4


def columns(frame: pl.DataFrame) -> dict[str, Any]:
    """Return the columns of a frame by name, and the number of rows as `length`."""
    return {"length": frame.height, "columns": {one.name: _column(one) for one in frame}}


def _column(values: pl.Series) -> dict[str, Any]:
    if values.dtype == pl.String:
        distinct = values.drop_nulls().unique().sort()
        codes = values.replace_strict(
            distinct, pl.Series(range(distinct.len()), dtype=pl.Int32), default=-1
        )
        return {"d": distinct.to_list(), "c": codes.fill_null(-1).to_list()}
    if values.dtype.is_float():
        is_finite = values.is_finite().fill_null(value=False)
        finite = values.to_frame().select(
            pl.when(is_finite).then(pl.col(values.name).round_sig_figs(DIGITS))
        )
        return {"v": [_short(one) for one in finite.to_series().to_list()]}
    return {"v": values.to_list()}


def _short(value: float | None) -> float | int | None:
    """Return a whole number as such: it takes fewer bytes."""
    return int(value) if value is not None and value.is_integer() else value


def packed(content: Any) -> str:
    """Return content as JSON, deflated (raw), in base64."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(
        deflate.compress(msgspec.json.encode(content)) + deflate.flush()
    ).decode()


def unpacked(text: str) -> Any:
    """Return what packed() was given."""
    return msgspec.json.decode(zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS))
