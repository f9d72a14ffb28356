"""Cases as CSV: what a parser reads is what is published."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import settings
from pipelines.export import cases, csv_file
from pipelines.warehouse import published
from tests.export.conftest import HOSTILE

Row = dict[str, str]


@pytest.fixture(scope="module")
def text(published_sources: Path) -> str:
    """All cases as CSV."""
    with cases.opened(settings.load(published_sources), ()) as found:
        return csv_file.text(found.wide())


@pytest.fixture(scope="module")
def rows(text: str) -> list[Row]:
    """The rows as Python's parser reads them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_a_row_for_each_current_case_by_id(
    published_sources: Path, rows: list[Row]
) -> None:
    with published(settings.load(published_sources)) as warehouse:
        known = warehouse.rows("from main.fact_case select case_id where not is_retired order by 1")
    assert [row["case_id"] for row in rows] == [case_id for (case_id,) in known]


def test_the_columns_are_those_of_the_mart_and_what_it_lacks(text: str) -> None:
    header = text.partition("\n")[0].split(",")
    assert header == [column.name for _, column in cases.wide_columns()]
    assert len(set(header)) == len(header)
    assert {"plausibility", "benchmark_tool", "tensor_parallel", "dataset"} <= set(header)
    assert not {"hardware_key", "is_retired"} & set(header)


def test_duckdb_reads_back_every_value_of_the_mart(
    published_sources: Path, text: str, tmp_path: Path
) -> None:
    """Numbers to the last bit; lists as the JSON that they are."""
    file = tmp_path / "cases.csv"
    file.write_text(text, encoding="utf-8", newline="")
    with published(settings.load(published_sources)) as warehouse:
        mart = warehouse.frame("from marts.mart_case_metrics order by case_id")
        types = dict(
            warehouse.rows(
                "select column_name, case when data_type like '%[]' then 'json' "
                "else data_type end from duckdb_columns() where table_name = 'mart_case_metrics'"
            )
        )
    read = (
        duckdb.read_csv(str(file), dtype=types, allow_quoted_nulls=False)
        .select(*[duckdb.ColumnExpression(name) for name in mart.columns])
        .order("case_id")
        .pl()
    )
    lists = [name for name, dtype in mart.schema.items() if isinstance(dtype, pl.List)]
    assert lists
    for name in lists:
        told = [None if one is None else json.loads(one) for one in read[name]]
        assert told == mart[name].to_list()
    rest = mart.columns
    for name in lists:
        rest.remove(name)
    assert read.select(rest).rows() == mart.select(rest).rows()


def test_a_text_stays_as_it_is(rows: list[Row]) -> None:
    assert HOSTILE in {row["title"] for row in rows}


def test_times_have_a_zone_and_flags_are_words(rows: list[Row]) -> None:
    feed = next(row for row in rows if row["source_id"] == "evokernel")
    assert feed["first_seen_at"] == "2026-04-29T10:37:47.493000Z"
    assert {row["is_traceable"] for row in rows} <= {"true", "false"}


def test_the_notice_has_each_licence_and_how_to_credit_and_cite(published_sources: Path) -> None:
    with cases.opened(settings.load(published_sources), ["mlperf", "my-lab"]) as found:
        notice = csv_file.notice(found.sources)
    assert notice.startswith("SPDX-License-Identifier: Apache-2.0 AND CC-BY-4.0\n")
    assert "Derived from my-lab (CC-BY-4.0): My lab." in notice
    assert "no MLPerf metrics" in notice
    assert "evokernel" not in notice
