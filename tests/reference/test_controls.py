"""The reference raises no alarm on honest runs and notices the mistakes that leave a trace."""

from __future__ import annotations

import pytest

from tests import controls
from tests.controls.honest import SETUPS
from tests.controls.scorecard import Found, Item
from tests.reference.case import Case
from tests.reference.rules import RULES, Feed
from tests.reference.verdicts import verdict

#: corruption: percent of the runs that get a new error or warning, and that get only an info
NOTICED = {
    "throughput × 8": (100, 0),
    "per-card throughput as total": (0, 88),
    "throughput of one user as total": (0, 100),
    "requests per second as tokens per second": (0, 100),
    "input plus output as output": (100, 0),
    "prefill and decode swapped": (87, 0),
    "every result 0, a run that failed": (0, 100),
    "TTFT in seconds": (91, 0),
    "TTFT in microseconds": (82, 0),
    "TPOT in seconds": (97, 2),
    "TPOT in microseconds": (100, 0),
    "all latencies in seconds": (97, 2),
    "swapped percentiles": (100, 0),
    "TPOT over the whole request, first token included": (33, 0),
    "whole request as TTFT": (82, 0),
    "watts × 10": (100, 0),
    "watts ÷ 10": (100, 0),
    "kilowatts as watts (÷ 1000)": (100, 0),
    "power of the node as that of a card": (100, 0),
    "TDP as measured power": (0, 100),
    "gigabits entered as gigabytes (bandwidth × 8)": (0, 44),
    "gigabytes taken for gigabits (bandwidth ÷ 8)": (87, 0),
    "sparse peak for dense": (0, 100),
    "every peak sparse": (0, 0),
    "40 GB for 80 GB": (19, 0),
    "8 cards for 1": (0, 41),
    "1 card for 8": (91, 8),
    "cards = tp × ep": (0, 33),
    "total for active parameters": (100, 0),
    "total and active parameters swapped": (100, 0),
    "active for total parameters": (0, 43),
    "4-bit weights under a 16-bit label": (88, 0),
    "batch size for concurrency": (97, 0),
    "lengths swapped": (67, 0),
    "prompt longer than the model takes": (97, 2),
    "more sequences than memory holds": (91, 2),
    "copied results under another model": (100, 0),
    "copied results under another card": (100, 0),
    "the same run under three ids": (0, 100),
    "title of another model": (0, 100),
    "title of another card": (0, 82),
    "a press release called measured": (100, 0),
    "numbers of others called measured": (100, 0),
    "p99 of ten requests": (0, 100),
    "a run half of which failed": (0, 100),
    "cached prompts counted, caching denied": (63, 0),
    "speculation not mentioned": (92, 2),
}


def judged(items: list[Item]) -> Found:
    feed = Feed(items)
    return {
        item["id"]: {rule: f.severity for rule, f in feed.findings(item["id"]).items()}
        for item in items
    }


@pytest.fixture(scope="module")
def card() -> controls.Scorecard:
    return controls.score(judged)


def test_honest_runs_break_no_rule_and_are_plausible() -> None:
    items = controls.clean()
    feed = Feed(items)
    assert {item["id"]: feed.findings(item["id"]) for item in items} == {
        item["id"]: {} for item in items
    }
    assert {verdict(feed, item["id"])["plausibility"] for item in items} == {"plausible"}


def test_honest_runs_are_of_every_kind() -> None:
    cases = [Case(item) for item in controls.clean()]
    assert len(cases) >= 40
    assert {case.attention for case in cases} == {"gqa", "mha", "mla"}
    assert {case.E.known for case in cases} == {True, False}
    assert {case.scope for case in cases} == {"wall", "phase"}
    assert {case.w.number for case in cases} == {0.5, 1, 2}
    assert {1, 2, 4, 8, 16, 32, 64} <= {case.count.number for case in cases}
    assert {case.caches for case in cases} == {True, False, None}
    for feature in (
        [case.speculates for case in cases],
        [case.disaggregated for case in cases],
        [case.window.known for case in cases],
        [case.kv_cache_bits.known for case in cases],
        [case.e2e_mean.known for case in cases],
        [case.requests_completed.known for case in cases],
        [case.server_card is not None for case in cases],
        [case.memory_bw_pct.known for case in cases],
    ):
        assert 2 <= sum(feature) <= len(cases) - 2
    for case, setup in zip(cases, SETUPS, strict=True):
        assert case.speculates == (setup.accepted > 1)
        assert (case.caches is True) == (setup.hit_rate > 0)


def test_a_corruption_is_noticed_as_often_as_before(
    card: controls.Scorecard, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\n\n{card}")
    assert card.alarms == {}
    shares = {
        name: (100 * score.warned // score.tried, 100 * score.info_only // score.tried)
        for name, score in card.scores.items()
    }
    assert shares == NOTICED


def test_every_corruption_can_be_made_and_is_named_where_its_numbers_tell(
    card: controls.Scorecard,
) -> None:
    assert len(controls.CORRUPTIONS) >= 26
    for corruption in controls.CORRUPTIONS:
        score = card.scores[corruption.name]
        assert score.tried >= 3, corruption.name
        assert corruption.rules <= RULES.keys(), corruption.name
        assert (score.named > 0) == bool(corruption.rules), corruption.name


def test_a_corruption_leaves_the_control_as_it_was() -> None:
    before, control = controls.clean(), controls.clean()
    for corruption in controls.CORRUPTIONS:
        for item in control:
            controls.corrupted(corruption, item)
    assert control == before
