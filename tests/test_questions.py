"""The table macros that analysts call in the published file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import settings
from pipelines.warehouse import Warehouse, published
from tests import feeds
from tests.reference.metrics import metrics

A100 = "case-llama33-a100x8-vllm-001"


@pytest.fixture(scope="module")
def db(shipped_published: Path) -> Iterator[Warehouse]:
    with published(settings.load(shipped_published)) as opened:
        yield opened


def test_what_if_agrees_with_the_case_that_exists(db: Warehouse) -> None:
    (row,) = db.frame(
        "from what_if('a100-sxm4', 8, 'llama-3.3-70b', 'bf16', 16, 1024, 512)"
    ).to_dicts()
    expected = metrics(feeds.case(A100))
    assert row["decode_roofline_tok_s"] == pytest.approx(
        expected["decode_roofline_at_batch_tok_s"], rel=1e-9
    )
    assert row["weights_gb"] == 140
    assert row["memory_needed_gb"] == pytest.approx(140 + 16 * 1536 * 327680 / 1e9)
    assert row["memory_available_gb"] == 640
    assert row["fits"]
    assert row["decode_roofline_bound"] == "memory"
    assert row["expected_decode_tok_s"] == pytest.approx(
        row["decode_roofline_tok_s"]
        * db.rows(
            "select exp(log_mean) from marts.mart_efficiency_pool where hardware_id = 'a100-sxm4'"
        )[0][0]
    )
    assert row["expected_decode_kwh_per_mtok_tdp"] == pytest.approx(
        8 * 400 / row["expected_decode_tok_s"] * 1e6 / 3.6e6
    )
    assert row["pool"] == "hardware"


def test_what_if_takes_names_and_says_when_it_does_not_fit(db: Warehouse) -> None:
    (row,) = db.frame(
        "select fits, memory_needed_gb > memory_available_gb as over from what_if("
        "hardware_id := 'l40s', cards := 1, model_id := 'deepseek-r1', quant_id := 'bf16', "
        "batch := 1, prefill := 128, decode := 128)"
    ).to_dicts()
    assert row == {"fits": False, "over": True}


def test_what_if_has_no_row_for_an_id_that_is_not_there(db: Warehouse) -> None:
    assert db.rows("from what_if('no-card', 8, 'llama-3.3-70b', 'bf16', 16, 1024, 512)") == []


def test_every_metric_is_explained_by_inputs_that_exist(db: Warehouse) -> None:
    metrics = [row[0] for row in db.rows("select metric from metrics.metric_definition")]
    assert len(metrics) > 45
    for metric in metrics:
        rows = db.frame(f"from explain_metric('{A100}', '{metric}')").to_dicts()
        assert [row["name"] for row in rows if row["part"] == "metric"] == [metric]
        assert any(row["part"] == "input" for row in rows), metric


def test_the_inputs_of_a_metric_carry_the_evidence_of_their_specs(db: Warehouse) -> None:
    rows = db.frame(f"from explain_metric('{A100}', 'ridge_point')").to_dicts()
    parts = {row["name"]: row for row in rows}
    assert float(parts["ridge_point"]["value"]) == pytest.approx(312e12 / 2039e9)
    assert "F / BW" in parts["ridge_point"]["detail"]
    assert float(parts["peak_tflops"]["value"]) == 312
    for name in ("peak_tflops", "memory_bandwidth_gb_s"):
        assert parts[name]["evidence_id"] == "ev-a100-001"
        assert parts[name]["tier"] == "official"
        assert "A100" in parts[name]["citation"]


def test_an_unknown_metric_or_case_has_no_explanation(db: Warehouse) -> None:
    assert db.rows(f"from explain_metric('{A100}', 'no_such_metric')") == []
    assert db.rows("from explain_metric('no-such-case', 'decode_mbu')") == []


def test_similar_cases_are_ranked_by_the_sum_of_their_parts(db: Warehouse) -> None:
    rows = db.frame(f"from similar_cases('{A100}', 5)").to_dicts()
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert A100 not in {row["similar_case_id"] for row in rows}
    for row in rows:
        parts = (
            0.35 * row["model_distance"]
            + 0.25 * row["hardware_distance"]
            + 0.15 * row["precision_distance"]
            + 0.15 * row["scenario_distance"]
            + 0.10 * row["engine_distance"]
        )
        assert row["distance"] == pytest.approx(parts)
        assert 0 <= row["distance"] <= 1
    assert rows == sorted(rows, key=lambda row: (row["distance"], row["similar_case_id"]))
    everyone = db.rows(f"from similar_cases('{A100}', 100)")
    assert len(everyone) == 21


def test_a_case_with_the_same_model_is_nearer_than_one_with_another(db: Warehouse) -> None:
    (first, *_) = db.rows(
        "select similar_case_id from similar_cases('case-llama4scout-mi300x8-001', 1)"
    )
    assert first == ("case-llama4-scout-h100x8-vllm-001",)


def test_the_published_file_cannot_be_written(db: Warehouse) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        db.execute("delete from fact_case")
