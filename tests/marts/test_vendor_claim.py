"""Claims of each vendor: what is a pair, what is a share, and what too few are."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from pipelines.warehouse import Warehouse
from tests import feeds
from tests.conftest import Build
from tests.feeds import put
from tests.marts.rows import Row, describe, empty, mart_of

LEAST = 5
Z80 = 1.2815515655446004
QUANTITIES = {
    "throughput": "output_tok_s_per_card",
    "ttft": "ttft_p50_ms",
    "tbt": "tbt_p50_ms",
    "power": "power_per_card_w",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Warehouse]:
    with empty() as db:
        describe(
            db,
            "assumption",
            [
                {"name": "vendor_claim_min_count", "value": LEAST},
                {"name": "spec_difference_tolerance", "value": 0.02},
            ],
        )
        yield db


def case(case_id: str, *, tier: str = "official", figure: float = 100.0, **values: Any) -> Row:
    """A case of one piece of work, whose four figures are the same."""
    return {
        "case_id": case_id,
        "hardware_vendor": "v",
        "bits_per_weight": 8.0,
        "prefill_seq_len": 1000.0,
        "decode_seq_len": 100.0,
        "decode_concurrency": 20.0,
        **dict.fromkeys(QUANTITIES.values(), figure),
        "declared_tier": tier,
        **values,
    }


def claims(db: Warehouse, *cases: Row) -> dict[str, Row]:
    """The rows of the mart by quantity; the trust in a case follows from its declared tier."""
    describe(
        db,
        "case_trust",
        [
            {
                "case_id": one["case_id"],
                "declared_tier": one["declared_tier"],
                "overstated_item_count": one.pop("overstated", 0),
            }
            for one in cases
        ],
    )
    rows = mart_of(db, "mart_vendor_claim", cases)
    return {row["claimed_quantity"]: row for row in rows if row["kind"] == "performance"}


def measured(case_id: str = "m", **values: Any) -> Row:
    return case(case_id, tier="measured", **values)


def test_a_claim_is_held_against_the_median_of_what_was_measured(sandbox: Warehouse) -> None:
    figures = [110.0, 130.0, 150.0, 90.0, 400.0]
    rows = claims(
        sandbox,
        *(case(f"c{place}", figure=one) for place, one in enumerate(figures)),
        measured("m1", figure=50.0),
        measured("m2", figure=100.0),
        measured("m3", figure=1000.0),
        measured("m4", figure=1.0, plausibility="implausible"),
    )
    assert rows.keys() == {"any", *QUANTITIES}
    for quantity in QUANTITIES:
        row = rows[quantity]
        assert (row["claim_count"], row["measured_count"]) == (5, 5)
        assert row["claimed_to_measured_median"] == pytest.approx(1.3)
        assert row["claimed_to_measured_low"] == pytest.approx(0.9)
        assert row["claimed_to_measured_high"] == pytest.approx(4.0)
        assert row["reference_count"] == 0
        assert row["claimed_to_reference_median"] is row["differing_count"] is None
    assert rows["any"]["measured_count"] == 0
    assert rows["any"]["claimed_to_measured_median"] is None


@pytest.mark.parametrize("count", [5, 9, 10, 11, 25])
def test_the_interval_holds_the_middle_of_the_pairs(sandbox: Warehouse, count: int) -> None:
    figures = [float(1 + (7 * place) % 31) for place in range(count)]
    row = claims(
        sandbox,
        *(case(f"c{place:02}", figure=one) for place, one in enumerate(figures)),
        measured(figure=10.0),
    )["power"]
    low, high = row["claimed_to_measured_low"] * 10, row["claimed_to_measured_high"] * 10
    tenth = -(-count // 10)
    assert low == pytest.approx(sorted(figures)[tenth - 1])
    assert high == pytest.approx(sorted(figures)[-tenth])
    assert row["claimed_to_measured_median"] * 10 == pytest.approx(median(figures))


@pytest.mark.parametrize(
    ("change", "is_pair"),
    [
        ({}, True),
        ({"engine_id": "other"}, True),
        ({"quant_id": "other", "bits_per_weight": 8.25}, True),
        ({"decode_concurrency": 31.0}, True),
        ({"division": "closed"}, True),
        ({"hardware_id": "other"}, False),
        ({"model_id": "other"}, False),
        ({"bits_per_weight": 16.0}, False),
        ({"throughput_scope": "wall"}, False),
        ({"prefill_seq_len": 1e5}, False),
        ({"decode_seq_len": 1e5}, False),
        ({"decode_seq_len": None}, False),
        ({"decode_concurrency": 32.0}, False),
        ({"decode_concurrency": None}, False),
        ({"division": " Open"}, False),
        ({"is_decode_workload": False}, False),
        ({"plausibility": "impossible"}, False),
        ({"plausibility": "not_judged"}, False),
        ({"overstated": 1}, False),
    ],
)
def test_only_the_same_work_on_the_same_hardware_is_a_pair(
    sandbox: Warehouse, change: Row, is_pair: bool
) -> None:
    rows = claims(sandbox, case("c"), measured(**change))
    claimed = 2 if "overstated" in change else 1
    for quantity in QUANTITIES:
        assert rows[quantity]["claim_count"] == claimed
        assert rows[quantity]["measured_count"] == is_pair


def test_of_too_few_nothing_is_told_but_their_number(sandbox: Warehouse) -> None:
    few = [case(f"c{place}") for place in range(LEAST - 1)]
    row = claims(sandbox, *few, measured())["throughput"]
    assert (row["claim_count"], row["measured_count"], row["impossible_count"]) == (4, 4, 0)
    told = [name for name in row if name.startswith(("claimed_to_", "impossible_share"))]
    assert len(told) == 9
    assert {row[name] for name in told} == {None}


@pytest.mark.parametrize("impossible", [0, 1, 3, 6])
def test_the_share_of_impossible_claims_has_an_interval(
    sandbox: Warehouse, impossible: int
) -> None:
    """The ends are the shares p with |k/n − p| = z·sqrt(p·(1 − p)/n)."""
    count = 6
    cases = [
        case(f"c{place}", plausibility="impossible" if place < impossible else "plausible")
        for place in range(count)
    ]
    cases[0]["reference_plausibility"] = "impossible"
    cases += [measured(f"m{place}", plausibility="impossible") for place in range(3)]
    for row in claims(sandbox, *cases).values():
        assert row["impossible_count"] == impossible
        assert row["reference_impossible_count"] == max(impossible, 1)
        share = impossible / count
        assert row["impossible_share"] == pytest.approx(share)
        ends = (row["impossible_share_low"], row["impossible_share_high"])
        assert ends[0] <= share <= ends[1]
        for end in ends:
            assert abs(share - end) == pytest.approx(
                Z80 * (end * (1 - end) / count) ** 0.5, abs=1e-12
            )
        assert ends[0] < ends[1]


def test_the_missing_figure_of_a_case_is_no_claim(sandbox: Warehouse) -> None:
    rows = claims(sandbox, case("c", ttft_p50_ms=None, power_per_card_w=0.0))
    assert rows.keys() == {"any", "throughput", "tbt"}
    assert rows["any"]["claim_count"] == 1


def specifications(build: Build, bandwidth: float) -> list[tuple[Any, ...]]:
    item = feeds.case()
    put(item, "resolved.hardware.memory.bandwidth_gbps.value", bandwidth)
    with build(feeds.feed(item)) as db:
        return db.rows(
            "select claimed_quantity, claim_count, reference_count, differing_count, "
            "measured_count, impossible_count from marts.mart_vendor_claim "
            "where kind = 'specification' "
            "and claimed_quantity in ('memory_bandwidth', 'memory_capacity')"
        )


@pytest.mark.parametrize(("factor", "differing"), [(1, 0), (1.01, 0), (1.5, 1), (0.5, 1)])
def test_a_specification_is_held_against_the_catalog(
    build: Build, factor: float, differing: int
) -> None:
    assert specifications(build, 2039 * factor) == [
        ("memory_bandwidth", 1, 1, differing, 0, None),
        ("memory_capacity", 1, 1, 0, 0, None),
    ]


def test_the_shipped_figures_of_amd_are_below_the_catalog(shipped_db: Warehouse) -> None:
    """Those of MI355X are lower in the feed: quality.spec_difference has five rows of it."""
    ((count, differing, low, high),) = shipped_db.rows(
        "select reference_count, differing_count, claimed_to_reference_low, "
        "claimed_to_reference_high from marts.mart_vendor_claim "
        "where hardware_vendor = 'amd' and kind = 'specification' and claimed_quantity = 'compute'"
    )
    ((expected,),) = shipped_db.rows(
        "select count(*) from quality.spec_difference where entity_id in "
        "('mi300x', 'mi325x', 'mi355x') and attribute like 'peak%'"
    )
    assert (differing, high) == (expected, pytest.approx(1, abs=0.02))
    assert count > differing
    assert low < 0.98
