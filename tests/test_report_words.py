"""Numbers, changes and counts as the report says them."""

from __future__ import annotations

import pytest

from pipelines.report import changes, sentences, wording


@pytest.mark.parametrize(
    ("attribute", "old", "new", "told"),
    [
        ("memory_bandwidth_gb_s", "2039.0", "2650.7000000000003", ("2,039", "2,650.7")),
        ("memory_bandwidth_gb_s", None, "unknown", (None, "unknown")),
        ("hardware_name", "A", "B", ("A", "B")),
        ("memory_bandwidth_gb_s.evidence_id", "1", "2", ("1", "2")),
        ("of_a_later_version", "true", "[]", ("yes", "[]")),
    ],
)
def test_a_change_is_told_in_the_words_of_the_contract(
    attribute: str, old: str | None, new: str, told: tuple[str | None, str]
) -> None:
    row = {"dimension": "hardware", "attribute": attribute, "old_value": old, "new_value": new}
    found = changes.told(row)
    assert (found["old"], found["new"]) == told
    assert "_" not in found["label"]
    assert found["unit"] == ("GB/s per card" if attribute == "memory_bandwidth_gb_s" else None)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((0, 0, 0, 0), "No claim takes part."),
        ((1, 1, 1, 0), "The only claim that takes part is the frontier."),
        (
            (2, 1, 1, 1),
            "1 of 2 claims is on the frontier of all; 1 of 1 class holds more than one claim.",
        ),
        (
            (1700, 2, 15, 0),
            "2 of 1,700 claims are on the frontier of all; "
            "none of 15 classes holds more than one claim.",
        ),
    ],
)
def test_the_frontier_is_told_for_none_one_and_many(
    counts: tuple[int, int, int, int], sentence: str
) -> None:
    names = ("contenders", "frontier", "classes", "contested")
    found = dict(zip(names, counts, strict=True))
    assert sentences.frontier({**found, "scopes": 1, "left_out": {}}) == sentence
    left_out = {"impossible": 1200, "no decode workload": 1}
    assert sentences.frontier({**found, "scopes": 1, "left_out": left_out}) == (
        f"{sentence} Left out: 1,200 impossible, 1 of another workload."
    )


def test_two_frontiers_are_told_apart() -> None:
    counts = {"contenders": 9, "frontier": 3, "classes": 4, "contested": 2}
    assert "on the frontier of all, whole runs apart;" in sentences.frontier(
        {**counts, "scopes": 2, "left_out": {}}
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["phase", "phase"], "Throughput is that of decoding."),
        (["wall"], "Throughput is that of the whole run, prompts included."),
        (["wall", "phase"], "the two do not compare"),
    ],
)
def test_the_time_of_a_throughput_is_said(found: list[str], words: str) -> None:
    assert words in sentences.scopes(found)


def test_cases_are_counted_for_one_and_many() -> None:
    assert sentences.highest(1, 1, "power") == "The one case with power."
    assert sentences.highest(2, 2, "power") == "All 2 cases with power, plausible ones first."
    assert sentences.highest(40, 1300, "power") == (
        "The 40 highest of 1,300 cases with power, plausible ones first."
    )


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 3, "–"),
        (0.0, 3, "0.000"),
        (1.6340, 3, "1.634"),
        (0.0004, 3, "< 0.001"),
        (18234.4, 0, "18,234"),
        (7.8605e10, 0, "7.86 × 10¹⁰"),
    ],
)
def test_numbers_of_a_column_have_equal_decimals(
    value: float | None, decimals: int, text: str
) -> None:
    assert wording.fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.0, "0"),
        (1.0, "1"),
        (0.0012345, "0.00123"),
        (-0.5, "-0.5"),
        (999.6, "1,000"),
        (18234.0, "18,200"),
        (7.8605e10, "7.86 × 10¹⁰"),
        (1.5e-7, "1.50 × 10⁻⁷"),
    ],
)
def test_numbers_have_three_digits(value: object, text: str) -> None:
    assert wording.shown(value) == text
