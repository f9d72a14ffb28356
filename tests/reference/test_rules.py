"""Each rule is broken just beyond its limit, and kept at it."""

from __future__ import annotations

import pytest

from tests.reference.case import Item
from tests.reference.edges import edges
from tests.reference.items import (
    COMMAND,
    DECODE,
    HONEST,
    LATENCY,
    LLAMA,
    MODEL,
    PREFILL,
    Changes,
    variant,
)
from tests.reference.rules import RULES, Feed, findings
from tests.reference.verdicts import verdict

#: Of these an item is not enough: they compare it with others.
ABOUT_OTHERS = {"results_identical_elsewhere", "results_repeated"}


@pytest.mark.parametrize(
    ("rule", "breaks", "keeps"), edges(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_rule_is_broken_beyond_its_limit_and_kept_at_it(
    rule: str, breaks: Item, keeps: Item
) -> None:
    broken = findings(breaks, [breaks])
    assert rule in broken
    assert rule not in findings(keeps, [keeps])
    assert (broken[rule].category, broken[rule].severity) == (
        RULES[rule].category,
        RULES[rule].severity,
    )
    observed, limit, margin = broken[rule].observed, broken[rule].limit, broken[rule].margin
    assert (observed is None) == (limit is None)
    if observed is not None and limit:
        assert margin == pytest.approx(abs(observed - limit) / abs(limit))


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _, _ in edges()} | ABOUT_OTHERS == RULES.keys()


def test_an_honest_run_breaks_no_rule_and_is_plausible() -> None:
    honest = variant("honest", LLAMA, HONEST)
    assert findings(honest, [honest]) == {}
    assert verdict(Feed([honest]), "honest") == {
        "plausibility": "plausible",
        "declared_tier": "measured",
        "effective_tier": "measured",
        "error_count": 0,
        "warn_count": 0,
        "info_count": 0,
    }


def test_a_rule_that_is_missing_is_named() -> None:
    with pytest.raises(KeyError, match="no rule 'tokens_too_cheap'"):
        RULES["tokens_too_cheap"]


CARDS = "stack.hardware.count"
FEW: Changes = {PREFILL: None, LATENCY + "ttft_p50": None, LATENCY + "tbt_p50": None}
TOO_LITTLE: Changes = {DECODE: 0, PREFILL: None}


@pytest.mark.parametrize(
    ("both", "second", "rule"),
    [
        ({}, {}, "results_repeated"),
        ({}, {LATENCY + "ttft_p99": 400, "title": "another"}, "results_repeated"),
        ({}, {CARDS: 16}, "results_identical_elsewhere"),
        ({}, {MODEL + "name": "another model"}, "results_identical_elsewhere"),
        ({}, {"resolved.hardware.name": "another card"}, "results_identical_elsewhere"),
        ({}, {"resolved.quantization.name": "another"}, "results_identical_elsewhere"),
        ({PREFILL: None}, {}, "results_repeated"),
        ({LATENCY + "ttft_p50": None}, {LATENCY + "ttft_p50": 0}, "results_repeated"),
        ({}, {DECODE: 1501}, None),
        ({}, {PREFILL: None}, None),
        ({PREFILL: None}, {PREFILL: 0}, None),  # a throughput of 0 is a number
        (FEW, {}, None),  # one number above 0 is too little to tell
        (TOO_LITTLE, {}, None),  # and so are latencies without a throughput
    ],
)
def test_the_same_results_are_found_in_other_cases(
    both: Changes, second: Changes, rule: str | None
) -> None:
    feed = Feed(
        [
            variant("first", LLAMA, {**HONEST, **both}),
            variant("second", LLAMA, {**HONEST, **both, **second}),
        ]
    )
    for case_id in ("first", "second"):
        assert feed.findings(case_id).keys() & ABOUT_OTHERS == ({rule} if rule else set())


def test_a_case_may_repeat_one_and_copy_another() -> None:
    changes: dict[str, Changes] = {"one": {}, "two": {}, "three": {CARDS: 16}}
    feed = Feed([variant(name, LLAMA, {**HONEST, **more}) for name, more in changes.items()])
    assert feed.findings("one").keys() == ABOUT_OTHERS
    assert feed.findings("three").keys() & ABOUT_OTHERS == {"results_identical_elsewhere"}


@pytest.mark.parametrize(
    ("changes", "plausibility", "tier"),
    [
        ({}, "plausible", "measured"),
        ({COMMAND: None, "evidence": []}, "plausible", None),
        ({"evidence": [{"id": "e", "tier": "official"}]}, "plausible", "official"),
        (
            {"evidence": [{"id": "e", "tier": "estimated"}, {"id": "f", "tier": "official"}]},
            "plausible",
            "official",
        ),
        ({"evidence": [{"id": "e", "tier": "rumour"}]}, "plausible", None),
        ({"evidence": [{"id": "e", "tier": "measured"}]}, "plausible", "estimated"),
        ({PREFILL: 13000}, "implausible", "measured"),
        ({DECODE: 8000}, "impossible", "inconsistent"),
        ({DECODE: 8000, "evidence": []}, "impossible", "inconsistent"),
        (
            {
                DECODE: None,
                PREFILL: 0,
                LATENCY + "ttft_p50": None,
                LATENCY + "tbt_p50": 0,
            },
            "not_judged",
            "none",
        ),
        (
            {
                "resolved.model.workload_kind": "encoder-only",
                "resolved.model.architecture.total_params_b": None,
            },
            "not_judged",
            "measured",
        ),
        ({"resolved.model.workload_kind": "encoder-only"}, "plausible", "measured"),
    ],
)
def test_a_verdict_follows_from_the_findings(
    changes: Changes, plausibility: str, tier: str | None
) -> None:
    found = verdict(Feed([variant("case", LLAMA, {**HONEST, **changes})]), "case")
    assert (found["plausibility"], found["effective_tier"]) == (plausibility, tier)
