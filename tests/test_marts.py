"""The marts: their contracts, and the laws that their columns obey."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipelines.contracts import contracts
from pipelines.transform import registry
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build

A100 = "case-llama33-a100x8-vllm-001"


@pytest.mark.parametrize("name", list(registry.tables()))
def test_every_table_keeps_its_contract(shipped_db: Warehouse, name: str) -> None:
    assert violations(shipped_db, contracts()[name]) == []


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two(
    shipped_db: Warehouse,
) -> None:
    rows = shipped_db.rows(
        "select median_of_sorted([1.0, 2.0, 4.0, 9.0]), median_of_sorted([1.0, 2.0, 4.0]), "
        "median_of_sorted([7.0]), "
        "median_of_sorted(cast([] as double[]))"
    )
    assert rows == [(3.0, 2.0, 7.0, None)]


def test_the_operators_of_a_case_share_its_step(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows(
        "select sum(step_share), count(*) from marts.mart_operator_roofline group by case_id"
    )
    assert len(rows) == 22
    assert sum(row[1] for row in rows) == 90
    assert all(row[0] == pytest.approx(1) for row in rows)
    wrong = shipped_db.rows(
        "select count(*) from marts.mart_operator_roofline "
        "where (bound = 'memory') <> (arithmetic_intensity <= ridge_point)"
    )
    assert wrong == [(0,)]


def test_marts_of_a_feed_without_a_clean_claim_are_empty_not_wrong(build: Build) -> None:
    case = feeds.case("case-glm51-h200x8-vllm-001")
    with build(feeds.feed(case)) as db:
        for name in registry.tables():
            assert violations(db, contracts()[name]) == []
        assert db.rows("select pool, log_mean from marts.mart_efficiency_pool") == [(None, None)]
        accuracy = db.rows(
            "select left_out, case_count, impossible_case_count, predicted_case_count, "
            "error_factor_median, interval_coverage from marts.mart_estimate_accuracy"
        )
        assert accuracy == [("case", 1, 1, 0, None, None), ("model", 1, 1, 0, None, None)]


def test_buckets_grow_with_the_length(shipped_db: Warehouse) -> None:
    edges = (1, 256, 257, 1024, 1025, 4096, 4097, 16384, 16385, 65536, 65537)
    labels = [shipped_db.rows(f"select length_bucket({edge})")[0][0] for edge in edges]
    changes = [a != b for a, b in pairwise(labels)]
    assert changes == [False, True] * 5
    assert shipped_db.rows("select length_bucket(null)") == [(None,)]
