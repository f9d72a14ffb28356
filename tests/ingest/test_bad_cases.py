"""A case that breaks its contract stands in reject with path and reason; the others load."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines import settings
from pipelines.errors import RoofhouseError
from pipelines.ingest import snapshot, split
from pipelines.transform import materialize
from pipelines.transform.materialize import building
from tests import feeds
from tests.feeds import Feed
from tests.ingest.staging import (
    JSON,
    NDJSON,
    Staged,
    encoded,
    gzipped,
    lines,
    stage_bytes,
    stage_feed,
    zstandarded,
)

BASE = feeds.case()
MISSING = object()
WHOLE = "not a whole number from -9e15 to 9e15"
NUMBER = "not a number that is 0, or 1e-30 to 1e30 in size"
NOT_AN_ID = "not an id (lower-case letters, digits, dots, hyphens)"
ENTITIES = ("hardware", "server", "model", "engine", "quantization")


def make(case_id: str, changes: dict[str, Any]) -> Feed:
    """The base case under another id, with changes; MISSING takes a field away."""
    item = copy.deepcopy(BASE)
    item["id"] = case_id
    for path, value in changes.items():
        parent, _, name = path.rpartition(".")
        place: Any = item
        for part in parent.split(".") if parent else []:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if value is MISSING:
            del place[name]
        elif isinstance(place, list):
            place[int(name)] = value
        else:
            place[name] = value
    return item


def slug(name: str) -> str:
    return "case-" + "".join(c if c.isalnum() else "-" for c in name.lower())


@dataclass(frozen=True)
class Bad:
    """Changes that make a case a bad one: the path and the whole reason of its reject row."""

    changes: dict[str, Any]
    path: str
    reason: str

    @classmethod
    def field(cls, path: str, value: Any, reason: str, shown: str | None = None) -> Bad:
        """One changed field; the reason is `<path> <reason>`."""
        return cls({path: value}, shown or path, f"{shown or path} {reason}")


BAD = {
    # ids
    "no id": Bad.field("id", MISSING, "is required"),
    "null id": Bad.field("id", None, "is required"),
    "empty id": Bad.field("id", "", f"is '': {NOT_AN_ID}"),
    "number id": Bad.field("id", 7, "is 7, not text"),
    "path id": Bad.field("id", "../../etc/passwd", f"is '../../etc/passwd': {NOT_AN_ID}"),
    "sql id": Bad.field("id", "'; drop table x; --", f'is "\'; drop table x; --": {NOT_AN_ID}'),
    "long id": Bad.field("id", "x" * 201, "is longer than 200 characters"),
    "line break id": Bad.field("id", "case-1\n", f"is 'case-1\\n': {NOT_AN_ID}"),
    "no hardware id": Bad.field("stack.hardware.id", MISSING, "is required"),
    "no model id": Bad.field("stack.model.id", MISSING, "is required"),
    "no engine id": Bad.field("stack.engine.id", None, "is required"),
    "no quantization": Bad.field("stack.quantization", MISSING, "is required"),
    "hardware path": Bad.field(
        "stack.hardware.id",
        "../../etc/passwd",
        f"is '../../etc/passwd': {NOT_AN_ID}; "
        "resolved.hardware.id is a100-sxm4, but stack.hardware.id is ../../etc/passwd",
    ),
    **{
        f"no resolved {entity} id": Bad.field(f"resolved.{entity}.id", MISSING, "is required")
        for entity in ENTITIES
    },
    "resolved sql": Bad.field(
        "resolved.model.id",
        "x'; drop table x; --",
        f'is "x\'; drop table x; --": {NOT_AN_ID}; '
        "resolved.model.id is x'; drop table x; --, but stack.model.id is llama-3.3-70b",
    ),
    **{
        f"no resolved {entity}": Bad.field(f"resolved.{entity}", MISSING, "is required")
        for entity in ENTITIES
        if entity != "server"
    },
    "null resolved hardware": Bad.field("resolved.hardware", None, "is required"),
    **{
        f"other {entity}": Bad.field(
            f"resolved.{entity}.id",
            "other-one",
            f"is other-one, but stack.{entity}{'' if entity == 'quantization' else '.id'} is "
            + (BASE["stack"][entity] if entity == "quantization" else BASE["stack"][entity]["id"]),
        )
        for entity in ENTITIES
    },
    # numbers
    "text batch": Bad.field("scenario.batch_size", "16", f'is "16", {WHOLE}'),
    "text throughput": Bad.field(
        "results.throughput_tokens_per_sec.decode",
        "1480",
        f'is "1480", {NUMBER}',
    ),
    "negative throughput": Bad.field(
        "results.throughput_tokens_per_sec.decode", -1, "is -1.0; it must be at least 0"
    ),
    "negative requests": Bad(
        {"results.requests": {"completed": -8}},
        "results.requests.completed",
        "results.requests.completed is -8; it must be at least 0",
    ),
    "half cards": Bad.field("stack.hardware.count", 8.5, f"is 8.5, {WHOLE}"),
    "huge whole": Bad.field("scenario.batch_size", 10**30, f"is 1{'0' * 30}, {WHOLE}"),
    "endless whole": Bad.field("scenario.batch_size", 10**400, f"is 1{'0' * 59}, {WHOLE}"),
    "endless number": Bad.field(
        "results.power_per_card_w",
        10**400,
        f"is 1{'0' * 59}, {NUMBER}",
    ),
    "no size that a quotient is finite of": Bad.field(
        "results.power_per_card_w", 1e-31, f"is 1e-31, {NUMBER}"
    ),
    "no size that a product is finite of": Bad.field(
        "results.power_per_card_w", 1e31, f"is 1e31, {NUMBER}"
    ),
    "whole beyond exact": Bad.field(
        "scenario.batch_size", 2**53 + 1, f"is 9007199254740993, {WHOLE}"
    ),
    "true batch": Bad.field("scenario.batch_size", True, f"is true, {WHOLE}"),
    "false throughput": Bad.field(
        "results.throughput_tokens_per_sec.decode",
        False,
        f"is false, {NUMBER}",
    ),
    "number flag": Bad.field("stack.parallel.disaggregated", 1, "is 1, not true or false"),
    "percentage of 4100": Bad.field(
        "results.utilization.compute_pct", 4100, "is 4100.0; it must be at most 100"
    ),
    "list number": Bad.field(
        "results.latency_ms.ttft_p50",
        [220],
        f"is [220], {NUMBER}",
    ),
    "huge peak": Bad.field(
        "resolved.hardware.compute.bf16_tflops.value",
        10**400,
        f"is 1{'0' * 59}, {NUMBER}",
    ),
    "endless year": Bad.field(
        "resolved.hardware.release_year", 10**4000, f"is 1{'0' * 59}, {WHOLE}"
    ),
    "early year": Bad.field(
        "resolved.hardware.release_year", 20, "is 20; it must be at least 1990"
    ),
    # texts and dates
    "number title": Bad.field("title", 5, "is 5, not text"),
    "long title": Bad.field("title", "x" * 2_001, "is longer than 2000 characters"),
    "German date": Bad.field(
        "submitted_at", "28.04.2026", 'is "28.04.2026", not a date (YYYY-MM-DD)'
    ),
    "no such day": Bad.field(
        "submitted_at", "2026-02-30", 'is "2026-02-30", not a date (YYYY-MM-DD)'
    ),
    # containers
    "results list": Bad.field("results", [], "is [], not an object"),
    "results text": Bad.field("results", "fast", 'is "fast", not an object'),
    "latency number": Bad.field("results.latency_ms", 220, "is 220, not an object"),
    "scenario text": Bad.field("scenario", "chat", 'is "chat", not an object'),
    "bare stack": Bad.field("stack.hardware", "a100-sxm4", 'is "a100-sxm4", not an object'),
    "bare peak": Bad.field("resolved.hardware.compute.bf16_tflops", 312, "is 312, not an object"),
    "bare resolved": Bad.field("resolved.hardware", "a100-sxm4", 'is "a100-sxm4", not an object'),
    "server list": Bad.field("resolved.server", [], "is [], not an object"),
    "evidence object": Bad.field("evidence", {}, "is {}, not a list"),
    "patterns text": Bad.field("patterns", "x", 'is "x", not a list'),
    "pattern number": Bad.field("patterns", [1], "is 1, not text", "patterns[0]"),
    "pattern null": Bad.field("patterns", ["x", None], "is required", "patterns[1]"),
    "evidence number": Bad.field(
        "evidence", [*BASE["evidence"], 5], "is 5, not an object", "evidence[1]"
    ),
    "evidence null": Bad.field("evidence", [None], "is null, not an object", "evidence[0]"),
    "evidence without id": Bad.field("evidence.0.id", MISSING, "is required", "evidence[0].id"),
    "issue object": Bad.field(
        "issues_encountered", [{"a": 1}], 'is {"a":1}, not text', "issues_encountered[0]"
    ),
    "engines object": Bad.field(
        "resolved.hardware.software_support.engines", {"id": "vllm"}, 'is {"id":"vllm"}, not a list'
    ),
    "quantization number": Bad.field(
        "resolved.hardware.software_support.quantizations",
        ["bf16", 8],
        "is 8, not text",
        "resolved.hardware.software_support.quantizations[1]",
    ),
    "config files text": Bad.field(
        "reproduction.config_files", ["a", 1], 'is ["a",1], not a list of texts'
    ),
    # evidence ids that name two things
    "one evidence id for two": Bad(
        {"evidence": [BASE["evidence"][0], {**BASE["evidence"][0], "tier": "official"}]},
        "evidence",
        "evidence holds two different items with the id ev-case-llama33-a100-001",
    ),
    "one hardware evidence id for two": Bad(
        {"resolved.hardware.evidence.1.id": "ev-a100-001"},
        "resolved.hardware.evidence",
        "resolved.hardware.evidence holds two different items with the id ev-a100-001",
    ),
    # several at once: all are said, the first by path is the path
    "two fields": Bad(
        {"scenario.batch_size": "x", "results.duration_s": -5},
        "results.duration_s",
        f'results.duration_s is -5.0; it must be at least 0; scenario.batch_size is "x", {WHOLE}',
    ),
    "case and hardware": Bad(
        {"scenario.batch_size": 0.5, "resolved.hardware.name": None},
        "scenario.batch_size",
        f"scenario.batch_size is 0.5, {WHOLE}; resolved.hardware.name is required",
    ),
    "stack is null": Bad(
        {"stack": None},
        "stack.engine.id",
        "stack.engine.id is required; stack.hardware.count is required; "
        "stack.hardware.id is required; stack.model.id is required; "
        "stack.quantization is required",
    ),
}
NOT_OBJECTS: dict[str, Any] = {"5": 5, "[]": [], "null": None, '"x"': "x", "true": True}


def shuffled(document: Any, seed: int = 1) -> Any:
    """The same JSON with another key order, and whole numbers written as 8.0."""
    if isinstance(document, dict):
        items = list(document.items())
        random.Random(seed).shuffle(items)
        return {name: shuffled(value, seed + 1) for name, value in items}
    if isinstance(document, list):
        return [shuffled(value, seed) for value in document]
    if isinstance(document, int) and not isinstance(document, bool):
        return float(document)
    return document


GOOD = {
    "plain": make("case-good-plain", {}),
    "nulls where objects may stand": make(
        "case-good-null",
        {"results.latency_ms": None, "results.utilization": None, "submitter": None},
    ),
    "nothing reported": make("case-good-bare", {"results": None, "evidence": [], "patterns": None}),
    "other key order, 8.0 for 8": shuffled(make("case-good-shuffled", {})),
    "extreme but possible": make(
        "case-good-extreme", {"results.power_per_card_w": 1e30, "scenario.batch_size": 2**53 - 1}
    ),
    "no server": make("case-good-no-server", {"stack.server": MISSING, "resolved.server": MISSING}),
    "nul and quotes in a title": make(
        "case-good-title", {"title": "a'b\"c\\ \u0000 中文 \U0001f4a5"}
    ),
}
ITEMS: dict[str, Any] = {
    **{f"good: {name}": item for name, item in GOOD.items()},
    **NOT_OBJECTS,
    **{name: make(slug(name), bad.changes) for name, bad in BAD.items()},
}
POSITION = {name: position for position, name in enumerate(ITEMS)}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """One feed with every bad case and a few good ones."""
    return stage_feed(tmp_path_factory.mktemp("mixed"), feeds.feed(*ITEMS.values()))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_case_is_rejected_with_path_and_reason(mixed: Staged, name: str) -> None:
    row = mixed.rejects[POSITION[name]]
    assert (row["path"], row["reason"]) == (BAD[name].path, BAD[name].reason)


@pytest.mark.parametrize("name", NOT_OBJECTS)
def test_an_item_that_is_not_an_object_is_rejected(mixed: Staged, name: str) -> None:
    row = mixed.rejects[POSITION[name]]
    assert (row["case_id"], row["path"]) == (None, None)
    assert row["reason"] == f"the item is {name}, not an object"


def test_everything_else_loads(mixed: Staged) -> None:
    assert mixed.cases == [item["id"] for item in GOOD.values()]
    assert set(mixed.rejects) == {POSITION[name] for name in (*BAD, *NOT_OBJECTS)}


def test_nothing_is_lost(mixed: Staged) -> None:
    meta = mixed.meta
    assert meta["case_count"] + meta["reject_count"] == meta["item_count"] == len(ITEMS)
    assert (meta["case_count"], meta["reject_count"]) == (len(mixed.cases), len(mixed.rejects))


def test_raw_of_a_reject_is_the_item_received(mixed: Staged) -> None:
    for name, position in POSITION.items():
        if position in mixed.rejects:
            assert in_full(mixed.rejects[position]["raw"]) == in_full(json.dumps(ITEMS[name]))


def in_full(text: str) -> Any:
    """JSON with whole numbers as text, for those too long for Python."""
    return json.loads(text, parse_int=str)


def test_the_id_is_kept_as_given_and_cut(mixed: Staged) -> None:
    assert mixed.rejects[POSITION["sql id"]]["case_id"] == "'; drop table x; --"
    assert mixed.rejects[POSITION["long id"]]["case_id"] == "x" * 200
    assert mixed.rejects[POSITION["number id"]]["case_id"] is None


def test_an_id_with_a_path_in_it_writes_nothing_outside(mixed: Staged) -> None:
    data = mixed.folder.parents[2]
    outside = [
        path.relative_to(data)
        for path in data.rglob("*")
        if path.is_file() and mixed.folder not in path.parents
    ]
    assert outside == [Path("raw") / JSON]


def test_key_order_and_number_spelling_make_no_other_definition(mixed: Staged) -> None:
    for entity in ("hardware", "server", "model", "engine", "quant"):
        assert mixed.table(f"dim_{entity}").height == 1
    assert mixed.table("fact_case")["hardware_key"].n_unique() == 1


def test_extreme_values_and_texts_are_kept(mixed: Staged) -> None:
    cases = {row["case_id"]: row for row in mixed.table("fact_case").to_dicts()}
    assert cases["case-good-extreme"]["power_per_card_w"] == 1e30
    assert cases["case-good-extreme"]["batch_size"] == 2**53 - 1
    assert cases["case-good-title"]["title"] == GOOD["nul and quotes in a title"]["title"]
    assert cases["case-good-bare"]["decode_tok_s"] is None
    assert cases["case-good-bare"]["pattern_count"] is None
    assert cases["case-good-bare"]["evidence_count"] == 0


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    # Rows that are equal then have equal bytes, which a kept table relies on.
    staged = stage_feed(
        tmp_path,
        feeds.feed(feeds.put(feeds.case(), "results.throughput_tokens_per_sec.decode", -0.0)),
    )
    (value,) = staged.table("fact_case")["decode_tok_s"]
    assert str(value) == "0.0"


def test_ndjson_of_the_same_items_gives_the_same_tables(mixed: Staged, tmp_path: Path) -> None:
    from_lines = stage_bytes(tmp_path, lines(list(ITEMS.values())), NDJSON)
    names = sorted(path.name for path in mixed.folder.iterdir())
    assert sorted(path.name for path in from_lines.folder.iterdir()) == names
    for name in names:
        if name.endswith(".parquet"):
            table = name.removesuffix(".parquet")
            assert from_lines.table(table).equals(mixed.table(table)), table
    assert from_lines.meta["generated_at"] is None
    assert from_lines.meta["declared_count"] is None


def test_blank_lines_and_crlf_in_ndjson_are_no_items(tmp_path: Path) -> None:
    case = encoded(make("case-one", {}))
    other = encoded(make("case-two", {"scenario.batch_size": "x"}))
    staged = stage_bytes(
        tmp_path, b"\r\n" + case + b"\r\n\r\n   \n" + other + b"\n \t\n" + b"7", NDJSON
    )
    assert staged.cases == ["case-one"]
    assert list(staged.rejects) == [1, 2]
    assert staged.meta["item_count"] == 3


NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000)


def test_a_number_that_is_none_is_rejected_in_ndjson(tmp_path: Path) -> None:
    content = lines([make("case-good", {})])
    for mark, path in (
        (777001, "results.power_per_card_w"),
        (777002, "resolved.hardware.power.tdp_w"),
    ):
        for number in NO_NUMBERS:
            value = mark if mark == 777001 else {"value": mark}
            item = lines([make("case-bad", {path: value})])
            assert item.count(str(mark).encode()) == 1
            content += item.replace(str(mark).encode(), number.encode())
    staged = stage_bytes(tmp_path, content, NDJSON)
    assert staged.cases == ["case-good"]
    assert [row["reason"] for row in staged.rejects.values()] == [
        f"{path} is {number[:60]}, {NUMBER}"
        for path in ("results.power_per_card_w", "resolved.hardware.power.tdp_w.value")
        for number in NO_NUMBERS
    ]


def test_identical_cases_collapse_and_of_different_ones_the_first_is_kept(tmp_path: Path) -> None:
    first = make("case-same", {})
    items = [
        first,
        copy.deepcopy(first),
        shuffled(first),
        {**first, "a_field_nobody_knows": 1},
        make("case-same", {"scenario.batch_size": 32}),
        make("case-same", {"resolved.model.lab": "other"}),
        make("case-same", {"patterns": ["other"]}),
        make("case-other", {}),
    ]
    staged = stage_feed(tmp_path, feeds.feed(*items))
    assert staged.cases == ["case-same", "case-other"]
    assert list(staged.table("fact_case")["batch_size"]) == [16, 16]
    assert {
        seq: (row["path"], row["reason"]) for seq, row in staged.rejects.items()
    } == dict.fromkeys(
        (4, 5, 6),
        ("id", "id is also the id of an earlier, different case; the first is kept"),
    )
    meta, collapsed = staged.meta, 3
    assert meta["case_count"] + meta["reject_count"] + collapsed == meta["item_count"]
    assert staged.table("bridge_case_pattern").height == 2 * len(BASE["patterns"])


DEFINED = {
    "hardware": ("memory.capacity_gb.value", 7),
    "server": ("rack_power_kw", 7),
    "model": ("architecture.layers", 7),
    "engine": ("name", "Other"),
    "quantization": ("bits_per_weight", 7),
}


def test_of_two_definitions_of_one_id_the_first_is_kept(tmp_path: Path) -> None:
    """A case that is rejected anyway defines nothing."""
    others = {f"resolved.{entity}.{field}": value for entity, (field, value) in DEFINED.items()}
    items = [make("case-bad", {**others, "scenario.batch_size": "x"}), make("case-first", {})]
    items += [make(f"case-{n}", {path: value}) for n, (path, value) in enumerate(others.items())]
    items += [make("case-last", {})]
    staged = stage_feed(tmp_path, feeds.feed(*items))
    assert staged.cases == ["case-first", "case-last"]
    assert staged.rejects[0]["path"] == "scenario.batch_size"
    for position, entity in enumerate(DEFINED, start=2):
        path = f"resolved.{entity}"
        assert (staged.rejects[position]["path"], staged.rejects[position]["reason"]) == (
            path,
            f"{path} defines {BASE['resolved'][entity]['id']} differently from case case-first "
            "of the same snapshot; the first definition is kept",
        )
        table = "quant" if entity == "quantization" else entity
        assert staged.table(f"dim_{table}").height == 1


def too_long(case_id: str) -> Feed:
    return make(case_id, {"title": "中" + "x" * 50_000_000})


@pytest.mark.parametrize("name", [JSON, NDJSON])
def test_a_title_of_50_mb_is_rejected_unread(tmp_path: Path, name: str) -> None:
    items = [
        make("case-before", {}),
        too_long("case-long"),
        make("case-bad", {"title": 5}),
        make("case-after", {}),
    ]
    content = encoded(feeds.feed(*items)) if name == JSON else lines(items)
    staged = stage_bytes(tmp_path, content, name)
    (tmp_path / "raw" / name).unlink()
    size = len(encoded(items[1]))
    assert staged.cases == ["case-before", "case-after"]
    assert set(staged.rejects) == {1, 2}
    row = staged.rejects[1]
    assert (row["case_id"], row["path"]) == ("case-long", None)
    assert row["reason"] == f"the item is {size:,} bytes long; at most 16,000,000 are read"
    assert row["raw"] == encoded(items[1])[:20_000].decode(errors="ignore")
    assert staged.rejects[2]["case_id"] == "case-bad"
    assert list(staged.table("fact_case")["seq"]) == [0, 3]
    assert (staged.meta["case_count"], staged.meta["reject_count"]) == (2, 2)
    assert staged.meta["item_count"] == 4


def test_line_numbers_are_those_of_the_file_beside_a_long_line(tmp_path: Path) -> None:
    content = b"\n" + encoded(make("case-long", {"title": "x" * 17_000_000})) + b"\n\n{oops}\n"
    with pytest.raises(RoofhouseError, match="line 4, byte 1: not JSON"):
        stage_bytes(tmp_path, content, NDJSON)
    assert list(settings.load(tmp_path).staging.iterdir()) == []


def test_a_case_nested_too_deeply_is_rejected(tmp_path: Path) -> None:
    deep: Any = "]}[{"
    for _ in range(150):
        deep = [deep]
    items = [
        make("case-before", {"title": "[" * 500}),
        make("case-deep", {"stack.extra": deep}),
        make("case-after", {}),
    ]
    staged = stage_bytes(tmp_path, b"\n" + lines(items), NDJSON)
    assert staged.cases == ["case-before", "case-after"]
    row = staged.rejects[1]
    assert (row["case_id"], row["path"]) == ("case-deep", None)
    assert row["reason"] == "the item is nested more than 128 levels deep"
    assert row["raw"] == encoded(items[1])[:20_000].decode(errors="ignore")


@pytest.mark.parametrize("count", [1, 1.0, None])
def test_count_may_be_a_float_or_null(tmp_path: Path, count: float | None) -> None:
    path = feeds.write(tmp_path, {**feeds.feed(BASE), "count": count})
    file = snapshot.RawFile(path, snapshot.sha256_of(path))
    found = split.split(file, tmp_path, settings.load().limits)
    assert (found.item_count, found.declared_count) == (1, None if count is None else 1)


def test_a_feed_in_which_every_case_is_bad_is_staged_with_all_tables(tmp_path: Path) -> None:
    staged = stage_feed(tmp_path, feeds.feed(make("case-1", {"title": 1})))
    assert (staged.meta["case_count"], staged.meta["reject_count"]) == (0, 1)
    assert staged.table("fact_case").height == staged.table("dim_hardware").height == 0
    assert staged.table("vocabulary").height == 0


def test_the_same_content_under_any_name_is_one_snapshot(tmp_path: Path) -> None:
    content = encoded(feeds.feed(make("case-1", {}), make("case-2", {"title": 5})))
    raw = tmp_path / "raw"
    raw.mkdir(parents=True)
    kinds: dict[str, Callable[[bytes], bytes]] = {
        "b.json": bytes,
        "a.json": bytes,
        "a.json.gz": gzipped,
        "a.json.zst": zstandarded,
    }
    for name, compress in kinds.items():
        (raw / name).write_bytes(compress(content))
    found = settings.load(tmp_path)
    with building(found) as db:
        materialize.materialize_all(db, found, "snapshot", "reject")
        assert db.rows("select count(*) from staging.raw_file") == [(3,)]
        assert db.rows("select file_name, item_count, case_count from quality.snapshot") == [
            ("a.json", 2, 1)
        ]
        assert db.rows("select case_id from staging.fact_case") == [("case-1",)]
        assert db.rows("select case_id, path, reason from quality.reject") == [
            ("case-2", "title", "title is 5, not text")
        ]
