"""The coverage matrix: every combination once, every case in it."""

from __future__ import annotations

from collections import Counter

import pytest

from pipelines.contracts.marts.mart_coverage_matrix import COVERAGES
from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build
from tests.marts import mixture


def test_the_matrix_has_every_combination_once_and_every_case(shipped_db: Warehouse) -> None:
    rows = shipped_db.frame("from marts.mart_coverage_matrix").to_dicts()
    (expected,) = shipped_db.rows(
        "select count(*) from (select hardware_id, model_id, quant_id from "
        "marts.mart_stack_option union select hardware_id, model_id, quant_id from "
        "marts.mart_case_metrics)"
    )
    assert (len(rows),) == expected
    assert len({(row["hardware_id"], row["model_id"], row["quant_id"]) for row in rows}) == len(
        rows
    )
    assert sum(row["case_count"] for row in rows) == 22
    for row in rows:
        kinds = ("plausible", "implausible", "impossible", "not_judged")
        assert sum(row[f"{kind}_case_count"] for kind in kinds) == row["case_count"]
        assert row["measured_case_count"] <= row["plausible_case_count"]
        assert (row["coverage"] == "none") == (row["case_count"] == 0)
    of_cases = Counter(row["coverage"] for row in rows if row["case_count"])
    assert set(of_cases) == {"plausible", "implausible", "impossible"}


@pytest.mark.parametrize(
    ("kinds", "coverage"),
    [
        (["phase", "impossible", "implausible", "no-result"], "measured"),
        (["declared", "impossible"], "plausible"),
        (["no-result", "impossible", "implausible"], "not judged"),
        (["implausible", "impossible"], "implausible"),
        (["impossible"], "impossible"),
    ],
)
def test_a_combination_is_as_good_as_its_best_case(
    build: Build, kinds: list[str], coverage: str
) -> None:
    cases = []
    for kind in kinds:
        case = mixture.of_kind("phase" if kind == "declared" else kind, mixture.plausible()[0])
        if kind == "declared":
            case["evidence"][0]["tier"] = "official"
        cases.append(case)
    with build(feeds.feed(*cases)) as db:
        rows = db.rows("select coverage, case_count from marts.mart_coverage_matrix")
    assert rows == [(coverage, len(kinds))]
    assert coverage in COVERAGES
