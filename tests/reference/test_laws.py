"""Laws that hold for every item, and generated items that a warehouse takes."""

from __future__ import annotations

import json
import math
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import feeds
from tests.conftest import warehouse_of
from tests.reference import strategies
from tests.reference.case import Case, Item
from tests.reference.metrics import PER_TOKEN, metrics
from tests.reference.quantity import NULL, quantity
from tests.reference.rules import RULES, Feed, findings
from tests.reference.verdicts import verdict

unhurried = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def in_order(*values: Any) -> bool:
    """Ascending, those that are NULL left out, and rounding forgiven."""
    known = [value for value in values if value is not None]
    return all(left <= right * (1 + 1e-12) for left, right in pairwise(known))


@unhurried
@given(item=strategies.items())
def test_every_item_has_every_column_and_numbers_are_finite(item: Item) -> None:
    found = metrics(item)
    assert found.keys() == metrics(feeds.case()).keys()
    assert all(math.isfinite(value) for value in found.values() if isinstance(value, float))


@unhurried
@given(item=strategies.items())
def test_what_is_granted_never_lowers_a_roofline(item: Item) -> None:
    found = metrics(item)
    prefix = "decode_roofline_efficiency"
    assert in_order(found[f"{prefix}_low"], found[prefix], found[f"{prefix}_high"])
    assert in_order(found["decode_roofline_tok_s"], found["decode_roofline_lenient_tok_s"])
    assert in_order(found["serving_roofline_tok_s"], found["decode_roofline_tok_s"])
    assert in_order(
        found["decode_roofline_at_max_concurrency_tok_s"], found["decode_roofline_hard_tok_s"]
    )
    assert in_order(found["prefill_mfu_floor"], found["prefill_mfu_linear"], found["prefill_mfu"])


@unhurried
@given(item=strategies.items())
def test_what_does_not_decode_has_no_column_that_counts_tokens(item: Item) -> None:
    case, found = Case(item), metrics(item)
    if not case.is_decode:
        assert {found[name] for name in PER_TOKEN} == {None}
        assert found["roofline_efficiency"] is found["prefill_mfu"] is None
        assert not findings(item, [item]).keys() & {
            "decode_above_hard_roofline",
            "step_faster_than_roofline",
            "concurrency_above_limit",
        }


@unhurried
@given(item=strategies.items())
def test_integers_and_floats_are_the_same_numbers(item: Item) -> None:
    def as_floats(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_floats(each) for key, each in value.items()}
        if isinstance(value, list):
            return [as_floats(each) for each in value]
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    floats = as_floats(item)
    assert metrics(floats) == metrics(item)
    assert findings(floats, [floats]) == findings(item, [item])


@settings(unhurried, max_examples=30)
@given(found=strategies.feed_items(max_size=5), data=st.data())
def test_the_order_of_a_feed_does_not_matter(found: list[Item], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found))
    one, other = Feed(found), Feed(shuffled)
    for item in found:
        assert one.findings(item["id"]) == other.findings(item["id"])
        assert findings(item, found) == one.findings(item["id"])
        assert verdict(one, item["id"]) == verdict(other, item["id"])


@settings(unhurried, max_examples=30)
@given(found=strategies.feed_items())
def test_a_verdict_is_one_of_the_few_and_counts_its_findings(found: list[Item]) -> None:
    feed = Feed(found)
    for item in found:
        said, broken = verdict(feed, item["id"]), feed.findings(item["id"])
        severities = Counter(finding.severity for finding in broken.values())
        assert said["plausibility"] in ("impossible", "implausible", "plausible", "not_judged")
        assert (said["error_count"], said["warn_count"]) == (
            severities["error"],
            severities["warn"],
        )
        assert (said["plausibility"] == "impossible") == (severities["error"] > 0)
        assert (said["effective_tier"] == "inconsistent") == (severities["error"] > 0)


@unhurried
@given(item=strategies.items())
def test_an_item_is_what_it_is_after_a_trip_through_json(item: Item) -> None:
    assert json.loads(json.dumps(item)) == item


finite = st.floats(-1e6, 1e6) | st.integers(-(10**6), 10**6)


@given(left=finite, right=finite)
def test_null_is_contagious_and_compares_with_nothing(left: float, right: float) -> None:
    for result in (NULL + left, left - NULL, NULL * left, left / NULL, NULL / left, abs(NULL)):
        assert not result.known
    assert not any((NULL < left, NULL > left, NULL <= left, NULL >= left))  # noqa: SIM300
    assert not NULL.differs_from(left)
    assert not (quantity(left) / 0).known
    assert (quantity(left) + right).number == pytest.approx(left + right)
    assert (left * quantity(right)).number == pytest.approx(left * right)
    assert (quantity(left) < right) == (left < right)


def test_decimals_are_exact() -> None:
    assert not (quantity(0.1) + 0.2).differs_from(0.3)
    assert not (1.05 * quantity(400)).differs_from(420)


def test_random_items_break_every_rule_and_leave_every_column_out() -> None:
    """The generated items reach everything that two implementations could differ in."""
    broken: Counter[str] = Counter()
    known: Counter[str] = Counter()
    drawn: list[Item] = []

    @settings(
        max_examples=200,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(found=strategies.feed_items(min_size=6))
    def draw(found: list[Item]) -> None:
        feed = Feed(found)
        for item in found:
            drawn.append(item)
            broken.update(feed.findings(item["id"]).keys())
            known.update(name for name, value in metrics(item).items() if value is not None)

    draw()
    assert RULES.keys() - broken.keys() == set()
    unpriced = {"decode_electricity_usd_per_mtok", "decode_hardware_usd_per_mtok"}
    assert metrics(feeds.case()).keys() - known.keys() == unpriced
    always = {name for name, count in known.items() if count == len(drawn)}
    never_null = {"throughput_scope", "uses_speculative_decoding", "domain", "all_cards"}
    assert never_null <= always <= never_null | {"workload_kind"}


@settings(
    max_examples=1,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(found=strategies.feed_items(loose=False, min_size=120, max_size=150))
def test_strict_items_are_within_the_contract(found: list[Item]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse_of(Path(folder), feeds.feed(*found)) as db,
    ):
        assert db.rows("select case_id, path, reason from quality.reject") == []
        assert db.rows("select count(*) from marts.mart_case_metrics") == [(len(found),)]
