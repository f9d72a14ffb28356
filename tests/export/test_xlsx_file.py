"""Cases as a workbook: what Excel finds in its cells."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.export import cases, xlsx_file
from tests.export.conftest import HOSTILE

_SPACE = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_EPOCH = dt.datetime(1899, 12, 30)
Cell = tuple[str, str]


@pytest.fixture(scope="module")
def book(published_sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of all cases."""
    path = tmp_path_factory.mktemp("book") / "cases.xlsx"
    with cases.opened(settings.load(published_sources), ()) as found:
        xlsx_file.write(found, path)
    return path


def sheet(book: Path, number: int) -> ElementTree.Element:
    with zipfile.ZipFile(book) as archive:
        return ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))


def rows(book: Path, number: int) -> list[dict[str, Cell]]:
    """The rows of a sheet: type and text of each cell that is there, by the header."""
    found = []
    for row in sheet(book, number).findall(".//s:row", _SPACE):
        cells = {}
        for cell in row.findall("s:c", _SPACE):
            column = re.sub(r"\d", "", cell.get("r", ""))
            kind = cell.get("t", "n")
            value = cell.find(".//s:t" if kind == "inlineStr" else "s:v", _SPACE)
            assert value is not None
            cells[column] = (kind, value.text or "")
        found.append(cells)
    header = {column: text for column, (_, text) in found[0].items()}
    return [{header[column]: cell for column, cell in row.items()} for row in found[1:]]


def test_each_value_is_in_a_cell_of_its_kind(published_sources: Path, book: Path) -> None:
    """A number has the digits that Excel keeps; NULL has no cell."""
    with cases.opened(settings.load(published_sources), ()) as found:
        frame = found.wide()
    written = rows(book, 1)
    assert len(written) == len(frame)
    kinds = set()
    for cells, row in zip(written, frame.iter_rows(named=True), strict=True):
        assert cells.keys() == {name for name, value in row.items() if value is not None}
        for name, (kind, text) in cells.items():
            value = row[name]
            kinds.add((type(value), kind))
            if isinstance(value, str):
                assert text == value
            elif isinstance(value, dt.datetime):
                days = (value - _EPOCH) / dt.timedelta(days=1)
                assert float(text) == pytest.approx(days, abs=1e-8)
            elif isinstance(value, bool):
                assert text == str(int(value))
            elif isinstance(value, int | float):
                assert float(text) == pytest.approx(value, rel=1e-15)
    assert kinds == {
        (str, "inlineStr"),
        (list, "inlineStr"),
        (bool, "b"),
        (int, "n"),
        (float, "n"),
        (dt.date, "n"),
        (dt.datetime, "n"),
    }


def test_no_text_becomes_a_formula_or_a_link(book: Path) -> None:
    assert ("inlineStr", HOSTILE) in {row["title"] for row in rows(book, 1) if "title" in row}
    for number in (1, 2, 3):
        assert sheet(book, number).findall(".//s:f", _SPACE) == []
        assert sheet(book, number).findall(".//s:hyperlink", _SPACE) == []


def test_the_header_stays_in_view_and_filters(book: Path) -> None:
    for number in (1, 2, 3):
        pane = sheet(book, number).find(".//s:pane", _SPACE)
        assert pane is not None
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    last = len(rows(book, 1)) + 1
    filtered = sheet(book, 1).find("s:autoFilter", _SPACE)
    assert filtered is not None
    assert re.fullmatch(rf"A1:[A-Z]+{last}", filtered.get("ref", ""))
    widths = [float(one.get("width", 0)) for one in sheet(book, 1).findall(".//s:col", _SPACE)]
    assert min(widths) > 8
    assert max(widths) < 65


def test_a_sheet_says_what_each_column_is(book: Path) -> None:
    told = {row["column"][1]: row for row in rows(book, 2)}
    assert list(told) == [column.name for _, column in cases.wide_columns()]
    assert told["decode_tok_s"]["unit"][1] == "tok/s"
    assert told["first_seen_at"]["unit"][1] == "UTC"
    assert all(row["description"][1] for row in told.values())


def test_a_sheet_has_licence_and_credit_of_each_source(book: Path) -> None:
    told = {row["source_id"][1]: row for row in rows(book, 3)}
    assert list(told) == ["evokernel", "mlperf", "my-lab"]
    assert told["my-lab"]["spdx"][1] == "CC-BY-4.0"
    assert "no MLPerf metrics" in told["mlperf"]["attribution"][1]


def test_the_same_cases_give_the_same_bytes(
    published_sources: Path, book: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.xlsx"
    with cases.opened(settings.load(published_sources), ()) as found:
        xlsx_file.write(found, again)
    assert again.read_bytes() == book.read_bytes()


def test_more_cases_than_a_sheet_has_rows_are_refused(
    published_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "MAX_ROWS", 3)
    loaded = settings.load(published_sources)
    with cases.opened(loaded, ["my-lab"]) as found:
        assert xlsx_file.write(found, tmp_path / "fits.xlsx") == 2
    with (
        cases.opened(loaded, ()) as found,
        pytest.raises(RoofhouseError, match="a sheet holds 2; export csv, or fewer sources"),
    ):
        xlsx_file.write(found, tmp_path / "too-many.xlsx")


def test_a_text_longer_than_a_cell_is_refused_by_its_name(
    published_sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "MAX_TEXT", len(HOSTILE) - 1)
    with (
        cases.opened(settings.load(published_sources), ["evokernel"]) as found,
        pytest.raises(RoofhouseError, match=r"title: .* a cell holds .*; export csv"),
    ):
        xlsx_file.write(found, tmp_path / "long.xlsx")
