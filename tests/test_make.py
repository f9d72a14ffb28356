"""A table is made when what it is made of has changed, and left alone otherwise."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import graph, make, settings, sql
from pipelines.contracts import contracts, table_of
from pipelines.schema import full_name
from pipelines.warehouse import Warehouse, building, tables
from tests import feeds
from tests.conftest import warehouse_of

#: What follows from no snapshot.
OF_THE_PROJECT = set(graph.tables()) - set(graph.follow_from(graph.STAGING))


def marked(db: Warehouse, *names: str) -> set[str]:
    """Those of the tables that still carry a mark, which a table that is made anew has not."""
    found = dict(db.rows("select schema_name || '.' || table_name, comment from duckdb_tables()"))
    return {name for name in names if found[full_name(contracts()[name])] == "marked"}


def mark(db: Warehouse, *names: str) -> None:
    for name in names:
        db.execute(f"comment on table {full_name(contracts()[name])} is 'marked'")


def make_all(data: Path) -> None:
    found = settings.load(data)
    with building(found) as db:
        make.list_raw(db, found)
        make.stage_all(db, found)
        for name in graph.tables():
            make.make(db, found, name)


def test_a_build_of_the_same_makes_no_table_again(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped()) as db:
        mark(db, *graph.tables())
    make_all(tmp_path)
    with building(settings.load(tmp_path)) as db:
        assert marked(db, *graph.tables()) == set(graph.tables())


def test_a_new_snapshot_makes_what_follows_from_it(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped()) as db:
        mark(db, *graph.tables())
        for name in OF_THE_PROJECT:  # a comment would not survive, as a row does
            db.execute(f"insert into {full_name(contracts()[name])} default values")
        rows = {name: db.count(contracts()[name]) for name in OF_THE_PROJECT}
    later = copy.deepcopy(feeds.shipped())
    later["generated"] = "2026-05-29T10:37:47.493Z"
    feeds.write(tmp_path, later, "cases-1.json")
    make_all(tmp_path)
    with building(settings.load(tmp_path)) as db:
        assert {name: db.count(contracts()[name]) for name in OF_THE_PROJECT} == rows
        assert not marked(db, *graph.follow_from(graph.STAGING))


def test_tables_of_other_snapshots_leave_no_empty_room_in_the_file(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped()):
        pass
    feeds.write(
        tmp_path, feeds.shipped() | {"generated": "2026-05-29T10:37:47.493Z"}, "cases-1.json"
    )
    with warehouse_of(tmp_path) as db:
        db.execute("checkpoint")
        ((empty, total),) = db.rows("select free_blocks, total_blocks from pragma_database_size()")
    assert empty < total / 4


def test_a_table_made_with_another_configuration_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse_of(tmp_path, feeds.shipped()) as db:
        mark(db, "assumption", "case_metric", "dim_model")
    config = shutil.copytree(settings.CONFIG_DIR, tmp_path / "config")
    with (config / "prices.yml").open("a") as file:
        file.write("# another opinion\n")
    monkeypatch.setenv("ROOFHOUSE_CONFIG", str(config))
    make_all(tmp_path)
    with building(settings.load(tmp_path)) as db:
        assert marked(db, "assumption", "case_metric", "dim_model") == {"dim_model"}


def test_a_build_database_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped()) as db:
        db.note("(all tables)", "made with an older DuckDB")
    with building(settings.load(tmp_path)) as db:
        assert "fact_case" not in db.noted()
        with pytest.raises(Exception, match=r"main\.dim_model is not there yet"):
            db.need("main.dim_model", "dim_model")


def test_a_table_made_a_range_of_cases_at_a_time_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_case = [name for name in graph.tables() if table_of(contracts()[name]).by_case]
    assert by_case
    found = []
    for cases in (1_000_000, 7):
        monkeypatch.setattr(tables, "PART_CASES", cases)
        with warehouse_of(tmp_path / str(cases), feeds.shipped()) as db:
            found.append([db.rows(f"from {full_name(contracts()[name])}") for name in by_case])
    assert found[0] == found[1]


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(table, filters) of every scan of a query plan."""
    about = plan.get("extra_info", {})
    if "Table" in about:
        yield str(about["Table"]), str(about.get("Filters", ""))
    for child in plan["children"]:
        yield from scans(child)


@pytest.mark.parametrize(
    "name", [name for name in graph.tables() if table_of(contracts()[name]).by_case]
)
def test_a_range_of_cases_reaches_every_table_of_cases(name: str, shipped_db: Warehouse) -> None:
    of_cases = {
        table
        for (table,) in shipped_db.rows(
            "select table_name from duckdb_columns() where column_name = 'case_id'"
        )
    }
    ((_, text),) = shipped_db.rows(
        f"explain (format json) from ({sql.models()[name].text}) "
        "where case_id > 'case-g' and case_id <= 'case-l'"
    )
    (plan,) = json.loads(text)
    read = {(table.rpartition(".")[2], filters) for table, filters in scans(plan)}
    read = {(table, filters) for table, filters in read if table in of_cases}
    assert read
    for table, filters in read:
        assert "case_id" in filters, table
