"""Rankings: who is ranked, who is left out and why, and what no case can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import contracts
from pipelines.transform import registry
from pipelines.validation.violations import violations
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build, warehouse_of
from tests.marts import mixture
from tests.marts.rows import Row, empty, mart_of, some_cases

FIGURES = (
    "roofline_efficiency",
    "decode_mbu",
    "decode_mfu",
    "output_tok_s_per_card",
    "output_tok_s_per_w",
)
REASONS = ("impossible", "implausible", "not_judged", "other_workload")
RANKED_BY = {
    "rank_by_efficiency": "roofline_efficiency_median",
    "rank_by_throughput": "output_tok_s_per_card_best",
}
#: What the cases of a ranking have in common.
COMPARED = ("compute_precision", "throughput_scope", "division")
MARTS = {
    "mart_hardware_leaderboard": "hardware",
    "mart_engine_comparison": "engine",
    "mart_model_summary": "model",
}

CASES = some_cases(
    hardware_id=st.sampled_from(["h1", "h2"]),
    engine_id=st.sampled_from(["e1", "e2"]),
    compute_precision=st.sampled_from(["bf16", None]),
    throughput_scope=st.sampled_from(["phase", "wall"]),
    division=st.sampled_from([None, None, "closed", "Closed", "open", "network"]),
    plausibility=st.sampled_from(
        ["plausible", "plausible", "implausible", "impossible", "not_judged"]
    ),
    is_decode_workload=st.sampled_from([True, True, False]),
    uses_speculative_decoding=st.booleans(),
    **{name: st.sampled_from([None, 0.0, 0.25, 0.5, 1.0, 4.0]) for name in FIGURES},
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    with empty() as db:
        yield db


def reason(case: Row) -> str | None:
    """Why a case is left out."""
    if case["plausibility"] != "plausible":
        return str(case["plausibility"])
    return None if case["is_decode_workload"] else "other_workload"


def expected(cases: list[Row], kind: str) -> dict[tuple[Any, ...], Row]:
    """The expected summary of each accelerator or engine, without its ranks."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for case in cases:
        key = (
            case[f"{kind}_id"],
            case["compute_precision"] or "none",
            case["throughput_scope"],
            (case["division"] or "none").lower(),
        )
        groups.setdefault(key, []).append(case)
    found = {}
    for key, members in groups.items():
        ranked = [case for case in members if reason(case) is None]
        row: Row = {
            "case_count": len(members),
            "ranked_case_count": len(ranked),
            "left_out_case_ids": sorted(
                case["case_id"] for case in members if reason(case) is not None
            ),
            "plausible_share": sum(case["plausibility"] == "plausible" for case in members)
            / len(members),
            "speculative_case_count": sum(case["uses_speculative_decoding"] for case in ranked),
        }
        for one in REASONS:
            row[f"{one}_case_count"] = sum(reason(case) == one for case in members)
        for figure in FIGURES:
            values = [case[figure] for case in ranked if case[figure]]
            row[f"{figure}_case_count"] = len(values)
            row[f"{figure}_missing_count"] = len(ranked) - len(values)
            row[f"{figure}_median"] = median(values) if values else None
            row[f"{figure}_best"] = max(values, default=None)
        found[key] = row
    return found


def key_of(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("subject_id", *COMPARED))


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_every_figure_is_that_of_the_plausible_decode_cases_that_give_it(
    sandbox: Warehouse, cases: list[Row]
) -> None:
    rows = mart_of(sandbox, "mart_claim_summary", cases)
    for kind in ("hardware", "engine"):
        found = {key_of(row): row for row in rows if row["subject_type"] == kind}
        wanted = expected(cases, kind)
        assert found.keys() == wanted.keys()
        for key, row in wanted.items():
            assert {name: found[key][name] for name in row} == row


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_the_cases_ranked_and_left_out_add_up_to_all(sandbox: Warehouse, cases: list[Row]) -> None:
    rows = mart_of(sandbox, "mart_claim_summary", cases)
    for kind in ("hardware", "engine", "model"):
        assert sum(row["case_count"] for row in rows if row["subject_type"] == kind) == len(cases)
    for row in rows:
        left_out = sum(row[f"{one}_case_count"] for one in REASONS)
        assert row["ranked_case_count"] + left_out == row["case_count"]
        assert len(row["left_out_case_ids"]) == left_out
        for figure in FIGURES:
            given_, missing = row[f"{figure}_case_count"], row[f"{figure}_missing_count"]
            assert given_ + missing == row["ranked_case_count"]
            assert (row[f"{figure}_median"] is None) == (given_ == 0)


@settings(max_examples=50, deadline=None)
@given(cases=CASES)
def test_a_rank_counts_the_better_ones_of_the_same_precision_scope_and_division(
    sandbox: Warehouse, cases: list[Row]
) -> None:
    rows = mart_of(sandbox, "mart_claim_summary", cases)
    for row in rows:
        rivals = [
            other
            for other in rows
            if all(other[name] == row[name] for name in ("subject_type", *COMPARED))
        ]
        for rank, figure in RANKED_BY.items():
            better = sum(
                other[figure] is not None
                and row[figure] is not None
                and other[figure] > row[figure]
                for other in rivals
            )
            assert row[rank] == (None if row[figure] is None else better + 1)


@settings(max_examples=50, deadline=None)
@given(cases=CASES, others=CASES)
def test_a_case_that_is_left_out_moves_no_median_no_best_and_no_rank(
    sandbox: Warehouse, cases: list[Row], others: list[Row]
) -> None:
    left_out = [
        {**case, "case_id": f"other-{place}"}
        for place, case in enumerate(others)
        if reason(case) is not None
    ]
    moved = tuple(
        [f"{figure}_{which}" for figure in FIGURES for which in ("median", "best", "case_count")]
        + [*RANKED_BY, "ranked_case_count"]
    )

    def figures(rows: list[Row]) -> dict[tuple[Any, ...], list[Any]]:
        return {
            (row["subject_type"], *key_of(row)): [row[name] for name in moved]
            for row in rows
            if row["ranked_case_count"]
        }

    before = figures(mart_of(sandbox, "mart_claim_summary", cases))
    after = figures(mart_of(sandbox, "mart_claim_summary", cases + left_out))
    assert after == before


def test_neither_scopes_nor_divisions_are_ranked_together(sandbox: Warehouse) -> None:
    """The slowest of each accelerator leads where nobody else is comparable."""

    def case(hardware: str, scope: str, division: str | None, figure: float) -> Row:
        return {
            "case_id": f"{hardware}-{scope}-{division}-{figure}",
            "hardware_id": hardware,
            "throughput_scope": scope,
            "division": division,
            "roofline_efficiency": figure / 10,
            "output_tok_s_per_card": figure,
        }

    cases = [
        case("h1", "wall", None, 4.0),
        case("h1", "phase", None, 9.0),
        case("h1", "wall", "closed", 3.0),
        case("h1", "wall", "Closed ", 1.0),  # the same division
        case("h2", "wall", "closed", 8.0),
        case("h2", "wall", "open", 7.0),
        case("h2", "wall", "network", 6.0),
    ]
    found = [
        tuple(row[name] for name in ("subject_id", "throughput_scope", "division"))
        + tuple(row[name] for name in ("output_tok_s_per_card_median", *RANKED_BY))
        for row in mart_of(sandbox, "mart_claim_summary", cases)
        if row["subject_type"] == "hardware"
    ]
    assert found == [
        ("h1", "phase", "none", 9.0, 1, 1),
        ("h1", "wall", "closed", 2.0, 2, 2),
        ("h1", "wall", "none", 4.0, 1, 1),
        ("h2", "wall", "closed", 8.0, 1, 1),
        ("h2", "wall", "network", 6.0, 1, 1),
        ("h2", "wall", "open", 7.0, 1, 1),
    ]


def test_the_ids_of_what_is_left_out_are_bounded_and_the_counts_are_not(
    sandbox: Warehouse,
) -> None:
    cases = [{"case_id": f"case-{n:03}", "plausibility": "impossible"} for n in range(150)]
    (row,) = [
        row
        for row in mart_of(sandbox, "mart_claim_summary", cases)
        if row["subject_type"] == "model"
    ]
    assert row["impossible_case_count"] == 150
    assert row["left_out_case_ids"] == [f"case-{n:03}" for n in range(100)]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse of cases of every kind."""
    with warehouse_of(tmp_path_factory.mktemp("mixed"), feeds.feed(*mixture.mixture())) as db:
        yield db


def test_the_mixture_is_what_it_says(mixed: Warehouse) -> None:
    rows = mixed.rows(
        "select split_part(case_id, '-on-', 1) as kind, list(distinct plausibility), "
        "list(distinct throughput_scope), count(*) from marts.mart_case_metrics group by kind"
    )
    verdicts = {kind: (plausibility, scope) for kind, plausibility, scope, _ in rows}
    judged = {"impossible": "impossible", "implausible": "implausible", "no-result": "not_judged"}
    assert verdicts == {
        kind: ([judged.get(kind, "plausible")], ["wall" if kind == "wall" else "phase"])
        for kind in mixture.KINDS
    }
    assert {count for *_, count in rows} == {len(mixture.plausible())}
    assert len(mixture.plausible()) > 5


def test_every_mart_of_the_mixture_keeps_its_contract(mixed: Warehouse) -> None:
    for name in registry.tables():
        assert violations(mixed, contracts()[name]) == []


@pytest.mark.parametrize("mart", MARTS)
def test_no_ranking_holds_a_case_that_is_not_plausible(mixed: Warehouse, mart: str) -> None:
    subject = f"{MARTS[mart]}_id"
    rows = mixed.frame(f"from marts.{mart}").to_dicts()
    cases = mixed.frame("from marts.mart_case_metrics").to_dicts()
    assert sum(row["case_count"] for row in rows) == len(cases)
    for row in rows:
        of_row = [
            case
            for case in cases
            if case[subject] == row[subject]
            and case["throughput_scope"] == row["throughput_scope"]
            and (case["compute_precision"] or "none") == row["compute_precision"]
        ]
        kinds = {case["case_id"]: case["case_id"].split("-on-")[0] for case in of_row}
        left_out = {one for one, kind in kinds.items() if kind in mixture.LEFT_OUT}
        assert set(row["left_out_case_ids"]) == left_out
        best = max(
            (
                case["output_tok_s_per_card"]
                for case in of_row
                if case["case_id"] not in left_out and case["output_tok_s_per_card"]
            ),
            default=None,
        )
        assert row["output_tok_s_per_card_best"] == best
        if kinds.keys() == left_out:
            assert row["rank_by_efficiency"] is row["rank_by_throughput"] is None


def test_what_is_left_out_changes_no_figure_of_a_real_build(
    mixed: Warehouse, tmp_path: Path
) -> None:
    shown = "subject_type, subject_id, compute_precision, throughput_scope"
    figures = ", ".join(f"{figure}_{which}" for figure in FIGURES for which in ("median", "best"))
    query = (
        f"select {shown}, {figures}, rank_by_efficiency, rank_by_throughput "
        f"from marts.mart_claim_summary where ranked_case_count > 0 order by {shown}"
    )
    ranked = [kind for kind in mixture.KINDS if kind not in mixture.LEFT_OUT]
    with warehouse_of(tmp_path, feeds.feed(*mixture.mixture(*ranked))) as db:
        assert db.rows(query) == mixed.rows(query)


@pytest.mark.parametrize("mart", MARTS)
def test_of_the_shipped_claims_ten_are_ranked_and_the_others_counted(
    shipped_db: Warehouse, mart: str
) -> None:
    rows = shipped_db.frame(f"from marts.{mart}").to_dicts()
    counts = {one: sum(row[f"{one}_case_count"] for row in rows) for one in ("ranked", *REASONS)}
    assert counts == {
        "ranked": 10,
        "impossible": 5,
        "implausible": 7,
        "not_judged": 0,
        "other_workload": 0,
    }
    assert max(row["roofline_efficiency_best"] or 0 for row in rows) < 1
    assert {row["rank_by_efficiency"] for row in rows} >= {1, None}


#: A change of a case with one piece of evidence, and whether anybody can trace the rest.
EVIDENCE: dict[str, tuple[Callable[[feeds.Feed], object], bool]] = {
    "as it is": (lambda case: None, True),
    "no url": (lambda case: case["evidence"][0].update(url=None), True),
    "no citation": (lambda case: case["evidence"][0].update(citation=None), True),
    "neither": (lambda case: case["evidence"][0].update(url=None, citation=" "), False),
    "official": (lambda case: case["evidence"][0].update(tier="official"), False),
    "of a vendor": (lambda case: case["evidence"][0].update(source_type="other"), False),
    "not measured": (
        lambda case: case["evidence"][0].update(contributor_attestation="Synthesized."),
        False,
    ),
    "another overstated": (
        lambda case: case["evidence"].append(
            {**case["evidence"][0], "id": "ev-2", "source_type": "other"}
        ),
        False,
    ),
    "no evidence": (lambda case: case["evidence"].clear(), False),
    "no result": (mixture.without_result, False),
    "impossible": (mixture.impossible, True),
}


def test_a_case_is_traceable_by_a_measurement_that_qualifies_and_names_its_source(
    build: Build,
) -> None:
    cases = []
    for place, (change, _) in enumerate(EVIDENCE.values()):
        case = mixture.plausible()[0]
        case["id"] = f"case-{place:02}"
        change(case)
        cases.append(case)
    with build(feeds.feed(*cases)) as db:
        rows = db.rows("select is_traceable from marts.mart_case_metrics order by case_id")
    found = dict(zip(EVIDENCE, (row[0] for row in rows), strict=True))
    assert found == {name: wanted for name, (_, wanted) in EVIDENCE.items()}
