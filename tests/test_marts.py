"""The marts: their contracts, and the laws that their columns obey."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from pipelines.contracts import contracts
from pipelines.transform import registry
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds, oracle
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


def test_estimates_fit_and_are_of_what_nobody_claims(shipped_db: Warehouse) -> None:
    overlap = shipped_db.rows(
        "select count(*) from marts.mart_estimate semi join marts.mart_case_metrics "
        "using (hardware_id, model_id, quant_id)"
    )
    assert overlap == [(0,)]
    bad = shipped_db.rows(
        "select count(*) from marts.mart_estimate join dim_hardware using (hardware_id) where "
        "memory_needed_gb > cards * memory_capacity_gb "
        "or not expected_decode_tok_s_low < expected_decode_tok_s "
        "or not expected_decode_tok_s < expected_decode_tok_s_high "
        "or expected_decode_tok_s > decode_roofline_tok_s"
    )
    assert bad == [(0,)]


def test_the_roofline_of_an_estimate_is_that_of_a_case_in_its_place(
    shipped_db: Warehouse,
) -> None:
    items = {item["id"]: item for item in feeds.shipped()["items"]}
    rows = shipped_db.frame(
        "select e.*, c.case_id, m.case_id as model_case, q.case_id as quant_case "
        "from marts.mart_estimate as e "
        "join (select hardware_id, min(case_id) as case_id from fact_case group by 1) as c "
        "using (hardware_id) "
        "join (select model_id, min(case_id) as case_id from fact_case group by 1) as m "
        "using (model_id) "
        "join (select quant_id, min(case_id) as case_id from fact_case group by 1) as q "
        "using (quant_id) order by hardware_id, model_id, quant_id"
    ).to_dicts()[::29]
    assert len(rows) > 20
    for row in rows:
        item = feeds.case(row["case_id"])
        for entity, source in (("model", "model_case"), ("quantization", "quant_case")):
            item["resolved"][entity] = items[row[source]]["resolved"][entity]
        item["stack"]["quantization"] = row["quant_id"]
        item["stack"]["hardware"]["count"] = row["cards"]
        item["stack"]["parallel"]["disaggregated"] = False
        item["scenario"] = {
            "prefill_seq_len": row["prefill_seq_len"],
            "decode_seq_len": row["decode_seq_len"],
            "batch_size": row["batch_size"],
            "max_concurrent_requests": 64,
        }
        expected = oracle.metrics(item)["decode_roofline_at_batch_tok_s"]
        assert row["decode_roofline_tok_s"] == pytest.approx(expected, rel=1e-9)


def clean(db: Warehouse) -> list[tuple[str, str, float]]:
    """(hardware, vendor, log efficiency) of each clean claim."""
    return [
        (hardware, vendor, math.log(efficiency))
        for hardware, vendor, efficiency in db.rows(
            "select hardware_id, hardware_vendor, decode_roofline_efficiency "
            "from marts.mart_case_metrics where error_count = 0 order by case_id"
        )
    ]


def predict(
    sample: list[tuple[str, str, float]], hardware: str, vendor: str
) -> tuple[str, float, float]:
    """Pool, mean and spread of the log efficiency, by the words of the assumption."""
    weight = 2.0
    everyone = [y for _, _, y in sample]
    of_vendor = [y for _, v, y in sample if v == vendor]
    of_hardware = [y for h, _, y in sample if h == hardware]
    mean = sum(everyone) / len(everyone)
    spread = math.sqrt(sum((y - mean) ** 2 for y in everyone) / (len(everyone) - 1))
    pool, n = "all", len(everyone)
    for name, members in (("vendor", of_vendor), ("hardware", of_hardware)):
        mean = (sum(members) + weight * mean) / (len(members) + weight)
        if members:
            pool, n = name, len(members)
    return pool, mean, spread * math.sqrt(1 + 1 / (n + weight))


def test_efficiencies_are_pooled_from_the_hardware_to_its_vendor_to_all(
    shipped_db: Warehouse,
) -> None:
    sample = clean(shipped_db)
    rows = shipped_db.rows(
        "select hardware_id, hardware_vendor, pool, log_mean, log_spread "
        "from marts.mart_efficiency_pool"
    )
    assert len(rows) == 18
    for hardware, vendor, pool, mean, spread in rows:
        expected = predict(sample, hardware, vendor)
        assert pool == expected[0]
        assert (mean, spread) == pytest.approx(expected[1:], rel=1e-9)
    assert {row[2] for row in rows} >= {"hardware", "all"}


def test_the_published_error_is_that_of_leaving_each_claim_out(shipped_db: Warehouse) -> None:
    sample = clean(shipped_db)
    errors: dict[str, list[tuple[float, bool]]] = {}
    for position, (hardware, vendor, y) in enumerate(sample):
        others = sample[:position] + sample[position + 1 :]
        pool, mean, spread = predict(others, hardware, vendor)
        inside = abs(y - mean) <= 1.2815515655446004 * spread
        for name in (pool, "overall"):
            errors.setdefault(name, []).append((y - mean, inside))
    rows = shipped_db.frame("from marts.mart_estimate_accuracy").to_dicts()
    assert {row["pool"] for row in rows} == errors.keys()
    for row in rows:
        found = errors[row["pool"]]
        assert row["case_count"] == len(found)
        worst = max(math.exp(abs(error)) for error, _ in found)
        bias = math.exp(sum(error for error, _ in found) / len(found))
        assert row["error_factor_worst"] == pytest.approx(worst, rel=1e-9)
        assert row["bias_factor"] == pytest.approx(bias, rel=1e-9)
        assert row["interval_coverage"] == pytest.approx(
            sum(inside for _, inside in found) / len(found)
        )


def test_marts_of_a_feed_without_a_clean_claim_are_empty_not_wrong(build: Build) -> None:
    case = feeds.case("case-glm51-h200x8-vllm-001")
    with build(feeds.feed(case)) as db:
        for name in registry.tables():
            assert violations(db, contracts()[name]) == []
        assert db.rows("select pool, log_mean from marts.mart_efficiency_pool") == [(None, None)]
        assert db.rows("from marts.mart_estimate_accuracy") == []


def test_buckets_grow_with_the_length(shipped_db: Warehouse) -> None:
    edges = (1, 256, 257, 1024, 1025, 4096, 4097, 16384, 16385, 65536, 65537)
    labels = [shipped_db.rows(f"select length_bucket({edge})")[0][0] for edge in edges]
    changes = [a != b for a, b in pairwise(labels)]
    assert changes == [False, True] * 5
    assert shipped_db.rows("select length_bucket(null)") == [(None,)]
