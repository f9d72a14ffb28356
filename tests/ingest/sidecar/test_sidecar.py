"""Sidecars: what they may say, what an error says, and which of several holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RoofhouseError
from pipelines.ingest import sidecar
from pipelines.ingest.sidecar import NOTHING, Said, Speculation, parse
from pipelines.ingest.sidecar.said import PrefixCaching

EVERYTHING = """
hardware: h100-sxm5
cards: 8
nodes: 1
model: meta-llama/Llama-3.3-70B-Instruct
engine: {id: vllm, version: "0.10"}
quantization: fp8-e4m3
kv_cache_dtype: fp8
parallel: {tp: 8, pp: 1, dp: 2, ep: 4, attention_dp: false, replicas: 3}
disaggregated: {prefill_cards: 4, decode_cards: 5}
prefix_caching: "off"
speculative: {method: eagle3, tokens: 3}
concurrency: 64
lengths: {prefill: 1024, decode: 128.5}
power: {scope: node, basis: peak}
aliases: {hardware: {H100: h100-sxm5}, model: {mine: llama-3.1-8b}, quantization: {}}
contributor: {name: "@octocat", attestation: I ran it.}
evidence_tier: measured
timezone: Europe/Berlin
dataset: sharegpt
redact: [model_filename]
"""


def test_every_key_is_read() -> None:
    assert parse(EVERYTHING, "x.sidecar.yml") == Said(
        hardware="h100-sxm5",
        cards=8,
        nodes=1,
        model="meta-llama/Llama-3.3-70B-Instruct",
        engine_id="vllm",
        engine_version="0.10",
        quantization="fp8-e4m3",
        kv_cache_dtype="fp8",
        tp=8,
        pp=1,
        dp=2,
        ep=4,
        attention_dp=False,
        replicas=3,
        prefill_cards=4,
        decode_cards=5,
        prefix_caching=PrefixCaching(False),
        speculative=Speculation(True, "eagle3", 3),
        concurrency=64,
        prefill_length=1024,
        decode_length=128.5,
        power_scope="node",
        power_basis="peak",
        aliases={
            "hardware": {"H100": "h100-sxm5"},
            "model": {"mine": "llama-3.1-8b"},
            "quantization": {},
        },
        contributor_name="@octocat",
        contributor_attestation="I ran it.",
        evidence_tier="measured",
        timezone="Europe/Berlin",
        dataset="sharegpt",
        redact=("model_filename",),
    )


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "---\n", "cards:\nengine: {id: , version: }\nparallel:"]
)
def test_what_is_empty_is_not_said(text: str) -> None:
    assert parse(text, "x.sidecar.yml") == NOTHING


@pytest.mark.parametrize(
    ("written", "caching"),
    [
        ("off", PrefixCaching(False)),
        ('"off"', PrefixCaching(False)),
        ("false", PrefixCaching(False)),
        ("No", PrefixCaching(False)),
        ("on", PrefixCaching(True)),
        ('"on"', PrefixCaching(True)),
        ("True", PrefixCaching(True)),
        ("{hit_rate: 0.97}", PrefixCaching(True, 0.97)),
        ("{hit_rate: 0}", PrefixCaching(True, 0)),
    ],
)
def test_on_and_off_may_be_texts_or_booleans(written: str, caching: PrefixCaching) -> None:
    assert parse(f"prefix_caching: {written}", "x").prefix_caching == caching


@pytest.mark.parametrize(
    ("written", "speculation"),
    [
        ("none", Speculation(False)),
        ("off", Speculation(False)),
        ("false", Speculation(False)),
        ("{method: none}", Speculation(False)),
        ("eagle3", Speculation(True, "eagle3")),
        ("on", Speculation(True)),
        ("{tokens: 5}", Speculation(True, None, 5)),
    ],
)
def test_speculation_is_none_or_a_method(written: str, speculation: Speculation) -> None:
    assert parse(f"speculative: {written}", "x").speculative == speculation


WRONG = {
    "unknown, near": ("cardz: 8", "unknown key `cardz`; did you mean `cards`?"),
    "unknown inside": (
        "parallel: {tps: 8}",
        "unknown key `parallel.tps`; did you mean `parallel.tp`?",
    ),
    "unknown alias": ("aliases: {engine: {a: vllm}}", "unknown key `aliases.engine`; "),
    "unknown, far": ("xyzzy: 1", "unknown key `xyzzy`; known are hardware, cards, nodes, "),
    "path as key": ("engine.id: vllm", "unknown key `engine.id`; known are "),
    "version": (
        "engine: {version: 0.10}",
        'in quotes, as in version: "0.10": unquoted it is a number',
    ),
    "whole version": ("engine: {version: 1}", "`engine.version` is 1; expected a text in quotes"),
    "no count": ("cards: 0", "`cards` is 0; expected a whole number of 1 or more"),
    "text as count": ('cards: "8"', "`cards` is '8'; expected a whole number of 1 or more"),
    "part of a card": ("cards: 0.5", "`cards` is 0.5; expected a whole number of 1 or more"),
    "boolean as count": ("cards: true", "`cards` is True; expected a whole number"),
    "number as text": ("quantization: 4", "`quantization` is 4; expected a text; quote it"),
    "no group": ("engine: vllm", "`engine` is 'vllm'; expected an object with id, version"),
    "list as group": ("parallel: [8]", "`parallel` is [8]; expected an object with tp, pp, dp"),
    "hit rate in percent": ("prefix_caching: {hit_rate: 97}", "with a share from 0 to 1"),
    "hit rate and more": ("prefix_caching: {hit_rate: 0.1, on: 1}", "with a share from 0 to 1"),
    "half on": ("prefix_caching: maybe", '`prefix_caching` is \'maybe\'; expected "on", "off"'),
    "other speculation": ("speculative: {model: x}", "expected none, a method, or {method: "),
    "scope": (
        "power: {scope: rack}",
        "`power.scope` is 'rack'; expected one of card, node, system",
    ),
    "tier": ("evidence_tier: certain", "expected one of official, measured, estimated"),
    "zone": ("timezone: here, now", "expected a time zone such as UTC, Europe/Berlin or +02:00"),
    "infinite length": (
        "lengths: {prefill: .inf}",
        "`lengths.prefill` is inf; expected a number of",
    ),
    "redact": ("redact: model_filename", "expected a list of names of fields"),
    "aliases": ("aliases: {hardware: h100}", "expected an object of names and ids"),
    "both models": (
        "model: a\nmodel_config: b.json",
        "`model` and `model_config` are alternatives",
    ),
    "twice": ("cards: 8\ncards: 9", "the key `cards` appears twice"),
    "twice inside": ("engine: {id: a, id: b}", "the key `engine.id` appears twice"),
    "two documents": ("cards: 8\n---\ncards: 9", "2 documents; a sidecar is one"),
    "a list": ("- cards: 8", "not a sidecar: expected keys such as `hardware: h100-sxm5`"),
    "a text": ("cards", "not a sidecar: expected keys"),
    "syntax": ("cards: 8\nengine: {id: vllm", "not YAML: line 2, column 18: "),
    "anchor": ("a: &a [1]\nb: *a", "not YAML: line 2, column 4: anchors (*name) are not read"),
    "tag": ("cards: !!python/object:x 1", "not YAML: line 1, column 8: the tag "),
    "deep": ("a: " + "[" * 300, "nested too deeply"),
    "control character": ("cards: \x01", "not YAML: "),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_an_error_names_the_file_and_the_key(text: str, message: str) -> None:
    with pytest.raises(RoofhouseError) as error:
        parse(text, "runs/a.sidecar.yml")
    assert str(error.value).startswith("runs/a.sidecar.yml: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_not_utf_8_are_an_error_and_a_mark_at_the_start_is_not() -> None:
    assert parse(b"\xef\xbb\xbfcards: 8", "x").cards == 8
    with pytest.raises(RoofhouseError, match="x: byte 10: not UTF-8"):
        parse(b"hardware: \xff", "x")


def test_the_sidecars_of_a_file_are_that_of_its_folder_and_its_own(tmp_path: Path) -> None:
    (tmp_path / "sidecar.yml").write_text("cards: 8\nengine: {id: vllm}")
    (tmp_path / "run.1.sidecar.yml").write_text('cards: 4\nengine: {version: "0.11"}')
    for name in ("run.1.json", "run.1.jsonl.gz", "run.1.json.zst"):
        said = sidecar.load(tmp_path / name).merged()
        assert (said.cards, said.engine_id, said.engine_version) == (4, "vllm", "0.11")
    assert sidecar.load(tmp_path / "run.2.json").merged().cards == 8
    assert sidecar.load(tmp_path / "elsewhere" / "run.1.json").merged() == NOTHING


def test_an_error_of_a_sidecar_beside_a_file_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "run.sidecar.yml").write_text("cardz: 4")
    with pytest.raises(RoofhouseError, match=r"run\.sidecar\.yml: unknown key `cardz`"):
        sidecar.load(tmp_path / "run.json")


def test_sidecars_are_told_from_results_by_their_names() -> None:
    assert sidecar.is_sidecar("sidecar.yml")
    assert sidecar.is_sidecar("run.1.sidecar.yml")
    assert not any(map(sidecar.is_sidecar, ("run.yml", "mysidecar.yml", "sidecar.json")))


def test_later_sidecars_win_key_by_key() -> None:
    first = parse("cards: 8\nparallel: {tp: 8, pp: 1}\nspeculative: {method: mtp}", "x")
    second = parse("parallel: {tp: 4}\nspeculative: none", "x")
    merged = sidecar.merge(first, second)
    assert (merged.cards, merged.tp, merged.pp) == (8, 4, 1)
    assert merged.speculative == Speculation(False)


def test_a_model_and_its_configuration_take_each_other_back() -> None:
    model, config = parse("model: a", "x"), parse("model_config: b.json", "x")
    assert sidecar.merge(model, config) == config
    assert sidecar.merge(config, model) == model


def test_aliases_are_added_up_and_the_later_meaning_of_a_name_wins() -> None:
    first = parse("aliases: {hardware: {A: x, B: y}}", "x")
    second = parse("aliases: {hardware: {B: z}, model: {m: n}}", "x")
    assert sidecar.merge(first, second).aliases == {
        "hardware": {"A": "x", "B": "z"},
        "model": {"m": "n"},
    }


def test_what_one_sidecar_redacts_no_later_one_publishes() -> None:
    layers = parse("redact: [b]", "x"), parse("redact: [a]", "x"), parse("redact: []", "x")
    assert sidecar.merge(*layers).redact == ("a", "b")


_said = st.builds(
    Said,
    hardware=st.none() | st.sampled_from("ab"),
    cards=st.none() | st.integers(1, 3),
    model=st.none() | st.sampled_from("ab"),
    prefix_caching=st.none() | st.builds(PrefixCaching, st.booleans()),
    aliases=st.dictionaries(
        st.sampled_from(["hardware", "model"]),
        st.dictionaries(st.sampled_from("AB"), st.sampled_from("xy")),
    ),
    redact=st.sets(st.sampled_from("ab")).map(lambda names: tuple(sorted(names))),
)


@settings(deadline=None)
@given(_said, _said, _said)
def test_merging_is_associative_and_nothing_said_changes_nothing(a: Said, b: Said, c: Said) -> None:
    assert sidecar.merge(a, b, c) == sidecar.merge(sidecar.merge(a, b), c)
    assert sidecar.merge(a, b, c) == sidecar.merge(a, sidecar.merge(b, c))
    assert sidecar.merge(NOTHING, a) == sidecar.merge(a, NOTHING) == sidecar.merge(a)
