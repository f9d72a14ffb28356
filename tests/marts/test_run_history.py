"""Runs of one configuration over time: which is compared with which, and what is a regression."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import columns, contracts
from pipelines.publish import publish
from pipelines.settings import load
from pipelines.warehouse import Warehouse
from tests.conftest import warehouse_of
from tests.folders import RUN, SIDECAR
from tests.marts.rows import Row, empty, mart_of

SHARE = 0.05
CHANGES = ("decode_tok_s_change", "ttft_change", "tbt_change")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    with empty() as db:
        schema = {one.name: one.dtype for one in columns(contracts()["dim_source"])}
        sources = [
            {"source_id": "lab", "mode": "append"},
            {"source_id": "feed", "mode": "snapshot"},
        ]
        db.replace_frame("main.dim_source", pl.DataFrame(sources, schema=schema))
        db.execute(
            f"insert into main.assumption (name, value) values ('run_regression_share', {SHARE})"
        )
        yield db


def run(case_id: str, day: int | None = None, **values: Any) -> Row:
    """A run of one configuration, on a day of October."""
    return {
        "case_id": case_id,
        "source_id": "lab",
        "configuration_key": "c",
        "run_at": None if day is None else f"2026-10-{day:02}T12:00:00",
        "decode_tok_s": 1000.0,
        "ttft_p50_ms": 100.0,
        "tbt_p50_ms": 20.0,
        **values,
    }


def history(db: Warehouse, *runs: Row) -> dict[str, Row]:
    """The rows of the mart by the id of their case, in its order."""
    return {row["case_id"]: row for row in mart_of(db, "mart_run_history", runs)}


def before(db: Warehouse, *runs: Row) -> dict[str, str | None]:
    """The run that each is compared with."""
    return {case: row["previous_case_id"] for case, row in history(db, *runs).items()}


def test_the_first_run_has_nothing_to_be_compared_with(sandbox: Warehouse) -> None:
    row = history(sandbox, run("a", 1))["a"]
    unknown = (
        "previous_case_id",
        *CHANGES,
        "is_engine_version_changed",
        "is_tool_version_changed",
        "is_regression",
    )
    assert row["run_number"] == 1
    assert {row[name] for name in unknown} == {None}


def test_runs_are_numbered_in_the_order_of_their_times(sandbox: Warehouse) -> None:
    rows = history(sandbox, run("b", None), run("a", 3), run("c", 1), run("d", 2))
    assert [(case, row["run_number"]) for case, row in rows.items()] == [
        ("c", 1),
        ("d", 2),
        ("a", 3),
        ("b", 4),
    ]
    assert [row["previous_case_id"] for row in rows.values()] == [None, "c", "d", None]


@pytest.mark.parametrize(
    ("now", "changes", "is_regression"),
    [
        ({}, (0, 0, 0), False),
        ({"decode_tok_s": 951.0}, (-0.049, 0, 0), False),
        ({"decode_tok_s": 949.0}, (-0.051, 0, 0), True),
        ({"decode_tok_s": 2000.0}, (1, 0, 0), False),
        ({"decode_tok_s": 0.0}, (-1, 0, 0), True),
        ({"decode_tok_s": None}, (None, 0, 0), False),
        ({"ttft_p50_ms": 104.0}, (0, 0.04, 0), False),
        ({"ttft_p50_ms": 106.0}, (0, 0.06, 0), True),
        ({"tbt_p50_ms": 22.0}, (0, 0, 0.1), True),
        ({"tbt_p50_ms": 10.0}, (0, 0, -0.5), False),
        ({"tbt_p50_ms": 0.0}, (0, 0, None), False),
        ({"decode_tok_s": None, "ttft_p50_ms": None}, (None, None, 0), False),
        (dict.fromkeys(("decode_tok_s", "ttft_p50_ms", "tbt_p50_ms")), (None,) * 3, None),
    ],
)
def test_a_regression_is_lower_throughput_or_higher_latency(
    sandbox: Warehouse,
    now: dict[str, Any],
    changes: tuple[float | None, ...],
    is_regression: bool | None,
) -> None:
    row = history(sandbox, run("a", 1), run("b", 2, **now))["b"]
    assert row["previous_case_id"] == "a"
    for name, change in zip(CHANGES, changes, strict=True):
        assert row[name] == (None if change is None else pytest.approx(change, abs=1e-12)), name
    assert row["is_regression"] is is_regression


@pytest.mark.parametrize("name", ["ttft", "tbt"])
def test_latencies_are_compared_by_medians_and_else_by_means(sandbox: Warehouse, name: str) -> None:
    p50, mean, change = f"{name}_p50_ms", f"{name}_mean_ms", f"{name}_change"
    both: list[tuple[dict[str, Any], dict[str, Any], float | None]] = [
        ({p50: 10.0, mean: 10.0}, {p50: 11.0, mean: 20.0}, 0.1),
        ({p50: None, mean: 10.0}, {p50: 11.0, mean: 20.0}, 1.0),
        ({p50: 10.0, mean: None}, {p50: None, mean: 20.0}, None),
    ]
    for past, now, expected in both:
        row = history(sandbox, run("a", 1, **past), run("b", 2, **now))["b"]
        assert row[change] == (None if expected is None else pytest.approx(expected))


def test_times_between_tokens_of_two_definitions_are_not_compared(sandbox: Warehouse) -> None:
    derived = {"tbt_definition": "derived from medians"}
    rows = history(sandbox, run("a", 1, **derived), run("b", 2), run("c", 3))
    assert (rows["b"]["tbt_change"], rows["c"]["tbt_change"]) == (None, 0)
    assert rows["b"]["ttft_change"] == 0


@pytest.mark.parametrize("plausibility", ["implausible", "impossible", "not_judged"])
def test_a_run_that_is_not_plausible_is_compared_but_nothing_with_it(
    sandbox: Warehouse, plausibility: str
) -> None:
    odd = run("b", 2, plausibility=plausibility, decode_tok_s=5000.0)
    rows = history(sandbox, run("a", 1), odd, run("c", 3))
    assert [row["previous_case_id"] for row in rows.values()] == [None, "a", "a"]
    assert rows["b"]["plausibility"] == plausibility
    assert rows["b"]["decode_tok_s_change"] == 4
    assert rows["c"]["decode_tok_s_change"] == 0


@pytest.mark.parametrize(
    ("other", "is_compared"),
    [
        ({}, True),
        ({"source_id": "feed"}, False),
        ({"configuration_key": "d"}, False),
        ({"throughput_scope": "wall"}, False),
        ({"division": "closed"}, False),
        ({"submitter_affiliation": "a colleague"}, True),
        ({"engine_version": "0.11"}, True),
    ],
)
def test_only_runs_of_one_configuration_scope_and_division_are_compared(
    sandbox: Warehouse, other: dict[str, Any], is_compared: bool
) -> None:
    found = before(sandbox, run("a", 1), run("b", 2, **other))
    assert found["b"] == ("a" if is_compared else None)


def test_submissions_to_mlperf_are_compared_with_the_submitters_own(sandbox: Warehouse) -> None:
    def submission(case_id: str, day: int, who: str, division: str) -> Row:
        return run(case_id, day, submitter_affiliation=who, division=division)

    found = before(
        sandbox,
        submission("a", 1, "Dell", "closed"),
        submission("b", 1, "Cisco", "Closed"),
        submission("c", 2, "Dell", "Closed"),
        submission("d", 2, "Dell", "open"),
        submission("e", 3, "Cisco", "closed"),
    )
    assert found == {"a": None, "b": None, "c": "a", "d": None, "e": "b"}


def test_of_two_runs_at_one_time_neither_is_before_the_other(sandbox: Warehouse) -> None:
    runs = [run(name, 1, source_file="f", record_index=9 - n) for n, name in enumerate("ab")]
    rows = history(sandbox, *runs, run("c", 2))
    assert list(rows) == ["b", "a", "c"]
    assert [row["previous_case_id"] for row in rows.values()] == [None, None, "a"]


def test_a_run_without_a_time_has_that_of_its_file_where_the_source_appends(
    sandbox: Warehouse,
) -> None:
    def undated(case_id: str, day: int, source: str) -> Row:
        seen = datetime(2026, 10, day)
        return run(f"{source}-{case_id}", source_id=source, first_seen_at=seen)

    found = before(
        sandbox,
        run("lab-a", 1),
        undated("b", 2, "lab"),
        undated("c", 3, "lab"),
        run("feed-a", 1, source_id="feed"),
        undated("b", 2, "feed"),
    )
    assert found["lab-b"] == "lab-a"
    assert found["lab-c"] == "lab-b"
    assert found["feed-b"] is None


@pytest.mark.parametrize("name", ["engine_version", "tool_version"])
def test_a_change_of_version_is_told_where_both_are_stated(sandbox: Warehouse, name: str) -> None:
    versions = ("1", "1", "2", None, "2")
    runs = [run(f"r{day}", day, **{name: version}) for day, version in enumerate(versions, 1)]
    rows = history(sandbox, *runs)
    found = [row[f"is_{name}_changed"] for row in rows.values()]
    assert found == [None, False, True, None, None]


def test_a_case_without_a_configuration_has_no_row(sandbox: Warehouse) -> None:
    assert history(sandbox, run("a", 1, configuration_key=None)) == {}


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "source_id": st.sampled_from(["lab", "feed"]),
            "configuration_key": st.sampled_from(["c", "d", None]),
            "run_at": st.sampled_from([None, "2026-10-01T00:00:00", "2026-10-02T00:00:00"]),
            "throughput_scope": st.sampled_from(["phase", "wall"]),
            "plausibility": st.sampled_from(["plausible", "plausible", "impossible"]),
            "decode_tok_s": st.sampled_from([None, 0.0, 90.0, 100.0]),
            "ttft_p50_ms": st.sampled_from([None, 10.0, 11.0]),
        }
    ),
    max_size=8,
).map(lambda rows: [{"case_id": f"case-{place}", **row} for place, row in enumerate(rows)])


@settings(max_examples=50, deadline=None)
@given(runs=RUNS, order=st.randoms())
def test_each_run_has_a_row_and_the_run_before_is_the_newest_of_those_it_may_be(
    sandbox: Warehouse, runs: list[Row], order: Any
) -> None:
    rows = history(sandbox, *runs)
    assert set(rows) == {one["case_id"] for one in runs if one["configuration_key"]}
    for one in runs:
        if not one["configuration_key"]:
            continue
        earlier = [
            other["run_at"]
            for other in runs
            if other["plausibility"] == "plausible"
            and one["run_at"]
            and (other["run_at"] or "9") < one["run_at"]
            and all(
                other[name] == one[name]
                for name in ("source_id", "configuration_key", "throughput_scope")
            )
        ]
        found = rows[one["case_id"]]["previous_case_id"]
        assert (rows[found]["run_at"] if found else None) == max(earlier, default=None)
    shuffled = list(runs)
    order.shuffle(shuffled)
    assert history(sandbox, *shuffled) == rows


NIGHTS = (("20261001-020000", "0.10.0", 1.0), ("20261002-020000", "0.11.0", 0.8))


def test_a_nightly_run_that_got_slower_is_a_published_row(tmp_path: Path) -> None:
    lab = tmp_path / "raw" / "lab"
    lab.mkdir(parents=True)
    (lab / "SOURCE.yml").write_text("mode: append\nlicense: CC0-1.0\n")
    for date, version, factor in NIGHTS:
        record = {**RUN, "date": date, "output_throughput": 1280.0 * factor}
        (lab / f"{date}.json").write_text(json.dumps(record))
        said = SIDECAR.replace("0.11.0", version)
        (lab / f"{date}.sidecar.yml").write_text(said)
    with warehouse_of(tmp_path) as db:
        publish.publish(db, load(tmp_path))
    path = tmp_path / "marts" / "mart_run_history.parquet"
    first, second = pl.read_parquet(path, glob=False).to_dicts()
    assert first["configuration_key"] == second["configuration_key"]
    assert (first["engine_version"], second["engine_version"]) == ("0.10.0", "0.11.0")
    assert (first["run_number"], first["is_regression"]) == (1, None)
    assert second["previous_case_id"] == first["case_id"]
    assert second["decode_tok_s_change"] == pytest.approx(-0.2)
    assert second["ttft_change"] == 0
    assert second["is_engine_version_changed"] is True
    assert second["is_regression"] is True
