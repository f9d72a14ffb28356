"""Cases as CSV: a row per case, and beside it what their sources ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.metadata import licences


def text(frame: pl.DataFrame) -> str:
    """Return the rows of `Cases.wide` as CSV with a header.

    NULL is an empty field, a text without characters is `""`. Times are ISO 8601, those of
    snapshots in UTC; lists are JSON; a number is written with the digits that give it back.
    """
    return frame.select(_written(one, dtype) for one, dtype in frame.schema.items()).write_csv()


def _written(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        return column.map_elements(_json, return_dtype=pl.String)
    if isinstance(dtype, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return column


def _json(values: Any) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def notice(sources: Sequence[licences.Source]) -> str:
    """Return the licence of the cases as a REUSE file: SPDX tags, and how to credit and cite."""
    lines = [f"SPDX-License-Identifier: {licences.expression(sources)}"]
    for one in sources:
        lines += ["", f"source: {one['id']}", licences.credit(one)]
        lines += [f"cite as: {one['citation']}"] if one["citation"] else []
    return "\n".join(lines) + "\n"
