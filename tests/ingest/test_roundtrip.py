"""What a tool writes is found in `fact_case`: every value, in its unit, and nothing else.

Files of all formats are laid in one folder and built once. If a file of a format fails, smaller
ones are looked for, each of which gets a build of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from pipelines.ingest import readers
from tests.conftest import warehouse_of
from tests.ingest.readers.reading import COLUMNS, PATHS
from tests.ingest.written import FORMATS
from tests.ingest.written.run import Expected, Format, Record

#: Files of each format, of up to three records.
FILES = 15
#: Builds that a smaller example is worth.
MOST_BUILDS = 20
Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file, and what is expected of its records."""

    format: Format
    records: tuple[Record, ...]
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Built:
    """A file, and the row of `fact_case` of each record, None where it has none."""

    file: File
    rows: tuple[Row | None, ...]


def files(format: Format) -> st.SearchStrategy[File]:
    pairs = st.lists(format.records, min_size=1, max_size=format.most)
    return pairs.map(lambda found: File(format, *map(tuple, zip(*found, strict=True))))


def over(format: Format, check: Callable[[File], None]) -> None:
    """Check the same files of a format at each call, and smaller ones after a failure."""

    @seed(0)
    @settings(database=None, deadline=None, max_examples=FILES)
    @given(files(format))
    def each(file: File) -> None:
        check(file)

    each()


def built(found: Sequence[File]) -> list[Built]:
    """Every file with its rows, of one build."""
    with TemporaryDirectory() as folder:
        lab = Path(folder) / "raw" / "lab"
        for place, file in enumerate(found):
            lay(lab / str(place), file, place)
        (lab / "SOURCE.yml").write_text("mode: append\nmax_reject_share: 1\n")
        with warehouse_of(Path(folder), only=["fact_case"]) as db:
            rows = {
                (row["source_file"], row["record_index"]): row
                for row in db.frame("from main.fact_case").to_dicts()
            }
    return [
        Built(
            file,
            tuple(
                rows.get((f"{place}/{file.format.name}", index))
                for index, _ in enumerate(file.records)
            ),
        )
        for place, file in enumerate(found)
    ]


def lay(folder: Path, file: File, place: int) -> None:
    """Write a file with its sidecar and companions, and a number that makes each record unique."""
    folder.mkdir(parents=True)
    numbered = [{**one, "number": f"{place}.{at}"} for at, one in enumerate(file.records)]
    (folder / file.format.name).write_text(file.format.text(numbered), encoding="utf-8")
    (folder / "sidecar.yml").write_text(file.format.sidecar, encoding="utf-8")
    for name, text in file.format.beside(list(file.records)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def difference(one: Built) -> str | None:
    """What is not as expected, by format, record and column."""
    format = one.file.format
    for index, (row, expected) in enumerate(zip(one.rows, one.file.expected, strict=True)):
        where = f"{format.label}, record {index}"
        if row is None:
            return f"{where}: no case of {one.file.records[index]}"
        whole = {**expected, "source_format": format.format, "record_index": index}
        assert whole.keys() <= PATHS.keys()
        for name in sorted(PATHS.keys() - {"source_file"}):
            column, meant = COLUMNS.get(name, name), whole.get(name)
            if row[column] != approximately(meant):
                told = f"{column} is {row[column]!r}, not {meant!r}"
                return f"{where}: {told}, of {one.file.records[index]}"
    return None


def approximately(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return pytest.approx(value, rel=1e-9, abs=0) if is_number else value


@pytest.fixture(scope="module")
def by_label() -> dict[str, list[Built]]:
    found: list[File] = []
    over(FORMATS["argonne-csv table"], found.append)
    built(found[:1])  # loads every module: Hypothesis draws constants of those that are there
    found.clear()
    for format in FORMATS.values():
        over(format, found.append)
    every = built(found)
    return {label: [one for one in every if one.file.format.label == label] for label in FORMATS}


@pytest.mark.parametrize("label", FORMATS)
def test_every_value_that_a_tool_writes_is_found_in_its_case(
    label: str, by_label: dict[str, list[Built]]
) -> None:
    known = {str(one.file): difference(one) for one in by_label[label]}
    assert len(by_label[label]) >= FILES
    told = next(filter(None, known.values()), None)
    if told is None:
        return
    most = len(known) + MOST_BUILDS

    def check(file: File) -> None:
        if str(file) not in known and len(known) < most:
            known[str(file)] = difference(built([file])[0])
        if smaller := known.get(str(file)):
            pytest.fail(smaller)

    over(FORMATS[label], check)
    pytest.fail(told)


def test_every_format_is_written() -> None:
    assert {one.format for one in FORMATS.values()} == readers.formats().keys()
