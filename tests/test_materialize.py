"""A table is rebuilt only when its SQL, its contract or its input rows have changed."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import settings
from pipelines.contracts import contracts, table_of
from pipelines.contracts.render import full_name
from pipelines.errors import RoofhouseError
from pipelines.publish import database, publish
from pipelines.transform import fingerprint, materialize, registry, sql_files
from pipelines.transform.materialize import building
from pipelines.transform.table import STAGING
from pipelines.warehouse import Note, Warehouse, connect, tables
from pipelines.warehouse.tables import LAYOUT
from tests import feeds
from tests.conftest import warehouse_of

#: What follows from no snapshot.
OF_THE_PROJECT = set(registry.tables()) - set(registry.downstream(STAGING))


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
        materialize.materialize_all(db, found)


def test_a_build_of_the_same_makes_no_table_again(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        mark(db, *registry.tables())
    make_all(shipped_copy)
    with building(settings.load(shipped_copy)) as db:
        assert marked(db, *registry.tables()) == set(registry.tables())


def contents(db: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every table as it stands."""
    return {name: db.rows(f"from {full_name(contracts()[name])}") for name in registry.tables()}


def corrected(generated: str) -> feeds.Feed:
    """The shipped feed of another time, with another TDP of one accelerator."""
    feed = copy.deepcopy(feeds.shipped()) | {"generated": generated}
    for case in feed["items"]:
        if case["resolved"]["hardware"]["id"] == "a100-sxm4":
            case["resolved"]["hardware"]["power"]["tdp_w"]["value"] = 500
    return feed


@pytest.mark.parametrize(
    "generated", ["2026-05-29T10:37:47.493Z", "2026-03-29T10:37:47.493Z"], ids=["newer", "late"]
)
def test_one_snapshot_more_leaves_all_as_if_made_at_once(
    shipped_copy: Path, tmp_path: Path, generated: str
) -> None:
    other = corrected(generated)
    with warehouse_of(shipped_copy, feeds.shipped(), other) as db:
        grown = contents(db)
    with warehouse_of(tmp_path / "at once", feeds.shipped(), other) as db:
        assert contents(db) == grown


def test_a_late_snapshot_changes_no_table_of_what_is_current(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        mark(db, *registry.tables())
    late = corrected("2026-03-29T10:37:47.493Z")
    changed = {"dim_hardware", "case_metric", "mart_spec_change"}
    kept = {"case_trust", "finding", "mart_case_metrics", "mart_pareto_frontier", *OF_THE_PROJECT}
    with warehouse_of(shipped_copy, feeds.shipped(), late) as db:
        assert marked(db, *changed, *kept) == kept


def test_what_follows_from_no_snapshot_outlives_all_of_them(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        for name in OF_THE_PROJECT:  # a comment would not survive, as a row does
            db.execute(f"insert into {full_name(contracts()[name])} default values")
        rows = {name: db.count(contracts()[name]) for name in OF_THE_PROJECT}
    with warehouse_of(shipped_copy, feeds.shipped(), corrected("2026-05-29T10:37:47.493Z")) as db:
        assert {name: db.count(contracts()[name]) for name in OF_THE_PROJECT} == rows


def test_what_comes_and_goes_leaves_the_tables_that_were(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        before = contents(db)
    with warehouse_of(shipped_copy, feeds.shipped(), corrected("2026-05-29T10:37:47.493Z")) as db:
        assert contents(db) != before
    (shipped_copy / "raw" / "cases-1.json").unlink()
    with warehouse_of(shipped_copy) as db:
        assert contents(db) == before


def test_another_configuration_changes_what_it_says_something_new_for(
    shipped_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse_of(shipped_copy) as db:
        mark(db, *registry.tables())
    config = shutil.copytree(settings.CONFIG_DIR, tmp_path / "config")
    monkeypatch.setenv("ROOFHOUSE_CONFIG", str(config))
    prices = config / "prices.yml"
    prices.write_text(prices.read_text() + "# another opinion\n")
    with warehouse_of(shipped_copy) as db:
        assert marked(db, *registry.tables()) == set(registry.tables())
        assert fingerprint.build_id(db, settings.load(shipped_copy))
    known = "{value: 1.5, source: a meter, date: 2026-01-01}"
    prices.write_text(prices.read_text().replace(": # {", f": {known} # {{"))
    with warehouse_of(shipped_copy) as db:
        assert marked(db, "assumption", "case_metric", "dim_model", "finding") == {
            "dim_model",
            "finding",
        }


def test_a_table_whose_making_fails_stands_as_it_was(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        before, contract = contents(db), contracts()["dim_model"]
        for wrong in ("select 1 as one", "from nothing", "select error('x') as model_id"):
            with pytest.raises(RoofhouseError, match=r"main\.dim_model"):
                db.create(contract, wrong, Note("state", "made of", "content"))
        assert contents(db) == before
        assert (
            db.rows("select table_name from duckdb_tables() where table_name like 'former%'") == []
        )


def test_replaced_tables_leave_little_empty_room_in_the_published_file(tmp_path: Path) -> None:
    data = feeds.shipped()
    for month in (5, 6, 7, 8):
        with warehouse_of(tmp_path, data, corrected(f"2026-0{month}-29T10:37:47.493Z")) as db:
            if month == 8:
                publish.publish(db, settings.load(tmp_path))
    with connect(tmp_path / "warehouse.duckdb", read_only=True) as con:
        ((empty, total),) = con.sql(
            "select free_blocks, total_blocks from pragma_database_size()"
        ).fetchall()
    assert empty <= total * database.MAX_EMPTY_SHARE


def test_a_build_database_of_another_version_is_begun_anew(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        db.note(LAYOUT, Note("made with an older DuckDB"))
    with building(settings.load(shipped_copy)) as db:
        assert "fact_case" not in db.noted()
        with pytest.raises(Exception, match=r"main\.dim_engine is not there yet"):
            db.need("main.dim_engine", "dim_engine")


def test_a_table_made_a_range_of_cases_at_a_time_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_case = [name for name in registry.tables() if table_of(contracts()[name]).by_case]
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
    "name", [name for name in registry.tables() if table_of(contracts()[name]).by_case]
)
def test_a_range_of_cases_reaches_every_table_of_cases(name: str, shipped_db: Warehouse) -> None:
    of_cases = {
        table
        for (table,) in shipped_db.rows(
            "select table_name from duckdb_columns() where column_name = 'case_id'"
        )
    }
    ((_, text),) = shipped_db.rows(
        f"explain (format json) from ({sql_files.models()[name].text}) "
        "where case_id > 'case-g' and case_id <= 'case-l'"
    )
    (plan,) = json.loads(text)
    read = {(table.rpartition(".")[2], filters) for table, filters in scans(plan)}
    read = {(table, filters) for table, filters in read if table in of_cases}
    assert read
    for table, filters in read:
        assert "case_id" in filters, table
