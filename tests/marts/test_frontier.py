"""The Pareto frontier: what nobody dominates, among those that may be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.marts.mart_pareto_frontier import LEFT_OUT
from pipelines.warehouse import Warehouse
from tests.marts.rows import Row, empty, mart_of, some_cases

AXES = ("interactivity_tok_s_user", "output_tok_s_per_card")
COUNTS = {
    "impossible": "impossible_case_count",
    "implausible": "implausible_case_count",
    "not judged": "not_judged_case_count",
    "no decode workload": "other_workload_case_count",
    "without the figures": "missing_figure_case_count",
}
CASES = some_cases(
    model_id=st.sampled_from(["m1", "m2"]),
    throughput_scope=st.sampled_from(["phase", "wall"]),
    division=st.sampled_from([None, None, "closed", "Closed", "open"]),
    plausibility=st.sampled_from(
        ["plausible", "plausible", "plausible", "implausible", "impossible", "not_judged"]
    ),
    is_decode_workload=st.sampled_from([True, True, True, False]),
    prefill_seq_len=st.sampled_from([None, 100.0, 5000.0]),
    decode_seq_len=st.just(100.0),
    interactivity_tok_s_user=st.sampled_from([None, 1.0, 2.0, 3.0]),
    output_tok_s_per_card=st.sampled_from([None, 0.0, 1.0, 2.0, 3.0]),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    with empty() as db:
        yield db


def reason(case: Row, scope: str) -> str | None:
    """Why a case takes no part in a scope."""
    if case["plausibility"] != "plausible":
        return str(case["plausibility"]).replace("_", " ")
    if not case["is_decode_workload"]:
        return "no decode workload"
    if not all(case[axis] for axis in AXES):
        return "without the figures"
    if scope == "class" and case["prefill_seq_len"] is None:
        return "without the figures"
    return None


def dominates(one: Row, other: Row) -> bool:
    pairs = [(one[axis], other[axis]) for axis in AXES]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_the_frontier_is_what_no_comparable_plausible_case_dominates(
    sandbox: Warehouse, cases: list[Row]
) -> None:
    rows = mart_of(sandbox, "mart_pareto_frontier", cases)
    said = {case["case_id"]: case for case in cases}
    assert Counter(row["case_id"] for row in rows) == dict.fromkeys(said, 2)
    for row in rows:
        own, scope = said[row["case_id"]], row["scope"]
        assert row["left_out_reason"] == reason(own, scope)
        kin = [
            case
            for case in cases
            if case["throughput_scope"] == own["throughput_scope"]
            and (case["division"] or "").lower() == (own["division"] or "").lower()
            and (
                scope == "overall"
                or all(case[name] == own[name] for name in ("model_id", "prefill_seq_len"))
            )
        ]
        contenders = [case for case in kin if reason(case, scope) is None]
        assert row["contender_count"] == len(contenders)
        assert row["case_count"] == len(kin)
        for why, name in COUNTS.items():
            assert row[name] == sum(reason(case, scope) == why for case in kin)
        takes_part = own in contenders
        rivals = [case["case_id"] for case in contenders if takes_part and dominates(case, own)]
        assert row["is_on_frontier"] == (takes_part and not rivals)
        if rivals:
            assert row["dominated_by_case_id"] in rivals
        else:
            assert row["dominated_by_case_id"] is None


def test_a_result_of_mlperf_is_on_the_frontier_of_its_division(sandbox: Warehouse) -> None:
    def case(case_id: str, division: str | None, figure: float) -> Row:
        both = dict.fromkeys(AXES, figure)
        lengths = {"prefill_seq_len": 100.0, "decode_seq_len": 100.0}
        return {"case_id": case_id, "division": division, **lengths, **both}

    cases = [
        case("closed", "closed", 1.0),
        case("open", "open", 2.0),
        case("none", None, 3.0),
        case("closed-and-slower", "Closed", 0.5),
    ]
    rows = mart_of(sandbox, "mart_pareto_frontier", cases)
    beaten = {(row["scope"], row["case_id"]): row["dominated_by_case_id"] for row in rows}
    assert beaten == {
        (scope, one["case_id"]): "closed" if one["case_id"] == "closed-and-slower" else None
        for scope in ("class", "overall")
        for one in cases
    }
    assert {row["scope_id"] for row in rows if row["scope"] == "overall"} == {
        "all claims | phase",
        "all claims | phase | MLPerf closed",
        "all claims | phase | MLPerf open",
    }


def test_the_reasons_counted_are_all_that_there_are() -> None:
    assert set(COUNTS) == set(LEFT_OUT)


@pytest.mark.parametrize("scope", ["class", "overall"])
def test_each_shipped_claim_has_its_place_in_a_scope(shipped_db: Warehouse, scope: str) -> None:
    rows = shipped_db.frame(f"from marts.mart_pareto_frontier where scope = '{scope}'").to_dicts()
    assert len(rows) == 22
    verdicts = dict(shipped_db.rows("select case_id, plausibility from marts.mart_case_metrics"))
    leaders = [row["case_id"] for row in rows if row["is_on_frontier"]]
    assert leaders
    assert {verdicts[case_id] for case_id in leaders} == {"plausible"}
    beaten_by = {row["dominated_by_case_id"] for row in rows} - {None}
    assert {verdicts[case_id] for case_id in beaten_by} <= {"plausible"}
