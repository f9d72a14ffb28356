"""The marts: their contracts, and the laws that their columns obey."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from pipelines.contracts import contracts
from pipelines.transform import registry
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import controls, feeds, oracle
from tests.conftest import Build

A100 = "case-llama33-a100x8-vllm-001"


@pytest.mark.parametrize("name", list(registry.tables()))
def test_every_table_keeps_its_contract(shipped_db: Warehouse, name: str) -> None:
    assert violations(shipped_db, contracts()[name]) == []


def test_no_ranking_is_led_by_an_impossible_claim(shipped_db: Warehouse) -> None:
    impossible = {
        row[0]
        for row in shipped_db.rows(
            "select case_id from marts.mart_case_metrics where error_count > 0"
        )
    }
    assert impossible
    for mart in ("mart_hardware_leaderboard", "mart_engine_comparison", "mart_model_summary"):
        rows = shipped_db.frame(f"from marts.{mart}").to_dicts()
        assert sum(row["case_count"] for row in rows) == 22
        assert {case_id for row in rows for case_id in row["excluded_case_ids"]} == impossible
        for row in rows:
            assert row["case_count"] - row["clean_case_count"] == len(row["excluded_case_ids"])
            if row["clean_case_count"] == 0:
                assert row["rank_by_efficiency"] is None
                assert row["decode_roofline_efficiency_best"] is None
    best = shipped_db.rows(
        "select max(decode_roofline_efficiency_best) from marts.mart_hardware_leaderboard"
    )
    assert (
        best[0][0]
        < 1
        < 1.6
        < shipped_db.rows("select max(decode_roofline_efficiency) from marts.mart_case_metrics")[0][
            0
        ]
    )


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two(
    shipped_db: Warehouse,
) -> None:
    rows = shipped_db.rows(
        "select median_of_sorted([1.0, 2.0, 4.0, 9.0]), median_of_sorted([1.0, 2.0, 4.0]), "
        "median_of_sorted([7.0]), "
        "median_of_sorted(cast([] as double[]))"
    )
    assert rows == [(3.0, 2.0, 7.0, None)]


POINTS = {  # name: (throughput of all 8 cards, time between tokens in ms)
    "fast": (800, 10),
    "many": (1600, 20),
    "both-worse": (700, 20),
    "same-throughput-slower": (800, 12),
    "same-speed-fewer": (790, 10),
    "twin": (800, 10),
    "impossible": (9000, 1),
}


def test_the_pareto_frontier_is_what_nobody_dominates(build: Build) -> None:
    items = []
    for name, (decode, tbt) in POINTS.items():
        item = feeds.put(feeds.case(A100), "id", name)
        feeds.put(item, "results.throughput_tokens_per_sec.decode", decode)
        feeds.put(item, "results.latency_ms.tbt_p50", tbt)
        feeds.put(item, "results.latency_ms.tbt_p99", tbt)
        items.append(item)
    with build(feeds.feed(*items)) as db:
        rows = db.frame("from marts.mart_pareto_frontier where scope = 'class'").to_dicts()
        errors = db.rows("select distinct case_id from quality.finding where severity = 'error'")
    assert errors == [("impossible",)]
    found = {row["case_id"]: row for row in rows}
    assert {name for name in found if found[name]["is_on_frontier"]} == {"fast", "twin", "many"}
    assert found["impossible"]["is_impossible"]
    assert found["impossible"]["dominated_by_case_id"] is None
    assert found["both-worse"]["dominated_by_case_id"] in {"fast", "twin", "many"}
    assert found["same-throughput-slower"]["dominated_by_case_id"] in {"fast", "twin"}
    assert found["same-speed-fewer"]["dominated_by_case_id"] in {"fast", "twin"}
    assert {row["contender_count"] for row in rows} == {6}


@pytest.mark.parametrize("scope", ["class", "overall"])
def test_each_dominated_claim_is_dominated_by_the_one_that_is_named(
    shipped_db: Warehouse, scope: str
) -> None:
    rows = shipped_db.frame(f"from marts.mart_pareto_frontier where scope = '{scope}'").to_dicts()
    place = {row["case_id"]: row for row in rows}
    assert len(place) == 22
    for row in rows:
        own = (row["interactivity_tok_s_user"], row["decode_tok_s_per_card"])
        rivals = [
            (other["interactivity_tok_s_user"], other["decode_tok_s_per_card"])
            for other in rows
            if other["scope_id"] == row["scope_id"] and not other["is_impossible"]
        ]
        is_dominated = any(a >= own[0] and b >= own[1] and (a, b) != own for a, b in rivals)
        assert row["is_on_frontier"] == (not is_dominated and not row["is_impossible"])
        if row["dominated_by_case_id"] is not None:
            other = place[row["dominated_by_case_id"]]
            assert other["interactivity_tok_s_user"] >= own[0]
            assert other["decode_tok_s_per_card"] >= own[1]
            assert other["scope_id"] == row["scope_id"]


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


def test_reported_and_implied_are_compared_within_a_factor_of_two(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows(
        "select quantity, reported, implied, verdict from marts.mart_reported_vs_implied "
        f"where case_id = '{A100}' order by 1"
    )
    assert [row[0] for row in rows] == ["compute", "concurrency", "memory", "memory_bandwidth"]
    for _, reported, implied, verdict in rows:
        low, high = implied / 2, implied * 2
        expected = (
            "reported too high"
            if reported > high
            else "reported too low"
            if reported < low
            else "agrees"
        )
        assert verdict == expected
    assert rows[3][2] == pytest.approx(30.62627, rel=1e-6)


def test_the_coverage_matrix_has_every_combination_once(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows(
        "select coverage, count(*), sum(case_count)::bigint from marts.mart_coverage_matrix "
        "group by 1 order by 1"
    )
    assert sum(row[1] for row in rows) == 18 * 13 * 5
    assert sum(row[2] for row in rows) == 22
    tiers = {
        tier for (tier,) in shipped_db.rows("select effective_tier from marts.mart_case_metrics")
    }
    assert tiers == {"estimated", "inconsistent"}
    assert "measured" not in {row[0] for row in rows}


def test_a_measured_case_is_covered_as_measured(build: Build) -> None:
    case = controls.plausible()[0]
    with build(feeds.feed(case)) as db:
        assert db.rows("select effective_tier from marts.mart_case_metrics") == [("measured",)]
        assert db.rows("select coverage from marts.mart_coverage_matrix") == [("measured",)]


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
