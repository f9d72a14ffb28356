"""A comparison with the reference finds what is different, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests import feeds
from tests.reference.compare import Expected, equal

ITEMS = feeds.shipped()["items"]
LLAMA = "case-llama33-a100x8-vllm-001"


@pytest.fixture
def expected() -> Expected:
    return Expected(ITEMS)


def test_the_reference_does_not_differ_from_itself(expected: Expected) -> None:
    same = Expected(ITEMS)
    assert list(expected.differences(same.rows, same.findings)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("decode_mbu", 0.30626),
        ("decode_mbu", None),
        ("uses_prefix_caching", False),
        ("weights_fit", 1),
        ("plausibility", "plausible"),
        ("decode_tok_s_per_mw", "513888.8888888889"),
    ],
)
def test_another_value_is_named(expected: Expected, column: str, value: Any) -> None:
    other = Expected(ITEMS)
    other.rows[LLAMA][column] = value
    (difference,) = expected.differences(other.rows, other.findings)
    assert difference.startswith(f"{LLAMA}: {column} is {value!r}, expected ")


def test_another_finding_and_a_missing_row_or_column_are_named(expected: Expected) -> None:
    other = Expected(ITEMS)
    other.findings[LLAMA] ^= {"prefill_above_plausible", "no_result"}
    del other.rows[LLAMA]["ridge_point"]
    del other.rows[ITEMS[0]["id"]]
    assert list(expected.differences(other.rows, other.findings)) == [
        f"{ITEMS[0]['id']}: not there",
        f"{LLAMA}: ridge_point is 'no column ridge_point', expected 153.01618440411966",
        f"{LLAMA}: breaks prefill_above_plausible, not found",
        f"{LLAMA}: no_result found, not broken",
    ]


@pytest.mark.parametrize(
    ("column", "found", "value", "same"),
    [
        ("x", 1, 1.0, True),
        ("x", 1 + 1e-10, 1, True),
        ("x", 1 + 1e-8, 1, False),
        ("x", 0, 1e-12, False),
        ("compute_pct_reported_minus_implied", 0, 1e-8, True),
        ("x", True, 1, False),
        ("x", "1", 1, False),
        ("x", None, None, True),
        ("x", 0, None, False),
    ],
)
def test_values_are_equal_up_to_rounding(column: str, found: Any, value: Any, same: bool) -> None:
    assert equal(column, found, value) is same
