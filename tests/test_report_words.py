"""Numbers, changes and counts as the report says them."""

from __future__ import annotations

import pytest

from pipelines.report import changes, sentences, wording


def test_a_change_of_a_claim_names_no_table() -> None:
    row = {"attribute": "pattern_count", "old_value": "2", "new_value": "1"}
    found = changes.told(row, "fact_case_history")
    assert (found["label"], found["old"], found["new"]) == ("Advice patterns attached", "2", "1")


@pytest.mark.parametrize(
    ("attribute", "old", "new", "told"),
    [
        ("memory_bandwidth_gb_s", "2039.0", "2650.7000000000003", ("2,039", "2,650.7")),
        ("memory_bandwidth_gb_s", None, "unknown", (None, "unknown")),
        ("hardware_name", "A", "B", ("A", "B")),
        ("memory_bandwidth_gb_s.evidence_id", "1", "2", ("1", "2")),
        ("of_a_later_version", "true", "false", ("yes", "no")),
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
    assert sentences.spread(1, "power") == "The one case with power."
    assert sentences.spread(1300, "power").startswith("All 1,300 cases with power. More than 60")
    assert sentences.configurations(1, 200) == "1 configuration was run more than once."
    assert sentences.configurations(300, 200) == (
        "300 configurations were run more than once. The 200 with the newest runs can be chosen."
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [((1, 0, 0), "1 added"), ((0, 2, 1), "2 changed and 1 withdrawn"),
     ((1200, 2, 1), "1,200 added, 2 changed and 1 withdrawn")],
)  # fmt: skip
def test_changes_of_claims_are_counted(counts: tuple[int, int, int], words: str) -> None:
    found = dict(zip(("added", "changed", "withdrawn"), counts, strict=True))
    assert sentences.claims(found) == f"Since the first snapshot of each source: {words}."


ENGINES = (
    '[{"engine_id": "vllm", "support_status": "partial", "versions": []},'
    ' {"engine_id": "sglang", "support_status": null, "versions": ["1", "2"]}]'
)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["fp8","bf16"]', '["bf16","int8"]', ("fp8", "int8")),
        ('["fp8"]', "[]", ("fp8", "none of these")),
        (None, '["fp8"]', ("none of these", "fp8")),
        ('["fp8","bf16"]', '["bf16","fp8"]', ("in another order", "in another order")),
        ("[1", "[2]", ("none of these", "2")),
        (
            ENGINES,
            ENGINES.replace("partial", "full").replace('"1", "2"', '"3"'),
            (
                "vllm: support status partial; sglang: versions 1, 2",
                "vllm: support status full; sglang: versions 3",
            ),
        ),
        ("[" + ",".join(f'"{n}"' for n in range(9)) + "]", "[]",
         ("0; 1; 2; 3; 4; 5 and 3 more", "none of these")),
    ],
)  # fmt: skip
def test_a_list_is_told_by_what_differs_and_never_as_json(
    old: str | None, new: str, told: tuple[str, str]
) -> None:
    row = {"dimension": "hardware", "attribute": "engines", "old_value": old, "new_value": new}
    found = changes.told(row)
    assert (found["old"], found["new"]) == told


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
