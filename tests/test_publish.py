"""The published files are complete, repeatable and described."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import settings
from pipelines.contracts import columns, contracts
from pipelines.contracts.render import full_name
from pipelines.errors import RoofhouseError
from pipelines.publish import atomic, database, manifest, publish
from pipelines.transform.materialize import building
from pipelines.warehouse import Note, Warehouse
from tests import feeds
from tests.conftest import warehouse_of


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the shipped feed published."""
    folder = tmp_path_factory.mktemp("published")
    with warehouse_of(folder, feeds.shipped()) as db:
        publish.publish(db, settings.load(folder))
    return folder


def test_the_same_input_gives_the_same_bytes_with_any_number_of_threads(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFHOUSE_THREADS", "3")
    with warehouse_of(tmp_path, feeds.shipped()) as db:
        assert db.rows("select current_setting('threads')") == [(3,)]
        publish.publish(db, settings.load(tmp_path))
    files = sorted((data / "marts").glob("*.parquet"))
    assert files
    for file in files:
        assert (tmp_path / "marts" / file.name).read_bytes() == file.read_bytes()


def test_the_manifest_names_input_files_rows_and_checksums(data: Path) -> None:
    status = manifest.check(settings.load(data))
    assert status.broken == {}
    entries = {entry["file"]: entry for entry in status.manifest["files"]}
    assert entries["mart_case_metrics.parquet"]["rows"] == 22
    assert entries.keys() >= {"warehouse.duckdb", "mart_case_metrics.parquet"}
    assert status.manifest["counts"]["cases"] == 22
    (snapshot,) = status.manifest["snapshots"]
    assert snapshot["generated_at"] == "2026-04-29T10:37:47.493000Z"


def test_a_changed_file_is_not_whole(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "copy", ignore=shutil.ignore_patterns("build"))
    with (copy / "marts" / "mart_case_metrics.parquet").open("ab") as file:
        file.write(b"x")
    (copy / "warehouse.duckdb").unlink()
    broken = manifest.check(settings.load(copy)).broken
    assert broken == {
        "mart_case_metrics.parquet": "differs from the manifest",
        "warehouse.duckdb": "is missing",
    }


def test_parquet_stands_alone(data: Path) -> None:
    path = data / "marts" / "mart_case_metrics.parquet"
    frame = pl.read_parquet(path)
    assert frame["case_id"].is_sorted()
    found = {
        key.decode(): value.decode()
        for key, value in duckdb.execute(
            f"select key, value from parquet_kv_metadata('{path}')"
        ).fetchall()
    }
    assert found["license"] == "CC-BY-SA-4.0"
    assert "EvoKernel" in found["attribution"]
    assert found["build_id"] == manifest.read(settings.load(data))["build_id"]
    described = json.loads(found["columns"])
    assert described["decode_roofline_tok_s"]["unit"] == "tok/s"
    assert list(described) == frame.columns


def test_the_published_file_holds_every_table_with_its_comments(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        tables = {
            f"{schema}.{name}"
            for schema, name in con.sql(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
        }
        silent = con.sql(
            "select table_name, column_name from duckdb_columns() "
            "where not internal and comment is null"
        ).fetchall()
        version = con.sql("select tags['storage_version'] from duckdb_databases()").fetchall()
    assert {name.partition(".")[2] for name in tables} == set(contracts())
    assert not any(name.startswith("staging.") for name in tables)
    assert silent == []
    assert any("v1.2.0" in str(row) for row in version)


def test_analysts_may_call_the_formulas_in_the_published_file(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        (row,) = con.sql("select kv_cache_bytes('mla', 61, 128, 128, 2)").fetchall()
    assert row[0] == 70272


def test_tables_of_another_build_are_not_published(shipped_copy: Path) -> None:
    with warehouse_of(shipped_copy) as db:
        db.note("dim_model", Note("of another build"))
        with pytest.raises(RoofhouseError, match="not of this build: dim_model"):
            publish.publish(db, settings.load(shipped_copy))
    assert not (shipped_copy / "warehouse.duckdb").exists()


def test_a_set_that_was_decided_on_is_finished_by_the_next_command(
    data: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    found = settings.load(copy)
    pending = found.build / "publish"
    pending.mkdir()
    shutil.move(found.marts / "manifest.json", pending)
    shutil.move(found.published_db, pending)
    assert atomic.is_pending(found)
    assert atomic.recover(found)
    assert manifest.check(found).broken == {}
    assert not pending.exists()


def test_a_set_that_was_not_decided_on_is_discarded(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    found = settings.load(copy)
    before = manifest.read(found)
    half = atomic.fresh(found)
    (half / "warehouse.duckdb").write_bytes(b"half")
    assert not atomic.recover(found)
    assert not half.exists()
    assert manifest.read(found) == before


def test_a_mart_that_is_gone_leaves_no_file(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    found = settings.load(copy)
    (found.marts / "mart_of_old.parquet").write_bytes(b"old")
    with building(found) as db:
        publish.publish(db, found)
    assert not (found.marts / "mart_of_old.parquet").exists()


def test_no_wall_clock_stands_in_a_table(shipped_db: Warehouse) -> None:
    for contract in contracts().values():
        for column in columns(contract):
            assert column.name not in ("created_at", "updated_at", "loaded_at", "built_at")
    moments = shipped_db.rows("select distinct valid_from from dimension_version")
    assert [str(row[0]) for row in moments] == ["2026-04-29 10:37:47.493000"]


def test_what_is_published_already_is_left_as_it_is(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    found = settings.load(copy)
    before = {path: path.stat().st_ino for path in found.marts.iterdir()}
    with building(found) as db:
        assert publish.publish(db, found) == manifest.read(found)
        assert {path: path.stat().st_ino for path in found.marts.iterdir()} == before


@pytest.mark.parametrize("what", ["a mart", "the database", "another report", "a lost report"])
def test_a_set_that_is_not_whole_or_of_another_version_is_published_again(
    data: Path, tmp_path: Path, what: str
) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    found = settings.load(copy)
    right = manifest.read(found)
    if what == "a mart":
        (found.marts / "mart_case_metrics.parquet").write_bytes(b"x")
    elif what == "the database":
        found.published_db.unlink()
    elif what == "a lost report":
        (found.marts / "report.html").unlink()
    else:
        other = right | {"versions": right["versions"] | {"writer": "of last year"}}
        manifest.path(found).write_text(json.dumps(other))
    with building(found) as db:
        again = publish.publish(db, found)
    assert manifest.read(found) == again
    assert manifest.check(found).broken == {}
    assert again["versions"] == right["versions"]


@pytest.mark.parametrize("most_empty", [-1.0, 1.0], ids=["table by table", "as a file"])
def test_the_file_is_the_same_however_it_is_copied(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_empty: float
) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    monkeypatch.setattr(database, "MAX_EMPTY_SHARE", most_empty)
    with building(settings.load(copy)) as db:
        database.write(db, tmp_path / "new.duckdb")
        assert db.rows("select current_database()") == [("warehouse",)]
    about = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all",
        "select schema_name, function_name from duckdb_functions() where not internal order by all",
        "select schema_name from duckdb_schemas() where not internal order by all",
    )
    with (
        duckdb.connect(str(tmp_path / "new.duckdb"), read_only=True) as new,
        duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as published,
    ):
        for query in about:
            assert new.sql(query).fetchall() == published.sql(query).fetchall()
        for contract in contracts().values():
            query = f"from {full_name(contract)}"
            assert new.sql(query).fetchall() == published.sql(query).fetchall()


def test_no_path_of_this_machine_is_published(data: Path) -> None:
    for file in (data / "warehouse.duckdb", *(data / "marts").iterdir()):
        assert bytes(data) not in file.read_bytes(), file.name
