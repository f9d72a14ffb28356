"""The worked examples of the metric definitions and of the verdicts, in the published tables."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.warehouse import Warehouse
from tests.reference.rules import RULES
from tests.reference.test_worked_examples import DSR1, FINDINGS, LLAMA, WORKED


@pytest.mark.parametrize(("column", "llama", "dsr1"), WORKED)
def test_worked_examples(shipped_db: Warehouse, column: str, llama: Any, dsr1: Any) -> None:
    found = dict(shipped_db.rows(f"select case_id, {column} from marts.mart_case_metrics"))
    for case_id, value in ((LLAMA, llama), (DSR1, dsr1)):
        if value is None or isinstance(value, str | bool):
            assert found[case_id] is value or found[case_id] == value
        else:
            assert found[case_id] == pytest.approx(value, rel=5e-7, abs=5e-8)


@pytest.mark.parametrize("case_id", FINDINGS)
def test_worked_findings(shipped_db: Warehouse, case_id: str) -> None:
    found = shipped_db.rows(f"select rule_id from quality.finding where case_id = '{case_id}'")
    assert {rule for (rule,) in found} & RULES.keys() == FINDINGS[case_id]


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
    assert found[LLAMA] == [
        "measured",
        "estimated",
        "the attestation of ev-case-llama33-a100-001 says it was not measured",
    ]
    assert found[DSR1] == [
        "measured",
        "inconsistent",
        "impossible as reported: weights_exceed_memory",
    ]
