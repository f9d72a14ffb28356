"""The benchmarks measure what they say. No test here looks at a clock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchmarks import generate, layout, loading, measure, overhead, queries, run, stages
from pipelines.contracts import contracts
from pipelines.contracts.render import full_name
from pipelines.definitions import defs
from pipelines.transform import registry
from pipelines.warehouse import Warehouse
from tests.conftest import warehouse_of

COUNT = 200
#: What a snapshot is called, and what follows from that, is not the same in both forms.
OF_THE_FILE = {
    "snapshot_id",
    "file_name",
    "file_sha256",
    "content_sha256",
    "declared_count",
    "license",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Warehouse]]:
    """The warehouses of the same cases as lines and as one object."""
    found = []
    for suffix in ("ndjson", "json"):
        data = tmp_path_factory.mktemp(suffix)
        (data / "raw").mkdir()
        generate.write(COUNT, data / "raw" / f"cases-2026-05-01T000000Z.{suffix}")
        found.append(data)
    with warehouse_of(found[0]) as lines, warehouse_of(found[1]) as whole:
        yield lines, whole


@pytest.mark.parametrize("suffix", ["ndjson", "json"])
def test_the_same_call_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "other")]
    for path in paths:
        generate.write(COUNT, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_every_case_has_an_id_of_its_own() -> None:
    ids = {msgspec.json.decode(case)["id"] for case in generate.cases(COUNT)}
    assert len(ids) == COUNT


def test_no_generated_case_is_rejected(both: tuple[Warehouse, Warehouse]) -> None:
    for db in both:
        assert db.rows("select * from quality.reject") == []
        assert db.rows("select * from quality.drift") == []
        assert db.rows("select count(*) from main.fact_case") == [(COUNT,)]


def test_both_forms_give_the_same_tables(both: tuple[Warehouse, Warehouse]) -> None:
    for name in registry.tables():
        lines, whole = (_rows(db, full_name(contracts()[name])) for db in both)
        assert lines == whole, name


def _rows(db: Warehouse, table: str) -> list[tuple[object, ...]]:
    columns = db.frame(f"from {table} limit 0").columns
    kept = ", ".join(f'"{column}"' for column in columns if column not in OF_THE_FILE)
    return db.rows(f"select {kept} from {table} order by all")


def test_memory_is_that_of_all_processes() -> None:
    held = "import time; held = b'x' * 150_000_000; time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {held!r}])"
    found = measure.run([sys.executable, "-c", parent])
    assert 150 <= found.peak_mb < 300


def test_a_failing_command_ends_the_run_with_its_words() -> None:
    with pytest.raises(SystemExit, match="no such luck"):
        measure.run([sys.executable, "-c", "raise SystemExit('no such luck')"])


def test_what_is_written_by_hand_stays(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("by hand\n<!-- measured: load -->\nold\n<!-- end: load -->\nby hand too\n")
    for text in ("first", "second"):
        measure.put(path, "load", text)
    written = path.read_text()
    assert "second" in written
    assert "first" not in written
    assert "old" not in written
    assert written.startswith("by hand\n")
    assert written.endswith("by hand too\n")


def test_the_results_have_a_place_for_every_part() -> None:
    text = measure.RESULTS.read_text()
    for part in run.PARTS:
        assert text.count(f"<!-- measured: {part} -->") == 1
        assert text.count(f"<!-- end: {part} -->") == 1


@pytest.mark.parametrize(
    ("found", "says"), [(0.9, "**FAIL**"), (1.0, "**pass**"), (2.1, "**FAIL**"), (None, "not")]
)
def test_a_target_is_held_against_what_was_found(found: float | None, says: str) -> None:
    assert measure.verdict("it", found, 1, 2).startswith(f"- {says}")


def test_the_empty_job_has_the_steps_of_the_build() -> None:
    shape = overhead.shape()
    job = defs.resolve_job_def("build_warehouse")
    assert len(shape["assets"]) + len(shape["checks"]) == len(job.nodes)
    assert sum(map(len, shape["checks"])) == len(job.asset_layer.asset_graph.asset_check_keys)


def test_the_readme_has_queries_for_the_marts() -> None:
    assert sum(queries.has_mart(query) for _, query in queries.readme()) >= 4


def test_a_slope_is_of_what_grows() -> None:
    grows = {1_000: 10.1, 10_000: 11.0, 100_000: 20.0, 1_000_000: 110.0}
    assert loading._slope({size: took - 10 for size, took in grows.items()}) == pytest.approx(1)
    assert loading._slope({10_000: 1.0}) is None


def test_every_layout_is_laid_out_and_measured(shipped_published: Path) -> None:
    # Twice the same: the second is measured anew, against the first.
    text = layout.section(shipped_published, (*layout.LAYOUTS, layout.LAYOUTS[0]))
    for one in layout.LAYOUTS:
        assert f"| {one.label} |" in text
    last = [float(cell) for cell in text.splitlines()[-1].split("|")[3:-1]]
    assert len(last) == 3
    assert all(0 < ratio < 50 for ratio in last)


@pytest.mark.parametrize("is_parquet", [False, True])
def test_a_layout_keeps_its_order(
    is_parquet: bool, shipped_published: Path, tmp_path: Path
) -> None:
    with layout.opened(shipped_published) as source:
        one = layout.Layout("", is_parquet, layout.BY_VERDICT)
        with layout.laid(source, one, tmp_path / "laid") as con:
            counts = con.sql("select error_count from marts.mart_case_metrics").fetchall()
    assert counts == sorted(counts)
    assert len(set(counts)) > 1


def test_every_second_of_a_build_is_accounted_for() -> None:
    split = stages.split({"list": 1, "stage": 4, "stage/read": 3, "job": 7}, total=9)
    assert split["Dagster: definitions, steps, events"] == 2
    assert split["start: Python and imports"] == 2
