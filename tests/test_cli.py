"""The command as a user runs it: a process, its output, its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipelines import cli, settings
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, staging
from pipelines.ingest.cluster import ray_cluster
from pipelines.settings import ROOT
from pipelines.transform.materialize import building
from tests import feeds
from tests.command import ROOFHOUSE, environment, roofhouse

DG = Path(sys.executable).parent / "dg"


def call(data: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """The same command without a process of its own; returns its exit code."""
    monkeypatch.setenv("ROOFHOUSE_DATA", str(data))
    monkeypatch.setattr(sys, "argv", ["roofhouse", *arguments])
    try:
        cli.main()
    except SystemExit as exit_:
        return exit_.code
    return 0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that `roofhouse build` built and published."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    feeds.write(folder, feeds.shipped())
    built = roofhouse(folder, "build")
    assert built.returncode == 0, built.stderr
    (folder.parent / "build.out").write_text(built.stdout)
    (folder.parent / "build.err").write_text(built.stderr)
    return folder


def test_build_shows_each_asset_and_ends_with_a_summary(data: Path) -> None:
    shown = (data.parent / "build.err").read_text()
    assert "mart_case_metrics" in shown
    assert "22 rows" in shown
    words = " ".join((data.parent / "build.out").read_text().split())
    assert "cases 22" in words
    assert "rejects 0" in words
    counts = json.loads((data / "marts" / "manifest.json").read_text())["counts"]["findings"]
    told = ", ".join(f"{counts[severity]} {severity}" for severity in ("error", "warn", "info"))
    assert f"findings {told} warehouse" in words
    assert "change evokernel: new source, 22 added" in words
    assert f"warehouse {data}/warehouse.duckdb" in words


def test_status_tells_the_snapshot_and_that_all_is_whole(data: Path) -> None:
    told = roofhouse(data, "status")
    assert told.returncode == 0
    assert "2026-04-29T10:37:47.493000Z  22 cases  cases-2026-04-29T103747Z.json" in told.stdout
    assert "whole      yes" in told.stdout


def test_query_prints_a_table(data: Path) -> None:
    told = roofhouse(data, "query", "select count(*) as cases from fact_case")
    assert told.returncode == 0
    assert "cases" in told.stdout
    assert "22" in told.stdout


def test_a_table_gives_no_orders_to_the_terminal(data: Path) -> None:
    told = roofhouse(data, "query", "select '\x1b[31mred' || chr(7) || chr(10) || '昇腾' as title")
    assert "\\x1b[31mred\\x07" in told.stdout
    assert "昇腾" in told.stdout
    assert not {"\x1b", "\x07"} & set(told.stdout)


def started(*arguments: str, data: Path) -> subprocess.Popen[str]:
    """Return the command, which runs."""
    return subprocess.Popen(
        [ROOFHOUSE, *arguments],
        env=environment(data),
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_it_maps(process: subprocess.Popen[str], library: bytes) -> None:
    """Wait until the process has loaded a library."""
    while library not in Path(f"/proc/{process.pid}/maps").read_bytes():
        assert process.poll() is None


def test_ctrl_c_ends_a_build_in_one_line_and_its_run_does_not_count_as_running(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    feeds.write(folder, feeds.shipped())
    with started("build", data=folder) as process:
        assert process.stderr is not None
        while "rows" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 1
    assert shown.splitlines()[-1] == "roofhouse: interrupted. Nothing was published."
    assert "Traceback" not in shown
    with dg.DagsterInstance.from_config(str(tmp_path / "home")) as instance:
        assert [run.is_finished for run in instance.get_runs()] == [True]


@pytest.mark.parametrize("after_s", [0, 0.1, 0.3, 0.6, 1, 1.5])
def test_ctrl_c_while_a_command_loads_is_one_line(tmp_path: Path, after_s: float) -> None:
    folder = tmp_path / "data"
    feeds.write(folder, feeds.shipped())
    with started("build", data=folder) as process:
        # Before the first of our modules is loaded, it is Python that tells of a Ctrl-C.
        until_it_maps(process, b"/_typing.")
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        out, shown = process.communicate(timeout=60)
    assert "Traceback" not in shown
    last = shown.splitlines()[-1]
    if process.returncode == 130:
        assert (out, last) == ("", "roofhouse: interrupted")
    else:
        assert (process.returncode, last) == (1, "roofhouse: interrupted. Nothing was published.")


def test_ctrl_c_ends_a_query_in_one_line(data: Path) -> None:
    endless = "select count(*) from range(1000000) a, range(1000000) b where a.range * b.range = 7"
    with started("query", endless, data=data) as process:
        until_it_maps(process, b"duckdb")
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, shown = process.communicate(timeout=60)
    assert (process.returncode, out, shown) == (130, "", "roofhouse: interrupted\n")


def test_query_prints_csv_json_and_parquet(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = (
        "select case_id, config_files, submitted_on, decode_tok_s from fact_case order by 1 limit 3"
    )
    expected = [
        "case-dsr1-asc910bx16-mindie-001",
        "case-dsr1-tianhe100x16-001",
        "case-dsv3-trainium2-x64-001",
    ]
    assert call(data, monkeypatch, "query", sql, "--format", "csv") == 0
    text = capsys.readouterr().out
    assert pl.read_csv(io.StringIO(text))["case_id"].to_list() == expected
    assert call(data, monkeypatch, "query", sql, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["case_id"] for row in rows] == expected
    raw = subprocess.run(
        [ROOFHOUSE, "query", sql, "--format", "parquet"],
        env=environment(data),
        capture_output=True,
        check=True,
    ).stdout
    assert pl.read_parquet(io.BytesIO(raw))["case_id"].to_list() == expected


def test_a_table_ends_where_nobody_reads_on_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    cli.show(pl.DataFrame({"n": range(cli.TABLE_ROWS)}), cli.Format.table)
    assert "rows" not in capsys.readouterr().out
    cli.show(pl.DataFrame({"n": range(cli.TABLE_ROWS + 1)}), cli.Format.table)
    shown = capsys.readouterr().out
    assert shown.endswith("the first 1,000 of 1,001 rows; other formats have all\n")
    assert "│ 999 │" in shown
    assert "│ 1000 │" not in shown


@pytest.mark.parametrize("format_", ["table", "csv", "json", "parquet"])
def test_a_full_disk_behind_the_output_is_said(data: Path, format_: str) -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [ROOFHOUSE, "query", "from range(100000)", "--format", format_],
            env=environment(data),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
            check=False,
        )
    assert found.returncode == 1
    assert found.stderr == "roofhouse: the output is incomplete: No space left on device\n"


def test_a_reader_that_has_seen_enough_hears_no_complaint(data: Path) -> None:
    with subprocess.Popen(
        [ROOFHOUSE, "query", "from range(1000000)", "--format", "csv"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "range\n"
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_closed_output_is_no_error(data: Path) -> None:
    for closed in (">&-", "2>&-"):
        command = f"{ROOFHOUSE} query 'select 1' {closed}"
        found = subprocess.run(
            ["bash", "-c", command], env=environment(data), capture_output=True, timeout=300
        )
        assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from no_such_table", "no_such_table"),
        ("selec 1", "syntax error"),
        ("drop table fact_case", "read-only"),
        ("create table x (a int)", "read-only"),
    ],
)
def test_a_wrong_query_ends_in_a_message_without_a_traceback(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sql: str,
    words: str,
) -> None:
    assert call(data, monkeypatch, "query", sql) == 1
    told = capsys.readouterr().err
    assert told.startswith("roofhouse: ")
    assert words in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert call(tmp_path, monkeypatch, "ui", "--port", str(port)) == 1
    error = capsys.readouterr().err
    assert error.endswith(
        f"roofhouse: port {port} of 127.0.0.1 is taken; choose another with --port\n"
    )


TYPES = """-- what = a comment
select
    1.50::decimal(9, 2) as price, 12345678901234567890123::hugeint as huge, sum(3) as total,
    'nan'::double as no_number, interval '1 day 2 hours' as span, {'a': [1.25, null]} as nested,
    ['x', 'y'] as texts, map {'k': 2} as pairs, 'a|b' as bar, null as nothing
"""


def test_numbers_are_numbers_in_json_and_nested_values_are_json_in_csv(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "types.sql"
    file.write_text(TYPES)
    assert call(data, monkeypatch, "query", TYPES, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "price": 1.5,
            "huge": 12345678901234567890123,
            "total": 3,
            "no_number": None,
            "span": "1 day 02:00:00",
            "nested": {"a": [1.25, None]},
            "texts": ["x", "y"],
            "pairs": {"k": 2},
            "bar": "a|b",
            "nothing": None,
        }
    ]
    assert call(data, monkeypatch, "query", "-f", str(file), "--format", "csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["nested"], row["pairs"]) == ('{"a": [1.25, null]}', '{"k": 2}')
    assert (row["texts"], row["span"], row["nothing"]) == ("x; y", "1 day 02:00:00", "")
    monkeypatch.setattr(sys, "stdin", io.StringIO(TYPES))
    assert call(data, monkeypatch, "query", "-", "--format", "vertical") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == ["row 1", "  price      1.50", "  huge       12345678901234567890123"]
    assert shown[-1] == "  nothing"
    assert call(data, monkeypatch, "query", "select 1 as n, 'a|b' as t", "--format=markdown") == 0
    assert capsys.readouterr().out == "| n | t |\n| ---: | --- |\n| 1 | a\\|b |\n"


@pytest.mark.parametrize("sql", ["", " ", ";", "-- a comment", "/* another */ ;"])
def test_a_query_without_a_statement_is_said_in_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    assert call(data, monkeypatch, "query", sql) == 1
    told = capsys.readouterr().err
    assert told == "roofhouse: no SQL statement: the text is empty, or a comment\n"


@pytest.mark.parametrize(
    "sql",
    [
        "copy fact_case to '{}/new.csv'",
        "attach '{}/new.duckdb'",
        "export database '{}/new'",
        "install httpfs",
        "from read_csv('{}/marts/manifest.json')",
        "from read_text('{}/marts/manifest.json')",
        "from '{}/marts/mart_estimate.parquet'",
        "from glob('{}/*')",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "from settings",
    ],
)
def test_sql_reaches_no_file_unless_it_may(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    before = sorted(data.iterdir())
    assert call(data, monkeypatch, "query", sql.format(data)) == 1
    told = capsys.readouterr().err
    assert told.startswith("roofhouse: ")
    assert "Traceback" not in told
    if "Permission" in told:
        assert told.endswith("; --allow-files permits files\n")
    assert sorted(data.iterdir()) == before


def test_sql_may_be_allowed_to_read_and_write_files(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = f"copy (select 7 as n) to '{tmp_path}/n.csv'"
    assert call(data, monkeypatch, "query", copy, "--allow-files") == 0
    sql = f"from read_csv('{tmp_path}/n.csv')"
    capsys.readouterr()
    assert call(data, monkeypatch, "query", sql, "--allow-files", "--format", "csv") == 0
    assert capsys.readouterr().out == "n\n7\n"


@pytest.mark.parametrize("arguments", [["build"], ["build", "--full"], ["fetch"], ["ui"]])
def test_a_data_folder_that_is_misspelled_is_not_created(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    (tmp_path / "bench").mkdir()
    assert call(tmp_path / "bnech", monkeypatch, *arguments) == 1
    assert capsys.readouterr().err == (
        f"roofhouse: {tmp_path}/bnech: no such data folder; did you mean {tmp_path}/bench?\n"
    )
    assert call(tmp_path / "new" / "data", monkeypatch, *arguments) == 1
    assert capsys.readouterr().err == (
        f"roofhouse: {tmp_path}/new/data: no such data folder; "
        "to start a new one, create it first\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["bench"]


def test_a_build_of_a_folder_without_raw_files_creates_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path, monkeypatch, "build") == 1
    assert capsys.readouterr().err == (
        f"roofhouse: {tmp_path}/raw: no such folder; put snapshots or sources there, or run "
        "`roofhouse fetch`\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [b"a\\b", b"what?", b"\xff"])
def test_a_path_that_duckdb_cannot_open_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: bytes
) -> None:
    assert call(tmp_path / os.fsdecode(name), monkeypatch, "status") == 1
    shown = name.decode(errors="backslashreplace")
    assert capsys.readouterr().err == (
        f"roofhouse: {tmp_path}/{shown}: DuckDB opens no database in a folder whose path has a "
        "backslash or a question mark, or is not UTF-8; rename it\n"
    )


def test_a_folder_with_the_characters_of_patterns_is_built_and_its_unused_files_are_told(
    tmp_path: Path,
) -> None:
    # As a pattern, its name would match the other folder.
    folder, matched = tmp_path / "lab [2026] {a,b}* it's #1", tmp_path / "lab 2 {a,b}x it's #1"
    for one in (folder, matched):
        feeds.write(one, feeds.feed(feeds.case()))
    (file,) = snapshot.find(matched / "raw")
    staging.stage(file, settings.load(matched))
    feeds.write(folder, feeds.feed(feeds.case()), "cases[1].JSON")
    shell = {name: value for name, value in environment(folder).items() if name != "HOME"}
    built = subprocess.run(
        [ROOFHOUSE, "build"], env=shell, capture_output=True, text=True, timeout=300
    )
    assert built.returncode == 0, built.stderr
    assert (
        f"not read   {folder}/raw/cases[1].JSON: has an ending in capitals; "
        "rename it to cases[1].json"
    ) in built.stderr.splitlines()
    told = roofhouse(folder, "query", "select count(*) from fact_case", "--format", "csv")
    assert told.stdout.splitlines()[-1] == "1"
    assert roofhouse(folder, "verify").returncode == 0


def test_a_lock_that_is_deleted_under_a_build_lets_no_second_one_in(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    feeds.write(folder, feeds.feed(feeds.case()))
    with building(settings.load(folder)):
        (folder / "build" / "lock").unlink()
        told = roofhouse(folder, "build", "--quiet")
    assert told.returncode == 1
    (line,) = told.stderr.strip().splitlines()
    assert line.startswith(f"roofhouse: {folder}/build/warehouse.duckdb: cannot be opened: ")
    assert f"PID {os.getpid()}" in line
    assert roofhouse(folder, "build", "--quiet").returncode == 0


@pytest.mark.parametrize("command", ["build", "ui"])
def test_a_dagster_home_that_does_not_exist_is_one_line(tmp_path: Path, command: str) -> None:
    feeds.write(tmp_path / "data", feeds.feed(feeds.case()))
    told = subprocess.run(
        [ROOFHOUSE, command],
        env={**environment(tmp_path / "data"), "DAGSTER_HOME": "/no/such"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 1
    assert told.stderr.strip().splitlines()[-1] == (
        "roofhouse: DAGSTER_HOME: /no/such: expected the absolute path of a folder"
    )


def test_python_without_docstrings_is_refused_in_one_line(data: Path) -> None:
    for level, code in (("1", 0), ("2", 1)):
        told = subprocess.run(
            [ROOFHOUSE, "status"],
            env={**environment(data), "PYTHONOPTIMIZE": level},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert told.returncode == code
    assert told.stderr == (
        "roofhouse: Python was told to drop docstrings (-OO, PYTHONOPTIMIZE=2), which describe "
        "the tables; run it without\n"
    )


MANIFESTS = [
    "[]",
    "[" * 100_000,
    '{"build_id": "x"}',
    '{"build_id": 1, "files": [], "snapshots": [], "sources": [], "counts": {}}',
    '{"build_id": "x", "files": [1], "snapshots": [], "sources": [], '
    '"counts": {"cases": 1, "rejects": 0, "findings": {}}}',
    '{"build_id": "x", "files": [], "snapshots": [{}], "sources": [], '
    '"counts": {"cases": 1, "rejects": 0, "findings": {}}}',
    '{"build_id": "x", "files": [], "snapshots": [], "sources": [{"id": "a"}], '
    '"counts": {"cases": 1, "rejects": 0, "findings": {}}}',
]


@pytest.mark.parametrize("command", ["status", "verify"])
@pytest.mark.parametrize("content", MANIFESTS)
def test_a_manifest_of_another_shape_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
    command: str,
) -> None:
    path = tmp_path / "marts" / "manifest.json"
    path.parent.mkdir()
    path.write_text(content)
    assert call(tmp_path, monkeypatch, command) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"roofhouse: {path}: cannot be read (")
    assert told.endswith("); run `roofhouse build`\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["query"],
        ["query", "select 1", "--file", "x.sql"],
        ["query", "select 1", "--formt", "csv"],
        ["query", "select 1", "--format", "xml"],
        ["no-such-command"],
        ["ui", "--port", "0"],
    ],
)
def test_wrong_usage_exits_with_two(
    data: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert call(data, monkeypatch, *arguments) == 2


def test_the_version_is_that_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert call(tmp_path, monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"roofhouse {project['version']}\n"


def test_help_loads_nothing_that_a_command_needs_and_names_all_of_them() -> None:
    code = "import sys; from pipelines.cli import main\n"
    code += "try: main()\n"
    code += "except SystemExit: print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    *_, loaded = shown.splitlines()
    assert not {"pydantic", "yaml", "duckdb", "polars", "dagster", "httpx"} & set(loaded.split())
    commands = re.findall(r"^│ ([a-z]+) ", shown, flags=re.M)
    assert commands == [
        "build",
        "fetch",
        "ui",
        "status",
        "verify",
        "alert",
        "query",
        "tables",
        "open",
        "export",
        "check",
        "sidecar",
        "mcp",
        "catalog",
    ]


def test_where_ray_is_missing_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    found = settings.load(tmp_path, ray="127.0.0.1:6379")
    with (
        pytest.raises(RoofhouseError, match="needs Ray") as caught,
        ray_cluster.connected(found),
    ):
        pass
    (command,) = re.findall("`(.+)`", str(caught.value))
    python, *rest = shlex.split(command)
    assert rest == ["-m", "pip", "install", "ray"]
    subprocess.run([python, "-m", "pip", "--version"], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("arguments", [["status"], ["query", "select 1"]])
def test_nothing_published_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    assert call(tmp_path / "data", monkeypatch, *arguments) == 1
    told = capsys.readouterr().err
    assert "nothing is published yet; run `roofhouse build`" in told
    assert len(told.strip().splitlines()) == 1


def test_a_file_that_is_no_feed_stops_the_build_and_leaves_what_is_published(data: Path) -> None:
    before = (data / "marts" / "manifest.json").read_bytes()
    bad = data / "raw" / "cases-2026-05-01T000000Z.json"
    bad.write_text(feeds.SHIPPED.read_text()[:1000])
    size = bad.stat().st_size
    try:
        built = roofhouse(data, "build")
        told = roofhouse(data, "status")
    finally:
        bad.unlink()
    assert built.returncode == 1
    last = built.stderr.strip().splitlines()[-1]
    assert last == (
        f"roofhouse: {bad}: byte {size}: the file ends in the middle of the JSON; fetch it again. "
        "Nothing was published."
    )
    assert "Traceback" not in built.stderr
    assert (data / "marts" / "manifest.json").read_bytes() == before
    assert told.returncode == 1
    assert f"): {bad}: byte {size}: the file ends in the middle of the JSON" in told.stdout
    assert f"not built  raw/{bad.name}: added or changed since the build\n" in told.stdout
    assert told.stderr == (
        "roofhouse: the last run failed; fix what it names, then `roofhouse build`; "
        "not built from what is in data/raw; run `roofhouse build`\n"
    )
    assert "last run   failed " in roofhouse(data, "status").stdout
    assert roofhouse(data, "build").returncode == 0
    assert roofhouse(data, "status").returncode == 0


def test_status_asks_for_no_dagster_and_answers_at_once(data: Path) -> None:
    code = "import sys; from pipelines.cli import main\n"
    code += "try: main()\n"
    code += "finally: print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code, "status", "--data", str(data)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not {"dagster", "altair"} & set(shown.splitlines()[-1].split())


def test_a_run_that_was_killed_is_said_until_another_ends(data: Path) -> None:
    with subprocess.Popen(
        [ROOFHOUSE, "build", "--full"],
        env=environment(data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("staged_snapshots"))
        assert "and is running\n" in roofhouse(data, "status").stdout
        process.kill()
    told = roofhouse(data, "status")
    assert told.returncode == 1
    assert "and died\n" in told.stdout
    assert roofhouse(data, "build").returncode == 0
    assert roofhouse(data, "status").returncode == 0


def test_a_build_that_changes_nothing_says_so_quietly_or_as_json(data: Path) -> None:
    told = roofhouse(data, "build", "--quiet")
    assert (told.returncode, told.stdout) == (0, "")
    assert {line.split()[0] for line in told.stderr.splitlines()} == {"warning"}
    answer = json.loads(roofhouse(data, "build", "--format", "json").stdout)
    assert (answer["changes"], answer["held"], answer["left_out"]) == ([], [], [])
    assert answer["exit_code"] == 0
    failing = {one["check"] for one in answer["checks"] if one["severity"] != "info"}
    assert failing == {line.split(":")[0].split(".")[1] for line in told.stderr.splitlines()}
    status = json.loads(roofhouse(data, "status", "--format", "json").stdout)
    assert status["checks"] == answer["checks"]
    assert status["published_at"] == answer["published_at"]
    assert status["needs"] == []


def test_definitions_load_without_a_deprecation_warning() -> None:
    checked = subprocess.run(
        [DG, "check", "defs"],
        env={**os.environ, "PYTHONWARNINGS": "default", "DAGSTER_DISABLE_TELEMETRY": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    output = checked.stdout + checked.stderr
    assert checked.returncode == 0, output
    assert "All definitions loaded successfully" in output
    libraries = ("site-packages/typer", "site-packages/click")
    warned = [
        line
        for line in output.splitlines()
        if "Warning: " in line and not any(name in line for name in libraries)
    ]
    assert warned == []
