"""The state of a data folder as a reader sees it, and data folders to test with."""

from __future__ import annotations

import contextlib
import copy
import io
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import cli, settings
from pipelines.publish import manifest, publish
from tests import feeds, result_sources
from tests.conftest import warehouse_of

_STREAMS = threading.Lock()


def later(hour: int = 12) -> feeds.Feed:
    """A snapshot after the shipped one, in which a case is gone."""
    content = copy.deepcopy(feeds.shipped())
    content["generated"] = f"2026-05-01T{hour:02}:00:00.000Z"
    content["items"] = content["items"][1:]
    content["count"] = len(content["items"])
    return content


def write_feed(data: Path, second: bool) -> None:
    """Input A: the shipped snapshot. Input B: another one after it."""
    feeds.write(data, feeds.shipped(), "cases-0.json")
    other = data / "raw" / "cases-1.json"
    if second:
        feeds.write(data, later(), other.name)
    else:
        other.unlink(missing_ok=True)


def write_sources(data: Path, second: bool) -> None:
    """Input A: two sources more, one of snapshots, one that appends. Input B: a file more each."""
    lab = result_sources.lab(data)
    result_sources.write(lab / "run-1.json", result_sources.vllm_run(1))
    result_sources.export(data, "2026-04-01T000000Z", 16, 32)
    if second:
        result_sources.write(lab / "run-2.json", result_sources.vllm_run(2))
        result_sources.export(data, "2026-05-01T000000Z", 16)


def prepare(
    data: Path, unbuilt: Path | None = None, *, has_sources: bool = False
) -> tuple[str, str]:
    """Publish A, and build B without publishing it; returns both build ids.

    `unbuilt` becomes a copy in which B lies in data/raw only. `has_sources`: not the feed alone.
    """
    from pipelines.transform import fingerprint

    write_feed(data, second=False)
    if has_sources:
        write_sources(data, second=False)
    found = settings.load(data)
    with warehouse_of(data) as db:
        old = publish.publish(db, found)["build_id"]
    write_feed(data, second=True)
    if has_sources:
        write_sources(data, second=True)
    if unbuilt is not None:
        copy_of(data, unbuilt)
    with warehouse_of(data) as db:
        new = fingerprint.build_id(db, found)
    return old, new


def copy_of(data: Path, to: Path) -> Path:
    """A data folder like another one, also where the other one was before."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)
    return to


def in_database(data: Path) -> str:
    """The build that a reader of the database sees; every table of it can be read."""
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        tables = con.sql("select schema_name, table_name from duckdb_tables()").fetchall()
        assert len(tables) > 30
        for schema, table in tables:
            con.sql(f"select count(*) from (select * from {schema}.{table})").fetchall()
        ((build_id,),) = con.sql("select build_id from quality.build").fetchall()
    return str(build_id)


def in_marts(data: Path) -> set[str]:
    """The builds that a reader of the Parquet files sees; every file can be read."""
    files = sorted((data / "marts").glob("*.parquet"))
    assert len(files) >= 11
    for file in files:
        pl.read_parquet(file)
    with duckdb.connect() as con:
        rows = con.sql(
            f"select decode(value) from parquet_kv_metadata('{data}/marts/*.parquet') "
            "where decode(key) = 'build_id'"
        ).fetchall()
    assert len(rows) == len(files)
    return {row[0] for row in rows}


def status(data: Path) -> tuple[int, str, str]:
    """The answer of `roofhouse status`: exit code, its one line of error, the build."""
    out, err = io.StringIO(), io.StringIO()
    with (
        _STREAMS,
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["roofhouse", "status", "--data", str(data)])
        code = 0
        try:
            cli.main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return code, err.getvalue(), out.getvalue().split("\n")[0].split()[-1]


def check_readers(data: Path, old: str, new: str, seen: Counter[str]) -> None:
    """Each reader sees the old set or the new one, and `roofhouse status` says which."""
    database, marts = in_database(data), in_marts(data)
    assert database in (old, new)
    assert marts in ({old}, {new})
    code, error, told = status(data)
    assert marts == {told}
    assert manifest.read(settings.load(data))["build_id"] == told
    if "interrupted" not in error:
        check_is_whole(code, error)
        assert database == told
        seen["old" if told == old else "new"] += 1
    else:
        assert "publication of build " + new in error
        assert "was interrupted" in error
        assert len(error.splitlines()) == 1
        seen["pending, database new, marts " + ("old" if told == old else "new")] += int(
            database == new
        )
        seen["pending, all old"] += int(database == old)


def check_is_whole(code: int, error: str) -> None:
    """The set is whole. That a run died, or that there are newer raw files, is said as well."""
    assert (code == 0) == (error == "")
    needs = error.removeprefix("roofhouse: ").strip().split("; ")
    said = ("the last run failed", "fix what it names", "not built from", "run `roofhouse build`")
    assert all(one.startswith(said) for one in needs if one), error


def check_whole(data: Path, build_id: str) -> None:
    """The one build is published, all of it."""
    code, error, told = status(data)
    check_is_whole(code, error)
    assert told == build_id
    assert in_database(data) == build_id
    assert in_marts(data) == {build_id}
    left = {path.name for path in (data / "build").iterdir()}
    assert not left & {"publish", "publish.tmp"}
    assert (data / "marts" / "README.txt").read_text() == "of the owner"


@contextmanager
def mounted(folder: Path, kilobytes: int) -> Iterator[None]:
    """A small disk of its own at `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"these tests need Linux, and root, to mount: {done.stderr}"
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=False)
        subprocess.run(["umount", "-l", str(folder)], check=True)
