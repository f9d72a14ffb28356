"""The best options: which hardware answers for a model at a speed, and on which cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import columns, contracts
from pipelines.transform import sql_files
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build
from tests.feeds import put
from tests.marts import mixture
from tests.marts.rows import Row, describe, empty, mart_of, some_cases

SPEEDS = (10.0, 50.0)
HARDWARE = ("h1", "h2")
LIST = ("model_id", "weight_precision", "throughput_scope", "division", "min_tok_s_user")
KEY = (*LIST, "hardware_id")
RANKS = {
    "rank_by_card": "best_output_tok_s_per_card",
    "rank_by_joule": "best_output_tok_s_per_w",
    "rank_by_dollar": "best_output_tok_per_usd",
}
LEFT_OUT = ("impossible", "implausible", "not_judged")
FIGURES = ("output_tok_s_per_card", "output_tok_s_per_w")
CASES = some_cases(
    hardware_id=st.sampled_from(HARDWARE),
    bits_per_weight=st.sampled_from([None, 4.0, 4.5, 8.0]),
    throughput_scope=st.sampled_from(["phase", "wall"]),
    division=st.sampled_from([None, None, None, "Closed ", "open"]),
    plausibility=st.sampled_from(
        ["plausible", "plausible", "plausible", "implausible", "impossible", "not_judged"]
    ),
    effective_tier=st.sampled_from([None, "measured", "estimated"]),
    is_decode_workload=st.sampled_from([True, True, True, False]),
    interactivity_tok_s_user=st.sampled_from([None, 5.0, 10.0, 49.0, 60.0]),
    output_tok_s_per_card=st.sampled_from([None, 0.0, 1.0, 2.0, 4.0]),
    output_tok_s_per_w=st.sampled_from([None, 0.0, 1.0, 2.0]),
    source_id=st.sampled_from(["s1", "s2"]),
    submitter_affiliation=st.sampled_from([None, "a", "b"]),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    """Two speeds, two accelerators, of which the second has a price."""
    with empty() as db:
        hardware = [{"hardware_id": one, "is_latest": True} for one in HARDWARE]
        describe(db, "dim_hardware", hardware)
        describe(db, "dim_model", [{"model_id": "m", "is_latest": True}])
        describe(db, "card_price", [{"hardware_id": "h2", "usd_per_card_hour": 2.0}])
        speeds = [
            {"name": f"best_option_speed_{place}", "value": speed}
            for place, speed in enumerate(SPEEDS)
        ]
        describe(db, "assumption", [*speeds, {"name": "pooling_weight", "value": 2.0}])
        yield db


def options(db: Warehouse, cases: list[Row]) -> list[Row]:
    return mart_of(db, "mart_best_option", cases)


def key_of(case: Row, speed: float) -> tuple[Any, ...]:
    bits = case["bits_per_weight"]
    precision = "none" if bits is None else f"{int(bits)}-bit"
    division = (case["division"] or "none").strip().lower()
    scope = case["throughput_scope"]
    return ("m", precision, scope, division, speed, case["hardware_id"])


def reason(case: Row) -> str | None:
    """Why a case is counted but not ranked."""
    return None if case["plausibility"] == "plausible" else str(case["plausibility"])


def expected(cases: list[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """The cases of every row of the mart."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for case in cases:
        if case["is_decode_workload"] and case["division"] != "open":
            speed = case["interactivity_tok_s_user"] or 0
            for reached in (0.0, *(one for one in SPEEDS if one <= speed)):
                found.setdefault(key_of(case, reached), []).append(case)
    return found


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_a_row_is_of_all_cases_that_reach_its_speed(sandbox: Warehouse, cases: list[Row]) -> None:
    rows = {tuple(row[name] for name in KEY): row for row in options(sandbox, cases)}
    wanted = expected(cases)
    assert rows.keys() == wanted.keys()
    for key, members in wanted.items():
        row = rows[key]
        ranked = [case for case in members if reason(case) is None]
        assert row["case_count"] == len(members)
        assert row["ranked_case_count"] == len(ranked)
        for why in LEFT_OUT:
            assert row[f"{why}_case_count"] == sum(reason(case) == why for case in members)
        assert row["source_count"] == len({case["source_id"] for case in ranked})
        named = {case["submitter_affiliation"] for case in ranked} - {None}
        assert row["submitter_count"] == len(named)
        measured = [case for case in ranked if case["effective_tier"] == "measured"]
        assert row["measured_case_count"] == len(measured)
        for figure in FIGURES:
            given_ = sum(bool(case[figure]) for case in ranked)
            assert row[f"{figure}_case_count"] == given_
            assert row[f"{figure}_missing_count"] == len(ranked) - given_
        for which, of in (("best", ranked), ("best_measured", measured)):
            for figure in FIGURES:
                best = max((case[figure] for case in of if case[figure]), default=None)
                assert row[f"{which}_{figure}"] == best


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_the_case_named_has_the_figure_and_is_measured_where_a_measured_one_is_as_good(
    sandbox: Warehouse, cases: list[Row]
) -> None:
    said = {case["case_id"]: case for case in cases}
    wanted = expected(cases)
    for row in options(sandbox, cases):
        members = wanted[tuple(row[name] for name in KEY)]
        for named, figure, told in (
            ("best_case_id", "output_tok_s_per_card", "best"),
            ("best_per_joule_case_id", "output_tok_s_per_w", "best_per_joule"),
        ):
            best = row[f"best_{figure}"]
            if best is None:
                assert row[named] is row[f"{told}_tier"] is row[f"{told}_is_measured"] is None
                continue
            equal = [case for case in members if reason(case) is None and case[figure] == best]
            assert said[row[named]] in equal
            tiers = {case["effective_tier"] for case in equal}
            assert row[f"{told}_is_measured"] == ("measured" in tiers)
            assert row[f"{told}_tier"] == said[row[named]]["effective_tier"]
            assert (row[f"{told}_tier"] == "measured") == row[f"{told}_is_measured"]


@settings(max_examples=50, deadline=None)
@given(cases=CASES, order=st.randoms())
def test_a_rank_counts_the_better_ones_of_the_list_and_the_order_of_cases_moves_nothing(
    sandbox: Warehouse, cases: list[Row], order: Any
) -> None:
    rows = options(sandbox, cases)
    for row in rows:
        rivals = [other for other in rows if all(other[name] == row[name] for name in LIST)]
        for rank, figure in RANKS.items():
            better = sum((other[figure] or 0) > (row[figure] or 0) for other in rivals)
            assert row[rank] == (None if row[figure] is None else better + 1)
    shuffled = list(cases)
    order.shuffle(shuffled)
    assert options(sandbox, shuffled) == rows


@settings(max_examples=50, deadline=None)
@given(cases=CASES, others=CASES)
def test_what_is_not_plausible_moves_no_best_and_no_rank(
    sandbox: Warehouse, cases: list[Row], others: list[Row]
) -> None:
    left_out = [
        {**case, "case_id": f"other-{place}"}
        for place, case in enumerate(others)
        if case["plausibility"] != "plausible" or case["division"] == "open"
    ]

    def bests(rows: list[Row]) -> dict[tuple[Any, ...], Row]:
        return {
            tuple(row[name] for name in KEY): {
                name: value for name, value in row.items() if name.startswith(("best_", "rank_"))
            }
            for row in rows
            if row["ranked_case_count"]
        }

    assert bests(options(sandbox, cases + left_out)) == bests(options(sandbox, cases))


def test_tokens_per_dollar_stand_where_a_price_does(sandbox: Warehouse) -> None:
    cases: list[Row] = [
        {
            "case_id": hardware,
            "hardware_id": hardware,
            "bits_per_weight": 8.0,
            "output_tok_s_per_card": 10.0,
            "effective_tier": "measured",
        }
        for hardware in HARDWARE
    ]
    without, with_price = options(sandbox, cases)
    for name in ("rank_by_dollar", "best_output_tok_per_usd", "best_measured_output_tok_per_usd"):
        assert without[name] is None
    assert with_price["best_output_tok_per_usd"] == 10 * 3600 / 2
    assert with_price["best_measured_output_tok_per_usd"] == 10 * 3600 / 2
    assert with_price["rank_by_dollar"] == 1
    assert [without["rank_by_card"], with_price["rank_by_card"]] == [1, 1]


def of_all_cards(build: Build, prefill: int) -> float:
    """Output throughput per card of a disaggregated run whose 64 cards decode."""
    case = mixture.plausible()[0]
    put(case, "stack.parallel.disaggregated", True)
    split = {"prefill_cards": prefill, "decode_cards": 64}
    put(case, "stack.parallel.disaggregated_split", split)
    put(case, "stack.hardware.count", 64 + prefill)
    with build(feeds.feed(case)) as db:
        ((figure, cards),) = db.rows(
            "select best_output_tok_s_per_card, best_cards from marts.mart_best_option "
            "where min_tok_s_user = 0"
        )
    assert cards == 64 + prefill
    return float(figure)


def test_a_disaggregated_run_counts_the_cards_of_both_pools(build: Build) -> None:
    assert of_all_cards(build, 64) == pytest.approx(100 / 128)


A, B = "llama-4-scout", "mi300x"


def test_any_speed_and_price_can_be_asked_for(shipped_db: Warehouse) -> None:
    shipped_db.con.execute(sql_files.questions())
    shared = ", ".join(one.name for one in columns(contracts()["mart_best_option"]))
    asked = f"select {shared} from best_options('{A}', 20)"
    kept = (
        f"select {shared} from marts.mart_best_option "
        f"where model_id = '{A}' and min_tok_s_user = 20"
    )
    assert sorted(shipped_db.rows(asked), key=str) == sorted(shipped_db.rows(kept), key=str)
    prices = "map {'h100-sxm5': 2.0, 'mi300x': 2.5}"
    rows = shipped_db.rows(
        "select hardware_id, rank_by_dollar, best_tok_s_user >= 23, best_output_tok_per_usd "
        f"from best_options('{A}', 23, usd_per_card_hour := {prices}) "
        "where weight_precision = '16-bit'"
    )
    assert [row[:3] for row in rows] == [
        ("h100-sxm5", 1, True),
        ("mi300x", 2, True),
        ("dcu-k100", None, True),
    ]
    assert rows[0][3] == pytest.approx(1850 / 8 * 3600 / 2)
    assert rows[1][3] == pytest.approx(2200 / 8 * 3600 / 2.5)
