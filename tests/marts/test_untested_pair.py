"""Pairs that nobody measured: which are told, and in which order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.warehouse import Warehouse
from tests.marts.rows import Row, describe, empty, mart_of, some_cases

#: Native stacks: what two accelerators and a small one could run. The small one holds half.
CAPACITY = {"h1": 80.0, "h2": 80.0, "small": 8.0}
BITS = {"fp8": 8.0, "mxfp8": 8.25, "bf16": 16.0}
MODELS = {"m1": 8.0, "m2": 100.0}
NEVER_NATIVE = ("h2", "bf16")
BOUND = 4
CASES = some_cases(
    hardware_id=st.sampled_from(sorted(CAPACITY)),
    model_id=st.sampled_from(sorted(MODELS)),
    quant_id=st.sampled_from(sorted(BITS)),
    serving_cards=st.sampled_from([None, 1, 4]),
    plausibility=st.sampled_from(["plausible", "plausible", "impossible"]),
    effective_tier=st.sampled_from([None, "measured", "estimated"]),
    is_decode_workload=st.sampled_from([True, True, True, False]),
).map(lambda cases: [{**case, "bits_per_weight": BITS[case["quant_id"]]} for case in cases])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    with empty() as db:
        describe(db, "assumption", [{"name": "untested_pairs", "value": BOUND}])
        describe(
            db,
            "mart_stack_option",
            [
                {
                    "hardware_id": hardware,
                    "model_id": model,
                    "quant_id": quant,
                    "compute_precision": "fp8",
                    "memory_capacity_gb": capacity,
                    "weights_gb": MODELS[model] * bits / 8,
                }
                for hardware, capacity in CAPACITY.items()
                for model in MODELS
                for quant, bits in BITS.items()
                if (hardware, quant) != NEVER_NATIVE
            ],
        )
        yield db


def precision(case: Row) -> str:
    return f"{int(BITS[case['quant_id']])}-bit"


def expected(cases: list[Row]) -> list[tuple[Any, ...]]:
    """Key, format, fewest cards and expected number of cases of every pair, the first first."""
    cases = [case for case in cases if case["is_decode_workload"]]
    found = []
    for hardware, capacity in CAPACITY.items():
        of_hardware = [case for case in cases if case["hardware_id"] == hardware]
        most = max((case["serving_cards"] or 0 for case in of_hardware), default=0)
        for model, params in MODELS.items():
            for width in ("8-bit", "16-bit"):
                others = [
                    case for case in cases if case["model_id"] == model and precision(case) == width
                ]
                quants = [case["quant_id"] for case in others]
                native = {one for one in quants if (hardware, one) != NEVER_NATIVE}
                own = [case for case in others if case["hardware_id"] == hardware]
                if not native or any(
                    case["plausibility"] == "plausible" and case["effective_tier"] == "measured"
                    for case in own
                ):
                    continue
                quant = min(native, key=lambda one: (-quants.count(one), one))
                least = math.ceil(params * BITS[quant] / 8 / capacity)
                if least <= most:
                    likely = len(of_hardware) * len(others) / len(cases)
                    found.append((-likely, len(own), hardware, model, width, quant, least))
    return sorted(found)


@settings(max_examples=100, deadline=None)
@given(cases=CASES)
def test_the_pairs_are_those_that_others_would_make_expect(
    sandbox: Warehouse, cases: list[Row]
) -> None:
    rows = mart_of(sandbox, "mart_untested_pair", cases)
    key = ("hardware_id", "model_id", "weight_precision")
    assert rows == sorted(rows, key=lambda row: [row[name] for name in key])
    found = sorted(rows, key=lambda row: row["usefulness_rank"])
    assert [row["usefulness_rank"] for row in found] == list(range(1, len(rows) + 1))
    names = ("expected_case_count", "case_count", *key, "quant_id", "min_cards")
    wanted = expected(cases)[:BOUND]
    assert [tuple(row[name] for name in names[1:]) for row in found] == [one[1:] for one in wanted]
    assert [row["expected_case_count"] for row in found] == pytest.approx(
        [-one[0] for one in wanted]
    )


def test_no_shipped_pair_is_measured_and_all_fit(shipped_db: Warehouse) -> None:
    """All shipped claims are overstated: the pairs hold them, and others besides."""
    rows = shipped_db.frame("from marts.mart_untested_pair").to_dicts()
    assert {row["case_count"] > 0 for row in rows} == {True, False}
    for row in rows:
        held = row["min_cards"] * row["memory_capacity_gb"]
        assert held >= row["weights_gb"] > held - row["memory_capacity_gb"]
        assert row["min_cards"] <= row["most_cards"]
        assert row["plausible_case_count"] <= row["case_count"] <= row["model_case_count"]
