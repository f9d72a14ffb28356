"""Snapshots over time: versions, revisions, retired cases; the order of arrival is nothing."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from pipelines.contracts import contracts, table_of
from pipelines.contracts.render import full_name
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build, warehouse_of

A100 = "case-llama33-a100x8-vllm-001"
L40S = "case-qwencoder-l40sx4-vllm-001"
TIMES = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")


def series() -> list[feeds.Feed]:
    """A case whose hardware gets another TDP and then the old one again; another that leaves."""
    first = feeds.feed(feeds.case(A100), feeds.case(L40S), generated=TIMES[0])
    corrected = feeds.put(feeds.case(A100), "resolved.hardware.power.tdp_w.value", 500)
    second = feeds.feed(corrected, feeds.case(L40S), generated=TIMES[1])
    third = feeds.feed(feeds.case(A100), generated=TIMES[2])
    return [first, second, third]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with warehouse_of(tmp_path_factory.mktemp("series"), *series()) as opened:
        yield opened


def test_a_content_that_comes_back_is_a_version_of_its_own(db: Warehouse) -> None:
    rows = db.rows(
        "select tdp_w, strftime(valid_from, '%m'), strftime(valid_to, '%m'), is_current "
        "from dim_hardware where hardware_id = 'a100-sxm4' order by valid_from"
    )
    assert rows == [
        (400.0, "04", "05", False),
        (500.0, "05", "06", False),
        (400.0, "06", None, True),
    ]
    keys = db.rows("select count(distinct hardware_key) from dim_hardware")
    assert keys == [(4,)]


def test_a_corrected_spec_is_a_new_revision_of_its_cases(db: Warehouse) -> None:
    rows = db.rows(
        "select h.revision, d.tdp_w, h.is_current from fact_case_history as h "
        f"join dim_hardware as d using (hardware_key) where case_id = '{A100}' order by 1"
    )
    assert rows == [(1, 400.0, False), (2, 500.0, False), (3, 400.0, True)]


def test_a_case_that_leaves_the_feed_is_retired_and_leaves_the_marts(db: Warehouse) -> None:
    rows = db.rows("select case_id, is_retired, strftime(last_seen_at, '%m') from fact_case")
    assert sorted(rows) == [(A100, False, "06"), (L40S, True, "05")]
    assert db.rows("select case_id from marts.mart_case_metrics") == [(A100,)]
    assert db.rows("select distinct case_id from quality.finding") == [(A100,)]


def test_a_case_that_had_to_be_rejected_is_not_retired(build: Build) -> None:
    bad = feeds.put(feeds.case(L40S), "scenario.batch_size", "eight")
    with build(
        feeds.feed(feeds.case(A100), feeds.case(L40S), generated=TIMES[0]),
        feeds.feed(feeds.case(A100), bad, generated=TIMES[1]),
    ) as db:
        rows = db.rows("select case_id, is_retired from fact_case order by 1")
    assert rows == [(A100, False), (L40S, False)]


def test_the_order_of_arrival_and_the_file_names_change_nothing(
    db: Warehouse, tmp_path: Path
) -> None:
    with warehouse_of(tmp_path, *series()[::-1]) as other:
        for name, contract in contracts().items():
            if name != "snapshot" and not table_of(contract).at_publication:
                rows = f"from {full_name(contract)} order by all"
                assert other.rows(rows) == db.rows(rows), name


def test_removing_the_cache_and_adding_a_file_twice_change_nothing(tmp_path: Path) -> None:
    content = feeds.feed(feeds.case(A100), generated=TIMES[0])
    built = [full_name(one) for one in contracts().values() if not table_of(one).at_publication]
    with warehouse_of(tmp_path, content) as db:
        before = {name: db.rows(f"from {name} order by all") for name in built}
    shutil.rmtree(tmp_path / "build" / "staging")
    with warehouse_of(tmp_path, content, content) as db:
        for name, rows in before.items():
            assert db.rows(f"from {name} order by all") == rows, name


NOTHING = {
    "null": None,
    "zeros": {
        "throughput_tokens_per_sec": {"decode": 0, "prefill": 0},
        "latency_ms": {"ttft_p50": 0, "tbt_p50": 0},
        "power_per_card_w": 100,
    },
}


@pytest.mark.parametrize("form", NOTHING)
def test_a_repeat_without_a_result_does_not_replace_the_run_before(
    tmp_path: Path, form: str
) -> None:
    """It is in quality.reject; a later repeat with a result counts again."""

    def of(results: object, time: str) -> feeds.Feed:
        return feeds.feed({**feeds.case(A100), "results": results}, generated=time)

    good = feeds.case(A100)["results"]
    failed = of(NOTHING[form], TIMES[1])
    with warehouse_of(tmp_path / "two", of(good, TIMES[0]), failed) as opened:
        assert opened.rows(
            "select revision, decode_tok_s, is_retired, strftime(last_seen_at, '%m') from fact_case"
        ) == [(1, 1480.0, False, "05")]
        assert opened.rows("select decode_tok_s from marts.mart_case_metrics") == [(1480.0,)]
        assert opened.rows("select status, case_id, path, reason from quality.reject") == [
            (
                "failed_repeat",
                A100,
                "results",
                "the item has no result; revision 1 of the case has one, and stays",
            )
        ]
    better = feeds.put(feeds.case(A100), "results.throughput_tokens_per_sec.decode", 1500)
    third = of(better["results"], TIMES[2])
    with warehouse_of(tmp_path / "three", of(good, TIMES[0]), failed, third) as opened:
        assert opened.rows("select revision, decode_tok_s from fact_case_history order by 1") == [
            (1, 1480.0),
            (2, 1500.0),
        ]
    with warehouse_of(tmp_path / "first", of(NOTHING[form], TIMES[0])) as opened:
        assert opened.rows("select revision from fact_case") == [(1,)]
        assert opened.rows("from quality.reject") == []


def test_both_unicode_forms_of_a_text_are_one_revision(tmp_path: Path) -> None:
    forms: list[Literal["NFC", "NFD"]] = ["NFC", "NFD"]
    both = [
        feeds.feed(
            feeds.put(
                {**feeds.case(A100), "title": unicodedata.normalize(form, "Café 8×")},
                "resolved.hardware.name",
                unicodedata.normalize(form, "Łódź Å"),
            ),
            generated=time,
        )
        for form, time in zip(forms, TIMES, strict=False)
    ]
    with warehouse_of(tmp_path, *both) as opened:
        assert opened.rows("select revision, title from fact_case_history") == [(1, "Café 8×")]
        assert opened.rows("select count(*) from dim_hardware") == [(1,)]
