"""Bytes become documents, whatever the layout; what is broken takes nothing else with it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.readers.frame.documents import Document, decode, documents
from pipelines.ingest.strict_json import MAX_DEPTH, canonical, spell

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_objects = st.lists(st.dictionaries(st.text(), _values, max_size=4), min_size=1, max_size=5)


def parsed(text: str, syntax: str = "json") -> list[Any]:
    found = documents(text, syntax)
    assert [one.problem for one in found] == [None] * len(found)
    return [one.value for one in found]


def problems(text: str, syntax: str = "json") -> list[str | None]:
    return [one.problem for one in documents(text, syntax)]


@settings(max_examples=50, deadline=None)
@given(_objects, st.sampled_from(["list", "pretty list", "lines", "pretty", "together"]))
def test_every_layout_of_the_same_objects_reads_alike(
    objects: list[dict[str, Any]], layout: str
) -> None:
    text = {
        "list": json.dumps(objects),
        "pretty list": json.dumps(objects, indent=1, ensure_ascii=False),
        "lines": "".join(f"{json.dumps(one)}\r\n" for one in objects),
        "pretty": "\n\n".join(json.dumps(one, indent=2) for one in objects),
        "together": "".join(map(json.dumps, objects)),
    }[layout]
    assert parsed(f" {text}\n") == objects
    for one, value in zip(documents(text, "json"), objects, strict=True):
        assert json.loads(one.raw) == value


@settings(max_examples=50, deadline=None)
@given(_objects, st.integers(0, 4))
def test_a_broken_line_costs_only_itself(objects: list[dict[str, Any]], at: int) -> None:
    lines = [json.dumps(one) for one in objects]
    at = min(at, len(lines) - 1)
    lines[at] = lines[at][:-1]
    found = documents("\n".join(lines), "json")
    assert [one.value for one in found] == [*objects[:at], None, *objects[at + 1 :]]
    assert str(found[at].problem).startswith("line ")
    assert found[at].raw == lines[at]


def test_a_broken_object_over_several_lines_ends_where_the_next_begins() -> None:
    first = json.dumps({"a": {"b": {"c": 1}}}, indent=1)
    broken = first.replace('"c": 1', '"c" 1')
    found = documents(f"{first}\n{broken}\n{first}\n", "json")
    assert [one.value is None for one in found] == [False, True, False]
    assert found[1].problem == "line 11, column 8: not JSON: Expecting ':' delimiter"


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [
        ('[{"a": 1}, {"a": 2', [{"a": 1}], "line 1, column 19: not JSON: Expecting"),
        ('[{"a": 1}', [{"a": 1}], "line 1, column 10: the list breaks off here"),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}], "line 1, column 11: the list breaks off here"),
        ('[{"a": 1},]', [{"a": 1}], "line 1, column 11: not JSON: Expecting value"),
        ('{"a": 1} trailing', [{"a": 1}], "line 1, column 10: not JSON: Expecting value"),
        ('{"a": "\t"}', [], "line 1, column 8: not JSON: Invalid control character"),
        ("{'a': 1}", [], "line 1, column 2: not JSON: Expecting property name"),
    ],
)
def test_a_file_that_breaks_off_keeps_what_is_whole(
    text: str, values: list[Any], problem: str
) -> None:
    *whole, broken = documents(text, "json")
    assert [one.value for one in whole] == values
    assert problem in str(broken.problem)


def test_nan_and_infinity_are_numbers() -> None:
    (value,) = parsed('{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999}')
    assert math.isnan(value["a"])
    assert (value["b"], value["c"], value["d"]) == (math.inf, -math.inf, math.inf)


def test_an_integer_of_thousands_of_digits_is_infinite() -> None:
    (value,) = parsed('{"a": 1' + "0" * 9_000 + ', "b": -1' + "0" * 9_000 + "}")
    assert value == {"a": math.inf, "b": -math.inf}


@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 100_000])
def test_deep_nesting_is_a_problem_of_that_document_alone(depth: int) -> None:
    deep = '{"a": ' * depth + "1" + "}" * depth
    assert problems(f'{{"a": 1}}\n{deep}\n{{"a": 2}}') == [
        None,
        f"is nested more than {MAX_DEPTH} levels deep",
        None,
    ]
    assert problems("a: " * depth if depth < 200 else "[" * depth, "yaml") != [None]


def test_keys_that_stand_twice_are_kept_with_their_paths() -> None:
    (one,) = documents('{"a": [{"b": 1, "b": 2}, {"b": 1}], "c": 1, "c": 1, "c": 1}', "json")
    assert [spell(path) for path in one.keys_twice] == ["a[0].b", "c"]
    (two,) = documents("a:\n- {b: 1, b: 2}\n", "yaml")
    assert [spell(path) for path in two.keys_twice] == ["a[0].b"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"a": "\xc3\xa9"}', '{"a": "é"}'),
        (b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'),
        ('{"a": "é"}'.encode("utf-16"), '{"a": "é"}'),
        (b"\xfe\xff" + '{"a": "é"}'.encode("utf-16-be"), '{"a": "é"}'),
    ],
)
def test_utf_8_is_read_and_utf_16_with_a_mark(content: bytes, text: str) -> None:
    assert decode(content) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b'{"a": "\xe9"}', "byte 7: not UTF-8"),
        (b"\x1f\x8b\x08\x00", "byte 1: not UTF-8"),
        (b"\xff\xfe{", "byte 2: not UTF-16"),
    ],
)
def test_other_bytes_are_refused_with_their_place(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(content)


def test_yaml_is_read_as_json_would_be() -> None:
    text = """
    version: '0.1'
    start: 2026-03-01
    time: 12:30:45
    on: off
    rate: 1e3
    small: 7.1e-06
    none: ~
    limit: .inf
    7: seven
    <<: {merge: false}
    """
    (value,) = parsed(text, "yaml")
    assert value == {
        "version": "0.1",
        "start": "2026-03-01",
        "time": "12:30:45",
        "on": "off",
        "rate": 1000.0,
        "small": 7.1e-06,
        "none": None,
        "limit": math.inf,
        "7": "seven",
        "<<": {"merge": False},
    }


@settings(max_examples=50, deadline=None)
@given(_values.map(lambda value: {"value": value}))
def test_json_is_yaml_too(value: dict[str, Any]) -> None:
    """All but texts in which YAML wants other escapes than JSON."""
    text = json.dumps(value)
    if "\\ud" not in text and "\\u0000" not in text:
        (found,) = parsed(text, "yaml")
        assert found == value


def test_yaml_holds_one_document_or_several() -> None:
    assert parsed("a: 1\n---\na: 2\n", "yaml") == [{"a": 1}, {"a": 2}]
    assert [one.raw for one in documents("a: 1\n---\na: 2\n", "yaml")] == ['{"a":1}', '{"a":2}']


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1", "not YAML: line 1, column 6: "),
        ("a: &x 1\nb: *x", "not YAML: line 2, column 4: anchors (*name) are not read"),
        ("? [a]\n: 1", "not YAML: line 1, column 3: a key is not a plain text"),
        ("a: !!binary aGk=", "not YAML: line 1, column 4: the tag tag:yaml.org,2002:binary"),
    ],
)
def test_yaml_that_is_wrong_has_one_problem(text: str, problem: str) -> None:
    (found,) = problems(text, "yaml")
    assert str(found).startswith(problem)


def test_csv_rows_are_objects_with_numbers() -> None:
    text = 'name,count,rate,"a, b"\r\n\r\nx y,2,1.5e3,"quoted ""text"""\nz,,-7, 0.5 \n'
    assert parsed(text, "csv") == [
        {"name": "x y", "count": 2, "rate": 1500.0, "a, b": 'quoted "text"'},
        {"name": "z", "count": None, "rate": -7, "a, b": 0.5},
    ]


def test_csv_rows_of_another_width_are_problems_alone() -> None:
    assert problems("a,b\n1,2\n1\n3,4\n", "csv") == [
        None,
        "line 3: 1 cells, but the header has 2",
        None,
    ]
    assert documents('a\n"x', "csv")[0].problem == "line 2: not CSV: unexpected end of data"


def test_a_document_that_is_no_object_is_one() -> None:
    assert documents("[1, null]", "json") == [Document(1, "1"), Document(None, "null")]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), _values))
def test_the_canonical_text_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)
    assert json.loads(canonical(value)) == value
