"""`roofhouse tables` and `roofhouse open` as processes: what is published, in words and at once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import columns, contracts
from pipelines.contracts.render import full_name
from tests.command import ROOFHOUSE, environment, roofhouse
from tests.published import write_report


def test_every_table_is_listed_with_its_rows_and_meaning(shipped_published: Path) -> None:
    told = roofhouse(shipped_published, "tables", "--format", "json")
    assert (told.returncode, told.stderr) == (0, "")
    found = {f"{t['schema']}.{t['table']}": t for t in json.loads(told.stdout)["tables"]}
    assert found.keys() == {full_name(contract) for contract in contracts().values()}
    assert all(one["meaning"].startswith("One row") for one in found.values())
    with duckdb.connect(str(shipped_published / "warehouse.duckdb"), read_only=True) as con:
        for name, one in found.items():
            assert con.execute(f"select count(*) from {name}").fetchone() == (one["rows"],), name
    lines = roofhouse(shipped_published, "tables").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(found)
    (change,) = [line for line in lines if line.startswith("marts.mart_case_change ")]
    assert change.split()[1] == "0"
    assert "One row per case, revision and attribute" in change


@pytest.mark.parametrize("name", ["mart_case_metrics", "marts.mart_case_metrics", "DIM_HARDWARE"])
def test_the_columns_of_a_table_have_types_units_and_meanings(
    shipped_published: Path, name: str
) -> None:
    told = roofhouse(shipped_published, "tables", name, "--format", "json")
    assert told.returncode == 0
    found = json.loads(told.stdout)
    contract = contracts()[found["table"]]
    assert name.lower() in (found["table"], full_name(contract))
    assert [(c["column"], c["unit"], c["meaning"], c["null_means"]) for c in found["columns"]] == [
        (c.name, c.unit, c.description, c.null) for c in columns(contract)
    ]
    assert {c["type"] for c in found["columns"]} >= {"varchar", "double"}
    lines = roofhouse(shipped_published, "tables", name).stdout.splitlines()
    assert lines[0].startswith(f"{full_name(contract)}  ")
    assert len(lines) == 2 + len(found["columns"])
    for column, shown in zip(columns(contract), lines[2:], strict=True):
        assert shown.split()[0] == column.name
        assert column.description in shown
        assert (column.unit or "") in shown
        assert (f"(NULL: {column.null})" in shown) == bool(column.null)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mart_case_metric", "no table 'mart_case_metric'; the nearest: mart_case_metrics"),
        ("nothing-like-it", "no table 'nothing-like-it'; `roofhouse tables` lists them"),
        ("x'; drop table y", "no table "),
    ],
)
def test_a_table_that_there_is_not_is_one_line(
    shipped_published: Path, name: str, words: str
) -> None:
    told = roofhouse(shipped_published, "tables", name)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"roofhouse: {words}")
    assert told.stderr.count("\n") == 1


def test_a_reader_that_has_gone_ends_the_list_quietly(shipped_published: Path) -> None:
    command = f"'{ROOFHOUSE}' tables mart_case_metrics | head -n 1; echo ${{PIPESTATUS[0]}}"
    told = subprocess.run(
        ["bash", "-c", command],
        env=environment(shipped_published),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith("marts.mart_case_metrics  22 rows  One row per current case")
    assert told.stderr == ""


@pytest.mark.parametrize("command", [["tables"], ["open"], ["open", "--print"]])
def test_where_nothing_is_published_one_line_says_so(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "data").mkdir()
    told = roofhouse(tmp_path / "data", *command)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.endswith("nothing is published yet; run `roofhouse build`\n")
    assert told.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def reported(shipped_published: Path) -> Path:
    """A published folder with its report."""
    write_report(shipped_published, shipped_published / "marts" / "report.html")
    return shipped_published


def test_the_report_is_opened_in_the_browser(reported: Path, tmp_path: Path) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n')
    browser.chmod(0o755)
    path = reported / "marts" / "report.html"
    told = roofhouse(reported, "open", BROWSER=f"{browser} %s")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"{path}\n", "")
    assert opened.read_text() == path.as_uri()
    opened.unlink()
    told = roofhouse(reported, "open", "--print", BROWSER=f"{browser} %s")
    assert (told.returncode, told.stdout) == (0, f"{path}\n")
    assert not opened.exists()


def test_without_a_browser_one_line_says_where_the_report_is(
    reported: Path, tmp_path: Path
) -> None:
    nowhere = {"PATH": str(tmp_path), "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    told = roofhouse(reported, "open", **nowhere)
    path = reported / "marts" / "report.html"
    assert (told.returncode, told.stdout) == (1, f"{path}\n")
    assert told.stderr.startswith(f"roofhouse: {path}: no browser to open it with")
    assert told.stderr.count("\n") == 1
