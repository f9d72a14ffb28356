"""What readers of JSON read differently: keys that appear twice, half a pair, Unicode forms."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest import unicode_form, vet
from pipelines.ingest.strict_json import DECODER, keys_twice, spell
from tests import feeds
from tests.ingest.staging import JSON, NDJSON, Staged, encoded, lines, stage_bytes

BAD = {**feeds.case(), "id": "case-bad", "mark": "MARK"}
GOOD = {**feeds.case(), "id": "case-good"}
HALF = "the item holds half of a surrogate pair (\\ud800)"
DEEP = "the item is nested more than 128 levels deep"
DECODE = "results.throughput_tokens_per_sec.decode"


def replaced(old: str, new: str) -> bytes:
    """The bad case, with one place of its text replaced."""
    text = encoded(BAD).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


FAULTS = {
    "at the top": (replaced('"title": "', '"title": "x", "title": "'), "title", "twice"),
    "in results": (replaced('"decode": ', '"decode": 1, "decode": '), DECODE, "twice"),
    "with a blank before the colon": (
        replaced('"decode": ', '"decode" : 1, "decode": '),
        DECODE,
        "twice",
    ),
    "with the key written as an escape": (
        replaced('"decode": ', '"d\\u0065code": 1, "decode": '),
        DECODE,
        "twice",
    ),
    "in an entity": (
        replaced('"layers": ', '"layers": 1, "layers": '),
        "resolved.model.architecture.layers",
        "twice",
    ),
    "an entity as a whole": (
        replaced(
            '"engine": {"id": "vllm", "name"', '"engine": {}, "engine": {"id": "vllm", "name"'
        ),
        "resolved.engine",
        "twice",
    ),
    "in a field that nobody knows": (
        replaced('"MARK"', '{"a": [{"b": 1, "b": 2}]}'),
        "mark.a[0].b",
        "twice",
    ),
    "beside a text that looks like a key": (
        replaced('"MARK"', '{"a\\u0022:": "\\u0022:", "b": 1, "b": "\\":"}'),
        "mark.b",
        "twice",
    ),
    "first half": (replaced('"MARK"', '"x\\ud800"'), None, HALF),
    "second half": (replaced('"MARK"', '"\\udc00x"'), None, HALF),
    "half in a key": (replaced('"mark"', '"\\ud83dx"'), None, HALF),
    "deep": (replaced('"MARK"', nested(200)), None, DEEP),
    "deeper than Python reads": (replaced('"MARK"', nested(5_000)), None, DEEP),
    **{
        f"deep in {entity}": (
            encoded(
                feeds.put(json.loads(encoded(BAD)), f"resolved.{entity}.mark2", "DEEP")
            ).replace(b'"DEEP"', nested(levels).encode()),
            None,
            DEEP,
        )
        for entity in ("hardware", "server", "model", "engine", "quantization")
        for levels in (128, 1_500)
    },
}


def staged(tmp_path: Path, items: list[bytes], name: str) -> Staged:
    """Items between two good cases, beside some of other kinds."""
    last = encoded({**GOOD, "id": "case-last"})
    items = [encoded(GOOD), b"5", b'"a ], {"', *items, last]
    if name == NDJSON:
        return stage_bytes(tmp_path, b"\n" + b"\n".join(items) + b"\n", NDJSON)
    feed = {**feeds.feed(*[{}] * len(items)), "items": "ITEMS"}
    content = encoded(feed).replace(b'"ITEMS"', b"[" + b",\n".join(items) + b"]")
    return stage_bytes(tmp_path, content, JSON)


@pytest.fixture(scope="module", params=[JSON, NDJSON])
def mixed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Staged:
    """A file with every fault."""
    bad = [content for content, _, _ in FAULTS.values()]
    return staged(tmp_path_factory.mktemp("mixed"), bad, request.param)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_item_that_readers_read_differently_is_rejected(mixed: Staged, fault: str) -> None:
    content, path, reason = FAULTS[fault]
    row = mixed.rejects[3 + list(FAULTS).index(fault)]
    said = f"the key `{path}` appears twice" if reason == "twice" else reason
    assert (row["path"], row["reason"]) == (path, said)
    assert row["raw"] == content.decode()


def test_the_others_load(mixed: Staged) -> None:
    assert mixed.cases == ["case-good", "case-last"]
    assert sorted(mixed.rejects) == [*range(1, 3 + len(FAULTS))]


def test_several_keys_that_stand_twice_are_all_named(tmp_path: Path) -> None:
    bad = replaced('"decode": ', '"prefill": 1, "decode": 1, "decode": ')
    row = staged(tmp_path, [bad], NDJSON).rejects[3]
    prefill = DECODE.replace("decode", "prefill")
    assert row["reason"] == f"the keys `{DECODE}`, `{prefill}` appear twice"


class Pairs(list[tuple[str, Any]]):
    """An object as pairs, in which a key may appear twice."""


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Pairs]:
    return st.lists(st.tuples(st.text('a"b:', max_size=2), inner), max_size=4).map(Pairs)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('":ea\u0301é{', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | objects(inner),
    max_leaves=12,
)


def written(value: Any, blank: str, is_ascii: bool) -> str:
    """JSON as some tool may write it."""
    if isinstance(value, Pairs):
        pairs = (
            f"{written(key, blank, is_ascii)}{blank}:{written(one, blank, is_ascii)}"
            for key, one in value
        )
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(one, blank, is_ascii) for one in value) + "]"
    return json.dumps(value, ensure_ascii=is_ascii)


@given(
    st.dictionaries(st.sampled_from(["id", "resolved", "x"]), objects(JSON_VALUES), max_size=3),
    st.sampled_from(["", " ", "\t"]),
    st.booleans(),
    st.booleans(),
)
def test_the_quick_look_for_keys_finds_what_the_exact_one_finds(
    item: dict[str, Pairs], blank: str, is_ascii: bool, spelled_out: bool
) -> None:
    text = written(Pairs(item.items()), blank, is_ascii)
    if spelled_out:
        text = text.replace('\\"', "\\u0022")
    keys = vet._Keys()
    expected = [spell(path) for path in keys_twice(DECODER.decode(text))]
    assert keys.twice(text.encode()) == expected
    assert keys.twice(text.encode()) == expected


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "escaped": lambda text: json.dumps(text)[1:-1],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [JSON, NDJSON])
def test_both_unicode_forms_of_a_text_are_one_case(tmp_path: Path, form: str, name: str) -> None:
    title = "Łódź\n\u0303 Việt Å Café"
    tables = []
    for kind in ("NFC", "NFD"):
        item = encoded({**GOOD, "id": "case-form", "title": "TITLE"})
        item = item.replace(b"TITLE", FORMS[form](unicodedata.normalize(kind, title)).encode())
        found = staged(tmp_path / kind, [item], name)
        tables.append(found.table("fact_case"))
        assert tables[-1]["title"][1] == unicodedata.normalize("NFC", title)
    assert tables[0].equals(tables[1])


@given(st.text(), st.booleans())
def test_json_in_normal_form_holds_the_same_text_in_normal_form(text: str, is_ascii: bool) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    line = json.dumps({"a": [text, 1e400, 10**30]}, ensure_ascii=is_ascii)
    normal = unicode_form.normal_json(line.encode()).decode()
    assert json.loads(normal)["a"][0] == unicodedata.normalize("NFC", text)
    assert normal.endswith(", Infinity, 1" + "0" * 30 + "]}")
    assert unicode_form.normal_json(normal.encode()).decode() == normal


def test_text_that_is_taken_for_normal_cannot_be_composed_or_reordered() -> None:
    every = [chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000]
    # The second part of what can be composed is never one that passes unlooked at.
    for one in every:
        if unicode_form._PLAIN.fullmatch(one):
            assert unicodedata.combining(one) == 0
            assert unicodedata.normalize("NFC", one) == one
    for one in every:
        split = unicodedata.decomposition(one).split()
        if len(split) == 2 and not split[0].startswith("<"):
            second = chr(int(split[1], 16))
            composes = unicodedata.normalize("NFC", chr(int(split[0], 16)) + second) == one
            assert not (composes and unicode_form._PLAIN.fullmatch(second))
    assert not unicode_form._PLAIN.fullmatch("\u0301")


def test_lines_that_have_nothing_to_mend_stay_where_they_are(tmp_path: Path) -> None:
    found = stage_bytes(
        tmp_path, lines([GOOD, {**GOOD, "id": "case-last", "title": "昇腾 é"}]), NDJSON
    )
    assert found.cases == ["case-good", "case-last"]
    assert not found.rejects
