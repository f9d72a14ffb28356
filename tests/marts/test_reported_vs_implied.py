"""Reported quantities of a case against those that its other numbers imply."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build
from tests.feeds import Feed, put
from tests.marts import mixture

A100 = "case-llama33-a100x8-vllm-001"
QUANTITIES = ("compute", "concurrency", "memory", "memory_bandwidth")

Verdicts = dict[str, str]


def test_reported_and_implied_agree_within_a_factor_of_two(shipped_db: Warehouse) -> None:
    rows = shipped_db.rows(
        "select quantity, reported, implied, reported_to_implied, verdict "
        f"from marts.mart_reported_vs_implied where case_id = '{A100}' order by 1"
    )
    assert tuple(row[0] for row in rows) == QUANTITIES
    for _, reported, implied, ratio, verdict in rows:
        assert ratio == reported / implied
        expected = (
            "reported too high"
            if reported > 2 * implied
            else "reported too low"
            if 2 * reported < implied
            else "agrees"
        )
        assert verdict == expected
    assert rows[3][2] == pytest.approx(30.62627, rel=1e-6)


def reporting() -> Feed:
    """A plausible run that reports all that can be compared."""
    case = next(one for one in mixture.plausible() if one["id"] == "on-a100-sxm4")
    put(case, "results.utilization", {"memory_bw_pct": 50, "compute_pct": 5})
    return put(case, "results.memory_per_card_gb", 50)


def verdicts(db: Warehouse) -> Verdicts:
    return dict(db.rows("select quantity, verdict from marts.mart_reported_vs_implied"))


@pytest.mark.parametrize(
    ("change", "different"),
    [
        (lambda case: case, {}),
        (
            lambda case: put(case, "reproduction.startup_command", "--speculative-config x"),
            {"memory_bandwidth": "not comparable", "concurrency": "not comparable"},
        ),
        (mixture.of_whole_run, {"compute": "not comparable"}),
        (
            lambda case: put(case, "resolved.model.architecture.attention_type", "linear"),
            {"memory": "not comparable"},
        ),
        (
            lambda case: put(case, "resolved.model.architecture.layers", None),
            dict.fromkeys(("memory", "memory_bandwidth", "compute"), "not comparable"),
        ),
        (
            lambda case: put(case, "results.utilization", {"memory_bw_pct": 0, "compute_pct": 0}),
            {"memory_bandwidth": "not reported", "compute": "not reported"},
        ),
        (mixture.of_images, dict.fromkeys(QUANTITIES, "not comparable")),
    ],
)
def test_only_what_has_one_definition_is_compared(
    build: Build, change: Callable[[Feed], Feed], different: Verdicts
) -> None:
    with build(feeds.feed(change(reporting()))) as db:
        found = verdicts(db)
    assert found.keys() == set(QUANTITIES)
    compared = {quantity for quantity in QUANTITIES if quantity not in different}
    assert {quantity: found[quantity] for quantity in different} == different
    assert {found[quantity] for quantity in compared} <= {
        "agrees",
        "reported too high",
        "reported too low",
    }


def test_the_implied_memory_counts_the_context_that_a_window_keeps(build: Build) -> None:
    window = 100
    architecture = "resolved.model.architecture"
    cases = []
    for place, kept in enumerate((None, window)):
        case = put(reporting(), f"{architecture}.sliding_window", kept)
        put(case, mixture.DECODE, 100)  # times 0.1 s: ten sequences
        put(case, "id", f"case-{place}")
        put(case, "stack.model.id", f"model-{place}")
        cases.append(put(case, "resolved.model.id", f"model-{place}"))
    with build(feeds.feed(*cases)) as db:
        (whole,), (windowed,) = db.rows(
            "select implied - weights_per_card_gb from marts.mart_reported_vs_implied "
            "join marts.mart_case_metrics using (case_id) where quantity = 'memory' "
            "order by case_id"
        )
    context = 1024 + 512 / 2
    assert whole == pytest.approx(10 * context * 2 * 80 * 8 * 128 * 2 / (64 * 1e9), rel=1e-9)
    assert windowed == pytest.approx(whole * window / context, rel=1e-9)
