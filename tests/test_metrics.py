"""The worked examples of the metric definitions, to six digits."""

from __future__ import annotations

import pytest

from pipelines.warehouse import Warehouse

A100 = "case-llama33-a100x8-vllm-001"
ASCEND = "case-dsr1-asc910bx16-mindie-001"

WORKED = [
    ("decode_concurrency", 47.36, 32.3),
    ("kv_bytes_per_token", 327680, 70272),
    ("params_read_per_step_b", 70, 436.29845),
    ("decode_flops_per_token", 143355443200, 78605345792),
    ("decode_roofline_tok_s", 4832.4528, 944.77713),
    ("decode_roofline_efficiency", 0.3062627, 0.8996831),
    ("decode_roofline_efficiency_low", 0.2872351, 0.07741303),
    ("decode_roofline_efficiency_high", 0.3062627, 1.3822109),
    ("decode_roofline_hard_tok_s", 7570.5453, 22709.3037),
    ("decode_mbu", 0.3062627, 0.8996831),
    ("decode_mfu", 0.0850024, 0.0130497),
    ("decode_roofline_efficiency_batch1", 12.6641999, 3.1517417),
    ("prefill_mfu", 1.0306200, 0.1708083),
    ("prefill_mfu_linear", 1.0208333, 0.1662109),
    ("prefill_mfu_floor", 0.9901887, 0.1578853),
    ("decode_tok_s_per_w", 0.5138889, 0.1398026),
    ("decode_tok_s_per_w_tdp", 0.4625, 0.1328125),
    ("decode_tok_s_per_w_server", 0.2276923, 0.0772727),
    ("decode_kwh_per_mtok", 0.5405405, 1.9869281),
    ("weights_gb", 140, 1342),
    ("weights_fit", True, False),
]


@pytest.mark.parametrize(("column", "a100", "ascend"), WORKED)
def test_worked_examples(shipped_db: Warehouse, column: str, a100: float, ascend: float) -> None:
    found = dict(shipped_db.rows(f"select case_id, {column} from marts.mart_case_metrics"))
    assert found[A100] == pytest.approx(a100, rel=1e-6, abs=6e-8)
    assert found[A100] == pytest.approx(a100, rel=1e-6, abs=6e-8)
    assert found[ASCEND] == pytest.approx(ascend, rel=1e-6, abs=6e-8)


def test_both_worked_examples_are_bound_by_memory(shipped_db: Warehouse) -> None:
    found = shipped_db.rows("select case_id, decode_roofline_bound from marts.mart_case_metrics")
    assert {case_id: bound for case_id, bound in found if case_id in (A100, ASCEND)} == {
        A100: "memory",
        ASCEND: "memory",
    }


def test_worked_findings(shipped_db: Warehouse) -> None:
    found = shipped_db.rows(
        "select case_id, list(rule_id order by rule_id) from quality.finding group by 1"
    )
    assert dict(found)[A100] == [
        "concurrency_above_batch_size",
        "evidence_tier_overstated",
        "memory_bandwidth_utilization_mismatch",
        "prefill_above_plausible",
    ]
    assert dict(found)[ASCEND] == [
        "evidence_tier_overstated",
        "reported_memory_below_weights",
        "sequences_exceed_memory",
        "weights_exceed_memory",
    ]


def test_a_batch_aware_roofline_puts_all_but_the_impossible_case_below_one(
    shipped_db: Warehouse,
) -> None:
    rows = shipped_db.rows(
        "select decode_roofline_efficiency, decode_roofline_efficiency_batch1, weights_fit "
        "from marts.mart_case_metrics"
    )
    above = [row for row in rows if row[0] > 1]
    assert len(rows) == 22
    assert [row[2] for row in above] == [False]
    assert sum(row[1] > 1 for row in rows) == 19
    assert all(0.07 <= row[0] <= 0.90 for row in rows if row not in above)


def test_both_tiers_stand_side_by_side_with_the_reason(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows(
        "select case_id, declared_tier, effective_tier, tier_reason from marts.mart_case_metrics"
    )
    found = {case_id: tiers for case_id, *tiers in rows}
    assert found[A100] == [
        "measured",
        "estimated",
        "the attestation of ev-case-llama33-a100-001 says it was not measured",
    ]
    assert found[ASCEND] == [
        "measured",
        "inconsistent",
        "impossible as reported: weights_exceed_memory",
    ]
