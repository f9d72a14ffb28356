"""A case whose derived values break a contract is taken out; all others stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.contracts import contracts
from pipelines.transform import materialize, registry
from pipelines.transform.quarantine import quarantine
from pipelines.transform.table import quarantining
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import warehouse_of

BAD = "case-llama33-a100x8-vllm-001"


def break_contract(db: Warehouse, data: Path) -> int:
    """Give one case a weight that no contract allows, and quarantine it."""
    db.execute(f"update metrics.case_metric set weights_gb = 'inf' where case_id = '{BAD}'")
    return quarantine(db, settings.load(data), registry.tables()["case_metric"])


def rebuild(db: Warehouse, data: Path, *names: str) -> None:
    for name in names:
        db.execute(f"delete from staging.state where name = '{name}'")
        materialize.materialize(db, settings.load(data), registry.tables()[name])


def test_the_case_goes_to_reject_with_table_column_and_value(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped(), only=["mart_case_metrics"]) as db:
        assert break_contract(db, tmp_path) == 1
        rebuild(db, tmp_path, "finding", "mart_case_metrics", "snapshot", "reject")
        ((*told, raw),) = db.rows(
            "select case_id, status, table_name, column_name, value, reason, raw "
            "from quality.reject"
        )
        assert told == [
            BAD,
            "derived",
            "metrics.case_metric",
            "weights_gb",
            "inf",
            "metrics.case_metric.weights_gb is inf; it must be at least 0",
        ]
        assert json.loads(raw)["id"] == BAD
        assert db.rows("select count(*) from marts.mart_case_metrics") == [(21,)]
        assert db.rows(f"select count(*) from main.fact_case where case_id = '{BAD}'") == [(1,)]
        for name in ("case_metric", "finding", "mart_case_metrics", "reject"):
            assert violations(db, contracts()[name]) == [], name


def test_a_case_that_is_mended_comes_back(tmp_path: Path) -> None:
    with warehouse_of(tmp_path, feeds.shipped(), only=["mart_case_metrics"]) as db:
        break_contract(db, tmp_path)
        rebuild(db, tmp_path, "case_metric", "finding", "mart_case_metrics", "reject")
        assert db.rows("from quality.reject") == []
        assert db.rows("select count(*) from marts.mart_case_metrics") == [(22,)]


def test_rejects_come_after_every_table_that_a_case_can_be_taken_out_of() -> None:
    assert set(quarantining()) <= set(registry.tables()["reject"].reads)
    assert {"case_input", "case_metric", "case_context", "case_trust"} == set(quarantining())


SPLIT = {"prefill_cards": 10**15, "decode_cards": 10**15}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("stack.parallel", {"disaggregated": True, "disaggregated_split": SPLIT}),
        ("resolved.model.architecture.total_params_b", 17),
        ("scenario.batch_size", 0),
        ("stack.hardware.count", 0),
        ("results.latency_ms.tbt_p50", -1),
        ("results.requests", {"completed": 10**15, "failed": 10**15}),
        ("results.throughput_tokens_per_sec.decode", 1e30),
        ("resolved.quantization.bits_per_weight", 1e-30),
    ],
)
def test_an_absurd_case_stops_no_other_and_is_lost_nowhere(
    tmp_path: Path, path: str, value: object
) -> None:
    odd = feeds.put(feeds.case(BAD), path, value)
    feed = feeds.feed(odd, feeds.case("case-gemma4-h100x4-fp8-001"))
    with warehouse_of(tmp_path, feed, only=["mart_case_metrics"]) as db:
        rebuild(db, tmp_path, "snapshot", "reject")
        judged, rejected = (
            {case_id for (case_id,) in db.rows(f"select case_id from {name}")}
            for name in ("marts.mart_case_metrics", "quality.reject")
        )
        assert judged | rejected == {BAD, "case-gemma4-h100x4-fp8-001"}
        assert "case-gemma4-h100x4-fp8-001" in judged
        for name in (*registry.upstream("mart_case_metrics"), "reject"):
            assert violations(db, contracts()[name]) == [], name
