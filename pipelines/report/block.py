"""Tables as the page embeds them: by column, texts by dictionary, deflated, in base64.

A column is {"d": distinct texts, "c": codes}, or {"v": values}. A code of -1 and a value of null
mean that there is none. Fractions have four significant digits: the page shows three.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import msgspec
import polars as pl

DIGITS = 4
#: Level of zlib: higher ones take twice the time for 3 % fewer bytes.
_LEVEL = 6


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
        one = pl.col(values.name)
        short = pl.when(one == one.round()).then(one).otherwise(one.round_sig_figs(DIGITS))
        finite = pl.when(one.is_finite()).then(short)
        values = values.to_frame().select(finite).to_series()
        known = values.drop_nulls()
        # Whole numbers take fewer bytes; beyond this range, floats are not exact integers.
        if ((known % 1 == 0) & (known.abs() <= 2**53)).all():
            return {"v": values.cast(pl.Int64).to_list()}
    return {"v": values.to_list()}


def packed(content: Any) -> str:
    """Return content as JSON, deflated (raw), in base64."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(
        deflate.compress(msgspec.json.encode(content)) + deflate.flush()
    ).decode()


def unpacked(text: str) -> Any:
    """Return the content of a packed text; the inverse of packed()."""
    return msgspec.json.decode(zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS))
