"""Cases as an Excel workbook: sheets of cases, of what the columns mean, and of the sources."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.errors import RoofhouseError
from pipelines.export.cases import Cases, wide_columns
from pipelines.metadata import licences

#: What a sheet and a cell hold, by the file format.
MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
#: Characters that a column is wide at most; more of a text shows when its cell is chosen.
_MAX_WIDTH = 60
#: Rows that are looked at for the width of a column.
_SAMPLE = 200
#: The first day that Excel counts right; older ones are written as text.
_FIRST_DAY = dt.date(1900, 3, 1)
#: Stands for the time of writing, so that the same cases give the same bytes.
_CREATED = dt.datetime(2000, 1, 1)
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": True,
}


def write(cases: Cases, path: Path) -> int:
    """Write the workbook and return the number of cases; the same cases give the same bytes.

    Raises RoofhouseError for more cases than a sheet has rows, or a text that no cell holds.
    """
    frame = cases.wide()
    if len(frame) > MAX_ROWS - 1:
        raise RoofhouseError(
            f"{len(frame):,} cases, but a sheet holds {MAX_ROWS - 1:,}; export csv, or fewer "
            "sources with --source"
        )
    try:
        _write(cases, frame, path)
    except FileCreateError as error:
        raise OSError(*error.args[0].args) from None
    return len(frame)


def _write(cases: Cases, frame: pl.DataFrame, path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": str(path.parent)}) as book:
        book.set_properties(
            {
                "title": "Cases of roofhouse",
                "comments": f"{licences.expression(cases.sources)}. "
                f"{licences.credits_of(cases.sources)}",
                "created": _CREATED,
            }
        )
        formats = {
            "header": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}),
        }
        _sheet(book.add_worksheet("cases"), formats, frame.columns, frame.rows())
        _sheet(book.add_worksheet("columns"), formats, *_columns())
        _sheet(book.add_worksheet("sources"), formats, *_sources(cases))


def _columns() -> tuple[list[str], list[tuple[Any, ...]]]:
    return ["column", "unit", "description", "empty if", "table"], [
        (one.name, "UTC" if one.kind == "moment" else one.unit, one.description, one.null, table)
        for table, one in wide_columns()
    ]


def _sources(cases: Cases) -> tuple[list[str], list[tuple[Any, ...]]]:
    header = ["source_id", "source_name", "license", "spdx", "attribution", "citation", "url"]
    return header, [
        (
            one["id"],
            one["name"],
            licences.words(one),
            licences.spdx(one),
            licences.credit(one),
            one["citation"],
            one["url"],
        )
        for one in cases.sources
    ]


def _sheet(
    sheet: Worksheet, formats: dict[str, Format], header: Sequence[str], rows: Sequence[Any]
) -> None:
    """Write a sheet from top to bottom: a header that stays in view and filters, then the rows."""
    for at, name in enumerate(header):
        shown = [name + "  ▾", *(_shown(row[at]) for row in rows[:_SAMPLE])]
        sheet.set_column(at, at, min(max(map(len, shown)) + 1, _MAX_WIDTH))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(header) - 1)
    sheet.write_row(0, 0, header, formats["header"])
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            try:
                _cell(sheet, formats, number, at, value)
            except ValueError as error:
                raise RoofhouseError(f"{row[0]}: {header[at]}: {error}; export csv") from None


def _cell(sheet: Worksheet, formats: dict[str, Format], row: int, at: int, value: object) -> None:
    """Write a value as what it is. Raises ValueError for a text that is too long for a cell."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int | float) and math.isfinite(value):
        sheet.write_number(row, at, value)
    elif isinstance(value, dt.datetime) and value.date() >= _FIRST_DAY:
        sheet.write_datetime(row, at, value, formats["moment"])
    elif type(value) is dt.date and value >= _FIRST_DAY:
        sheet.write_datetime(row, at, value, formats["day"])
    else:
        text = _shown(value)
        if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            raise ValueError(f"{len(text):,} characters, but a cell holds {MAX_TEXT:,}")
        sheet.write_string(row, at, text)


def _shown(value: object) -> str:
    """Return a value as the text of a cell, or about as wide as it is shown."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dt.date):  # a datetime, too
        return value.isoformat()
    return str(value)
