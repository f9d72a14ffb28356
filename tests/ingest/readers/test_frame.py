"""The common part of all readers: the loop over records, sidecars, names, ids, redaction."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.catalog import Catalog, load
from pipelines.contracts.vocabulary import ID_PATTERN
from pipelines.ingest.readers import Case, Reading, Record, Reject, Skipped, distinguish
from pipelines.ingest.readers.frame import (
    Fields,
    OutOfScopeError,
    Run,
    SourceFile,
    UnusableError,
    set_time,
)
from pipelines.ingest.readers.frame.documents import documents
from pipelines.ingest.readers.frame.identity import configuration_key
from pipelines.ingest.readers.frame.source import WITHHELD, itself
from pipelines.settings import CATALOG_DIR
from tests.catalog.configs import dense
from tests.ingest.readers.reading import PATHS, STACK, canonical, case, catalog, read, sidecar
from tests.ingest.readers.vllm_bench.test_vllm_bench import LIMIT

FULL = Run(
    hardware="NVIDIA H200",
    model="Qwen/Qwen3-32B",
    engine="vllm",
    quantization="fp8",
    card_count=8,
    run_at="2026-03-01T10:20:30",
)


def run_all(
    text: str,
    convert: Callable[[Fields], Run],
    *,
    said: str = "",
    folder: str = "",
    records: Callable[[Fields], Iterable[Fields]] = itself,
    of: Catalog | None = None,
) -> tuple[list[Record], SourceFile]:
    """Read a text with a reader of the test's own."""
    source = SourceFile(
        "own",
        "own.json",
        text.encode(),
        documents(text, "json"),
        sidecar(said, folder),
        of or catalog(),
    )
    return list(source.each(convert, records=records)), source


def item_of(run: Run, said: str = "", folder: str = "") -> dict[str, Any]:
    """The item of one run."""
    (record,), _ = run_all("{}", lambda _: run, said=said, folder=folder)
    assert isinstance(record, Case), record
    return record.item


def item(said: str = "", **changes: Any) -> dict[str, Any]:
    """Canonical values of a full run with changes."""
    return canonical(item_of(dataclasses.replace(FULL, **changes), said))


def reason_of(said: str = "", **changes: Any) -> str:
    (record,), _ = run_all("{}", lambda _: dataclasses.replace(FULL, **changes), said=said)
    assert isinstance(record, Reject), record
    return record.reason


# The loop over records.


def test_one_record_becomes_one_case_reject_or_skipped_and_none_stops_another() -> None:
    def convert(fields: Fields) -> Run:
        what = fields.text("what")
        if what == "copy":
            raise OutOfScopeError("a copy")
        if what == "broken":
            raise UnusableError("it is broken", fields.spell("what"))
        return dataclasses.replace(FULL, card_count=None if what == "no cards" else 8)

    text = '[{"what": "copy"}, {"what": "broken"}, 7, {"what": "no cards"}, {}]'
    records, _ = run_all(text, convert)
    assert [(type(record), record.index) for record in records] == [
        (Skipped, 0),
        (Reject, 1),
        (Reject, 2),
        (Reject, 3),
        (Case, 4),
    ]
    broken, number, cards = (record for record in records if isinstance(record, Reject))
    assert (broken.path, broken.reason, broken.raw) == (
        "what",
        "it is broken",
        '{"what": "broken"}',
    )
    assert (number.reason, number.raw) == ("the record is not an object", "7")
    assert cards.reason == "the file does not say `cards`; say it in the sidecar"
    assert [lack.key for lack in cards.lacks] == ["cards"]


def test_records_may_be_elements_of_a_list_in_each_document() -> None:
    text = '{"version": 1, "runs": [{"n": 1}, null, {"n": 2, "x": 3}]}\n{"runs": [{"n": 3}]}'

    def convert(fields: Fields) -> Run:
        fields.root.set_aside("version")
        return dataclasses.replace(FULL, requests_completed=fields.whole("n"))

    records, source = run_all(text, convert, records=lambda document: document.elements("runs"))
    assert [record.index for record in records] == [0, 1, 2, 3]
    (null,) = (record for record in records if isinstance(record, Reject))
    assert (null.path, null.reason) == ("runs[1]", "the record is not an object")
    found = [canonical(one.item)["requests_completed"] for one in records if isinstance(one, Case)]
    assert found == [1, 2, 3]
    assert dict(source.unknown_fields) == {"runs[].x": 1}


def test_records_may_be_the_members_of_an_object() -> None:
    records, source = run_all(
        '{"0": {"n": 1, "y": 1}, "1": {"n": 2, "y": 1}}',
        lambda fields: dataclasses.replace(FULL, requests_completed=fields.whole("n")),
        records=lambda document: [one for _, one in document.members()],
    )
    assert [record.index for record in records] == [0, 1]
    assert dict(source.unknown_fields) == {"*.y": 2}


def test_a_document_without_records_is_a_reject() -> None:
    (record,), _ = run_all('{"runs": []}', lambda _: FULL, records=lambda d: d.elements("runs"))
    assert isinstance(record, Reject)
    assert record.reason == "holds no record"


def test_a_key_that_stands_twice_rejects_the_record_that_holds_it() -> None:
    for text, paths in {
        '[{"a": 1, "a": 2}, {"a": 1}]': ["a", None],
        '{"a": {"b": 1, "b": 1}}': ["a.b"],
    }.items():
        records, _ = run_all(text, lambda _: FULL)
        assert [r.path if isinstance(r, Reject) else None for r in records] == paths


def test_a_key_that_stands_twice_outside_the_records_of_a_document_rejects_them_all() -> None:
    def elements(document: Fields) -> list[Fields]:
        return document.elements("runs")

    inside = '{"runs": [{"a": 1, "a": 2}, {"a": 1}]}'
    records, _ = run_all(inside, lambda _: FULL, records=elements)
    assert [isinstance(record, Reject) for record in records] == [True, False]
    outside = '{"runs": [{"a": 1}, {"a": 1}], "tool": {"v": 1, "v": 2}}'
    records, _ = run_all(outside, lambda _: FULL, records=elements)
    assert [r.reason for r in records if isinstance(r, Reject)] == [
        "the key `tool.v` appears twice"
    ] * 2


# Fields.


def test_what_nobody_asked_for_is_counted_at_its_topmost_path() -> None:
    fields = Fields(
        {
            "read": 1,
            "part": {"read": 1, "not": {"a": 1, "b": 2}},
            "list": [{"read": 1, "not": 1}, {"not": 2}, 5],
            "whole": {"a": {"b": 1}},
            "hosts": {"x": {"read": 1}, "y": {"read": 2, "not": 1}},
            "odd name": 1,
            "not": [{"a": 1}],
            "nested": {"deep": {"read": 1, "not": 1}},
        }
    )
    fields.number("read")
    fields.part("part").number("read")
    for element in fields.elements("list"):
        element.number("read")
    fields.get("whole")
    for _, host in fields.part("hosts").members():
        host.number("read")
    fields.number("nested", "deep", "read")
    assert fields.unread() == {
        "part.not",
        "list[].not",
        "hosts.*.not",
        '"odd name"',
        "not",
        "nested.deep.not",
    }
    fields.part("part").set_aside("not")
    fields.set_aside("not", "odd name")
    assert fields.unread() == {"list[].not", "hosts.*.not", "nested.deep.not"}


@pytest.mark.parametrize(
    ("value", "number", "whole", "limit", "rate"),
    [
        (3, 3, 3, 3, 3),
        (3.0, 3.0, 3, 3, 3.0),
        (2.5, 2.5, None, None, 2.5),
        (0, 0, 0, None, None),
        (-1, -1, None, None, None),
        ("inf", None, None, None, None),
        (float("inf"), None, None, None, None),
        (float("nan"), None, None, None, None),
        ("3", None, None, None, None),
        (True, None, None, None, None),
        (None, None, None, None, None),
        ([3], None, None, None, None),
        (10**400, None, None, None, None),
        (10**300, 1e300, None, None, 1e300),
        (2**63, 2.0**63, None, None, 2.0**63),
        (2**63 - 1, 2**63 - 1, 2**63 - 1, 2**63 - 1, 2**63 - 1),
    ],
)
def test_a_number_is_finite_and_no_text(
    value: object, number: object, whole: object, limit: object, rate: object
) -> None:
    fields = Fields({"a": value})
    assert fields.number("a") == number
    assert fields.whole("a") == whole
    assert fields.limit("a") == limit
    assert fields.rate("a") == rate


def test_a_missing_or_wrong_part_is_empty() -> None:
    fields = Fields({"a": 1, "b": [1]})
    assert fields.part("a").number("x") is None
    assert fields.part("a", "x").text("y") is None
    assert fields.elements("a") == []
    assert not fields.elements("b")[0].is_object
    assert fields.number("a", "b", "c") is None


def test_a_text_that_no_table_can_hold_rejects_the_record() -> None:
    for text in ("\ud800", "a\0b"):
        with pytest.raises(UnusableError, match="`a` holds NUL or half of a surrogate pair"):
            Fields({"a": text}).text("a")
    assert Fields({"a": " 模型 "}).text("a") == "模型"
    assert Fields({"a": " "}).text("a") is None


@pytest.mark.parametrize(
    ("value", "pattern", "at", "zone"),
    [
        ("20260816-160853", "%Y%m%d-%H%M%S", "2026-08-16T16:08:53", None),
        ("2025-04-24T11:58:51Z", None, "2025-04-24T11:58:51", "UTC"),
        ("2025-04-24T11:58:51+05:30", None, "2025-04-24T11:58:51", "+05:30"),
        ("2025-11-07T13:38:54.793124", None, "2025-11-07T13:38:54.793124", None),
        (1749570583.5, None, "2025-06-10T15:49:43.500000", "UTC"),
        (1749570583.5, "%Y", None, None),
        ("soon", None, None, None),
        (1e300, None, None, None),
        (float("nan"), None, None, None),
        (True, None, None, None),
        (None, None, None, None),
    ],
)
def test_a_time_is_the_wall_clock_as_written_and_its_zone(
    value: object, pattern: str | None, at: str | None, zone: str | None
) -> None:
    run = Run()
    set_time(run, value, pattern)
    assert (run.run_at, run.run_at_zone) == (at, zone)


# Run and sidecar to item.

#: A value for each attribute of a run whose canonical name is the same.
_NAMES = ("hardware", "hardware_as_reported", "model", "engine", "quantization")
_ATTRIBUTES = {
    field.name: field
    for field in dataclasses.fields(Run)
    if field.name in PATHS and field.name not in _NAMES
}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_value_of_a_run_is_in_its_item(data: st.DataObject) -> None:
    values: dict[str, Any] = {}
    for name, field in _ATTRIBUTES.items():
        kind = str(field.type).removesuffix(" | None")
        strategy: st.SearchStrategy[Any] = {
            "int": st.integers(1, 10**6),
            "float": st.floats(1e-6, 1e9),
            "bool": st.just(True),
            "str": st.sampled_from(["a", "b"]),
        }[kind]
        values[name] = data.draw(st.none() | strategy)
    values["card_count"] = values["card_count"] or 1
    values["system_power_w"] = values["power_scope"] = None
    if values["run_at"] is None:
        values["run_at_zone"] = None
    found = item(**values)
    if values["prefill_cards"] or values["decode_cards"]:
        assert found.pop("is_disaggregated") is True
        values.pop("is_disaggregated")
    if values["power_per_card_w"]:
        assert found.pop("power_scope") == "card"
    expected = {name: value for name, value in values.items() if value is not None}
    assert {name: found.get(name) for name in expected} == expected
    assert not {name for name in values if values[name] is None} & found.keys()


def test_the_name_of_the_hardware_is_reported_with_the_text_that_it_is_part_of() -> None:
    assert item()["hardware_as_reported"] == "NVIDIA H200"
    found = item(hardware_as_reported="NVIDIA H200 (x8)")
    assert (found["hardware"], found["hardware_as_reported"]) == ("h200-sxm", "NVIDIA H200 (x8)")
    told = item("hardware: l40s", hardware_as_reported="NVIDIA H200 (x8)")
    assert (told["hardware"], told["hardware_as_reported"]) == ("l40s", "NVIDIA H200 (x8)")


def test_the_sidecar_wins_over_the_file() -> None:
    said = """
    hardware: l40s
    cards: 2
    nodes: 2
    model: openai/gpt-oss-20b
    engine: {id: sglang, version: "0.5"}
    quantization: mxfp4
    kv_cache_dtype: bf16
    parallel: {tp: 1, pp: 2, dp: 3, ep: 4, attention_dp: true, replicas: 5}
    disaggregated: {prefill_cards: 6, decode_cards: 7}
    prefix_caching: {hit_rate: 0.5}
    speculative: {method: eagle3}
    timezone: UTC
    dataset: sharegpt
    """
    found = item(
        said,
        engine_version="1",
        kv_cache_dtype="fp8",
        tp=9,
        pp=9,
        dp=9,
        ep=9,
        attention_dp=False,
        replicas=9,
        prefill_cards=9,
        decode_cards=9,
        nodes=9,
        prefix_caching=False,
        speculation=True,
        speculative_method="mtp",
        dataset="random",
    )
    assert found == {
        "hardware": "l40s",
        "card_count": 2,
        "topology": "2 nodes × 1 cards",
        "model": "gpt-oss-20b",
        "engine": "sglang",
        "engine_version": "0.5",
        "quantization": "mxfp4",
        "kv_cache_bits": 16,
        "tp": 1,
        "pp": 2,
        "dp": 3,
        "ep": 4,
        "attention_dp": True,
        "replicas": 5,
        "is_disaggregated": True,
        "prefill_cards": 6,
        "decode_cards": 7,
        "prefix_caching": True,
        "prefix_cache_hit_rate": 0.5,
        "speculation": True,
        "speculative_method": "eagle3",
        "dataset": "sharegpt",
        "hardware_as_reported": "NVIDIA H200",
        "model_as_reported": "Qwen/Qwen3-32B",
        "quantization_as_reported": "fp8",
        "run_at": "2026-03-01T10:20:30",
        "run_at_zone": "UTC",
        "source_format": "own",
        "source_file": "own.json",
        "record_index": 0,
    }


def test_a_limit_and_lengths_of_the_sidecar_count_only_where_the_file_has_none() -> None:
    said = "concurrency: 7\nlengths: {prefill: 100, decode: 10}"
    measured = item(said, max_concurrent_requests=3, prefill_seq_len=90.5, decode_seq_len=9.5)
    assert measured["max_concurrent_requests"] == 3
    assert (measured["prefill_seq_len"], measured["decode_seq_len"]) == (90.5, 9.5)
    assert "lengths_are_nominal" not in measured
    told = item(said)
    assert told["max_concurrent_requests"] == 7
    assert (told["prefill_seq_len"], told["decode_seq_len"]) == (100, 10)
    assert told["lengths_are_nominal"] is True


def test_a_zone_that_the_file_says_stands() -> None:
    assert item("timezone: Europe/Berlin", run_at_zone="UTC")["run_at_zone"] == "UTC"
    assert "run_at_zone" not in item("timezone: UTC", run_at=None)


def test_speculation_and_caching_that_are_off_have_no_figures() -> None:
    found = item(
        "speculative: none\nprefix_caching: off",
        acceptance_length=2.0,
        speculation=True,
        prefix_cache_hit_rate=0.5,
    )
    assert (found["speculation"], found["prefix_caching"]) == (False, False)
    assert {"acceptance_length", "prefix_cache_hit_rate"} & found.keys() == set()


@pytest.mark.parametrize(
    ("said", "run", "expected"),
    [
        ("", {"power_per_card_w": 500.0}, {"power_per_card_w": 500.0, "power_scope": "card"}),
        ("", {"system_power_w": 9e3}, {"system_power_w": 9e3, "power_scope": "system"}),
        (
            "power: {scope: node}",
            {"power_per_card_w": 6e3},
            {"system_power_w": 6e3, "power_scope": "node"},
        ),
        (
            "power: {basis: mean}",
            {"power_per_card_w": 5.0},
            {"power_per_card_w": 5.0, "power_scope": "card"},
        ),
        ("power: {basis: peak}", {"power_per_card_w": 700.0}, {}),
        ("power: {basis: limit, scope: system}", {"system_power_w": 7e3}, {}),
        ("power: {scope: system}", {}, {}),
    ],
)
def test_watts_are_mean_and_of_the_card_or_the_whole(
    said: str, run: dict[str, float], expected: dict[str, Any]
) -> None:
    found = item(said, **run)
    names = ("power_per_card_w", "system_power_w", "power_scope")
    assert {name: found[name] for name in names if name in found} == expected


def test_cards_of_two_pools_add_up_where_no_number_is_said() -> None:
    assert item(card_count=None, prefill_cards=2, decode_cards=6)["card_count"] == 8
    said = "disaggregated: {prefill_cards: 2, decode_cards: 3}"
    assert item(said, card_count=None)["card_count"] == 5
    assert "`cards`" in reason_of(card_count=None, prefill_cards=2)


def test_tensor_parallelism_alone_does_not_say_the_cards() -> None:
    assert "`cards`" in reason_of("parallel: {tp: 8}", card_count=None, tp=8)


def test_names_are_resolved_by_the_sidecars_aliases_first() -> None:
    said = (
        "aliases: {hardware: {H100: h100-pcie}, model: {mine: qwen3-32b}, quantization: {q: fp8}}"
    )
    found = item(said, hardware="h-100", model="Mine", quantization="Q")
    assert (found["hardware"], found["hardware_as_reported"]) == ("h100-pcie", "h-100")
    assert (found["model"], found["model_as_reported"]) == ("qwen3-32b", "Mine")
    assert (found["quantization"], found["quantization_as_reported"]) == ("fp8-e4m3", "Q")


def test_an_ambiguous_or_unknown_name_is_a_reject_with_its_candidates() -> None:
    (record,), _ = run_all(
        "{}", lambda _: dataclasses.replace(FULL, hardware="A100", model="unheard-of")
    )
    assert isinstance(record, Reject)
    assert record.reason.startswith("hardware 'A100' is ambiguous, one of a100-")
    assert "; model 'unheard-of' is not in the catalog" in record.reason
    by_key = {lack.key: lack.candidates for lack in record.lacks}
    assert by_key["model"] == ()
    assert {"a100-sxm4", "a100-sxm4-40gb"} <= set(by_key["hardware"])


@pytest.fixture
def catalog_with_config(tmp_path: Path) -> Catalog:
    """The catalog with a config.json of a model that it does not list."""
    shutil.copytree(CATALOG_DIR, tmp_path / "catalog")
    config = tmp_path / "catalog" / "models" / "My_Model.config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps(dense(4, 64, 128, 8, 2, 1000, 2048)))
    (config.parent / "broken.json").write_text("{")
    (config.parent / "list.json").write_text("[]")
    (config.parent / "empty.json").write_text("{}")
    (config.parent / "模型.json").write_text("{}")
    return load(tmp_path / "catalog")


def test_a_model_may_come_from_its_configuration_under_the_catalog(
    catalog_with_config: Catalog,
) -> None:
    said = "model_config: models/My_Model.config.json"
    (record,), _ = run_all("{}", lambda _: FULL, said=said, of=catalog_with_config)
    assert isinstance(record, Case)
    assert record.item["stack"]["model"] == {"id": "my-model"}
    assert record.item["stack"]["model_as_reported"] == "Qwen/Qwen3-32B"
    model = record.item["resolved"]["model"]
    assert (model["id"], model["architecture"]["layers"]) == ("my-model", 4)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("models/none.json", "none.json: cannot be read: No such file or directory"),
        ("models", "models: cannot be read: Is a directory"),
        ("../catalog/model.yml", "`model_config` ../catalog/model.yml: not a path beside"),
        ("/etc/hostname", "`model_config` /etc/hostname: not a path beside"),
        ("models/broken.json", "broken.json: not JSON"),
        ("models/list.json", "list.json: not a model's config.json"),
        ("models/empty.json", "num_hidden_layers"),
        ("models/模型.json", "the name of the file makes no id"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_a_reject(
    catalog_with_config: Catalog, path: str, reason: str
) -> None:
    said = f"model_config: {path}"
    (record,), _ = run_all("{}", lambda _: FULL, said=said, of=catalog_with_config)
    assert isinstance(record, Reject)
    assert reason in record.reason
    assert [lack.key for lack in record.lacks] == ["model_config"]


def test_a_cache_type_that_only_the_tool_names_may_be_unknown() -> None:
    assert "kv_cache_bits" not in item(kv_cache_dtype="q5_1")
    assert "kv_cache_bits" not in item("kv_cache_dtype: auto", kv_cache_dtype="fp8")
    assert "no KV-cache type `q5_1`" in reason_of("kv_cache_dtype: q5_1")


def test_an_exact_size_of_the_weights_replaces_that_of_the_quantization() -> None:
    resolved = item_of(dataclasses.replace(FULL, bits_per_weight=4.91))["resolved"]
    assert resolved["quantization"]["bits_per_weight"] == 4.91
    assert item_of(FULL)["resolved"]["quantization"]["bits_per_weight"] == 8


def test_what_is_resolved_is_the_catalogs_entity() -> None:
    resolved = item_of(FULL)["resolved"]
    assert resolved == {
        "hardware": catalog().entity("hardware", "h200-sxm"),
        "model": catalog().entity("model", "qwen3-32b"),
        "engine": catalog().entity("engine", "vllm"),
        "quantization": catalog().entity("quant", "fp8-e4m3"),
    }


def test_evidence_is_one_item_for_a_file_and_tier_and_attestation_the_sidecars() -> None:
    said = 'contributor: {name: "@octocat", attestation: I ran it.}\nevidence_tier: estimated'
    found = item_of(FULL, said)
    (evidence,) = found["evidence"]
    assert re.fullmatch("file-[0-9a-f]{12}", evidence.pop("id"))
    assert evidence == {
        "tier": "estimated",
        "source_type": "own-run",
        "citation": "own result file own.json",
        "contributor_attestation": "I ran it.",
    }
    assert found["submitter"] == {"github": "@octocat"}
    assert item_of(FULL)["evidence"][0]["tier"] == "measured"
    records, _ = run_all("[{}, {}]", lambda _: dataclasses.replace(FULL, submitter="Lab"))
    first, second = (record.item for record in records if isinstance(record, Case))
    assert first["evidence"] == second["evidence"]
    assert first["submitter"] == {"affiliation": "Lab"}


def test_figures_that_overflow_are_not_known() -> None:
    assert "decode_tok_s" not in item(decode_tok_s=float("inf"))


# Ids.


def test_an_id_says_what_ran_on_what_under_which_load_and_when() -> None:
    assert (
        item_of(
            dataclasses.replace(
                FULL, max_concurrent_requests=64, prefill_seq_len=1023.6, decode_seq_len=512
            )
        )["id"]
        == "qwen3-32b-h200-sxm-8-fp8-e4m3-c64-1024-512.20260301-102030"
    )
    rate = dataclasses.replace(FULL, request_rate_rps=2.5, run_at=None)
    assert re.fullmatch(r"qwen3-32b-h200-sxm-8-fp8-e4m3-r2.5\.[0-9a-f]{12}", item_of(rate)["id"])


@settings(deadline=None)
@given(st.text(min_size=1), st.integers(0, 300))
def test_ids_have_the_form_of_the_feed_and_leave_room_for_a_source(name: str, n: int) -> None:
    found = item_of(dataclasses.replace(FULL, id=f"v6.1-{name}" + "x" * n))["id"]
    assert re.fullmatch(ID_PATTERN, found)
    assert len(found) <= 140


def test_repeats_of_a_run_have_one_configuration_key_and_ids_of_their_own() -> None:
    stated: dict[str, Any] = {"stated_prefill_seq_len": 1024, "stated_decode_seq_len": 128}
    first = item_of(dataclasses.replace(FULL, **stated, prefill_seq_len=1010.5, decode_tok_s=1.0))
    second = item_of(
        dataclasses.replace(
            FULL,
            **stated,
            prefill_seq_len=1011.5,
            decode_tok_s=2.0,
            acceptance_length=2.0,
            run_at="2026-03-01T11:00:00",
            model="qwen3_32B",
        )
    )
    assert first["configuration_key"] == second["configuration_key"]
    assert first["id"] != second["id"]
    others: list[dict[str, Any]] = [
        {"tp": 2},
        {"max_concurrent_requests": 8},
        {"engine": "sglang"},
        {"stated_decode_seq_len": 129},
        {"load": "Offline"},
        {"load": "Server"},
    ]
    for other in others:
        changed = item_of(dataclasses.replace(FULL, **(stated | other)))
        assert changed["configuration_key"] != first["configuration_key"]


def test_a_configuration_is_the_same_over_versions_of_engine_driver_and_tool() -> None:
    first, second = (
        item_of(dataclasses.replace(FULL, engine_version=version, tool_version=version))
        for version in ("0.10.0", "0.11.0")
    )
    assert first["stack"]["engine"] != second["stack"]["engine"]
    assert first["configuration_key"] == second["configuration_key"]
    first["stack"]["driver"] = "CUDA 12.8"
    assert configuration_key(first) == second["configuration_key"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((1024, 213.37), (1024, 213.52), True),  # sampled outputs
        ((1024, 213.37), (1024, 128.0), False),
        ((1024, 213.37), (2048, 213.37), False),
        ((0, 128), (0, 128), True),
        ((0, 128), (None, 128), False),
    ],
)
def test_lengths_that_were_measured_tell_configurations_apart_roughly(
    one: tuple[float, float], other: tuple[float, float], is_same: bool
) -> None:
    keys = {
        item_of(dataclasses.replace(FULL, prefill_seq_len=prefill, decode_seq_len=decode))[
            "configuration_key"
        ]
        for prefill, decode in (one, other)
    }
    assert (len(keys) == 1) == is_same


def test_lengths_that_were_only_asked_for_tell_configurations_apart_exactly() -> None:
    def key(length: int) -> str:
        run = dataclasses.replace(FULL, decode_seq_len=length, lengths_are_nominal=True)
        return str(item_of(run)["configuration_key"])

    assert key(1024) != key(1025)
    assert key(1024) == key(1024)


def test_two_runs_with_one_id_get_hashes_and_a_copy_is_skipped() -> None:
    other = {**LIMIT, "label": "other"}
    reading = read([LIMIT, other, LIMIT])
    first, second, copy = reading.records
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert isinstance(copy, Skipped)
    assert first.run_id == second.run_id
    assert first.item["id"] == f"{first.run_id}.{first.record_sha256[:12]}"
    assert second.item["id"] == f"{second.run_id}.{second.record_sha256[:12]}"
    assert copy.reason == f"a copy of the run {first.run_id}"
    assert read(LIMIT).cases[0].item["id"] == first.run_id


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_ids_of_the_files_of_a_source_do_not_depend_on_their_order(order: list[int]) -> None:
    runs = [LIMIT, {**LIMIT, "label": "b"}, LIMIT, {**LIMIT, "max_concurrency": 5}]
    records = [read(run).cases[0] for run in runs]
    plain = distinguish(records)
    mixed = distinguish(records[at] for at in order)

    def ids(found: Iterable[Record]) -> set[str]:
        return {record.item["id"] for record in found if isinstance(record, Case)}

    assert ids(plain) == ids(mixed)
    assert len(ids(plain)) == 3
    assert ids(distinguish(distinguish(records))) == ids(plain)


def test_an_id_does_not_depend_on_layout_or_order_of_keys() -> None:
    without_time = {name: value for name, value in LIMIT.items() if name != "date"}
    turned = dict(reversed(without_time.items()))
    ids = {
        read(json.dumps(run, indent=indent)).cases[0].item["id"]
        for run in (without_time, turned)
        for indent in (None, 3)
    }
    assert len(ids) == 1


# Redaction.


def published(reading: Reading) -> str:
    return repr(list(reading.records)) + repr(dict(reading.said))


def test_what_the_sidecar_redacts_stands_in_nothing_that_is_published() -> None:
    secret = "/home/me/secret-model"
    record = {**LIMIT, "model_id": secret, "nested": {"path": secret}}
    assert secret in published(read(record))
    redact = "redact: [model_id, path]\n"
    assert secret not in published(read(record, redact + STACK))
    assert secret not in published(read(record, redact))
    assert secret not in published(read({**record, "completed": 0}, redact + STACK))
    assert secret not in published(read(json.dumps(record)[:-1], redact + STACK))
    assert secret not in published(read(f'{{"a": "{secret}"}}', redact + STACK))
    broken = f"{json.dumps(LIMIT)}\n{json.dumps(record)[:-1]}"
    assert secret not in published(read(broken, redact + STACK))
    assert [one.raw for one in read(broken, redact + STACK).rejects] == [WITHHELD]


def test_redaction_changes_no_id() -> None:
    plain, redacted = (case(LIMIT, said + STACK) for said in ("", "redact: [label]\n"))
    assert plain == redacted
    ids = {
        read({**LIMIT, "date": None}, s + STACK).cases[0].item["id"]
        for s in ("", "redact: [label]\n")
    }
    assert len(ids) == 1
