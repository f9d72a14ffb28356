"""The catalog files: what is refused, in which words, and what the fingerprint sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import catalog
from pipelines.errors import RoofhouseError
from tests.catalog.conftest import Change

L4 = "  l4:\n    name: NVIDIA L4\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "hardware.yml",
            "tdp_w: 72",
            "tpd_w: 72",
            "hardware.l4.power.tpd_w: unknown key; nearest: tdp_w",
        ),
        (
            "hardware.yml",
            "capacity_gb: 24",
            "capacity: 24",
            "capacity: unknown key; nearest: capacity_gb",
        ),
        (
            "hardware.yml",
            L4,
            L4 + "    colour: green\n",
            "hardware.l4.colour: unknown key; one of aliases",
        ),
        ("hardware.yml", L4, L4 + "    name: L4\n", "the key name is there twice"),
        ("hardware.yml", "  l4:\n", "  l40:\n", "the key l40 is there twice"),
        ("hardware.yml", "  l4:\n", "  L4:\n", "hardware.L4: string should match pattern"),
        (
            "hardware.yml",
            "tdp_w: 72, from: [aic, smi]",
            "tdp_w: 72",
            "hardware.l4.power.from: field required",
        ),
        ("hardware.yml", "tdp_w: 72,", "tdp_w: 0,", "hardware.l4.power.tdp_w"),
        (
            "hardware.yml",
            "tdp_w: 72,",
            "tdp_w: -72,",
            "hardware.l4.power.tdp_w: is not a finite number above 0",
        ),
        ("hardware.yml", "tdp_w: 72,", "tdp_w: .nan,", "hardware.l4.power.tdp_w"),
        ("hardware.yml", "tdp_w: 72,", "tdp_w: .inf,", "hardware.l4.power.tdp_w"),
        ("hardware.yml", "tdp_w: 72,", 'tdp_w: "72",', "hardware.l4.power.tdp_w"),
        ("hardware.yml", "tdp_w: 72,", "tdp_w: true,", "hardware.l4.power.tdp_w"),
        (
            "hardware.yml",
            "from: [aic, smi], note: driver",
            "from: [aicc, smi], note: driver",
            "hardware.l4.memory.from: the source 'aicc' is not under",
        ),
        (
            "hardware.yml",
            "[NVIDIA L4,",
            "[NVIDIA L4, h100-sxm5,",
            "l4: one of its names is the id of the entry h100-sxm5",
        ),
        ("hardware.yml", "[NVIDIA L4,", '[NVIDIA L4, "- _",', "has no letter or digit"),
        ("hardware.yml", "[NVIDIA L4,", "[NVIDIA L4, 4,", "hardware.l4.aliases.1"),
        (
            "hardware.yml",
            "hardware:\n  #",
            "hardwares:\n  #",
            "hardwares: unknown key; nearest: hardware",
        ),
        (
            "model.yml",
            "attention_type: gqa",
            "attention_type: ggqa",
            "attention_type: input should be 'mha'",
        ),
        (
            "model.yml",
            "source: lit, config: Llama-2-13b-hf",
            "source: lid, config: x",
            "the source 'lid' is not under `sources`; nearest: lit",
        ),
        (
            "model.yml",
            "native_quantization: fp8-e4m3",
            "native_quantization: fp8-e4m4",
            "no entry 'fp8-e4m4'; nearest: fp8-e4m3",
        ),
        ("model.yml", "layers: 32", "layers: 32.5", "layers: input should be a valid integer"),
        (
            "engine.yml",
            "caches_prefixes_by_default: true",
            "caches_prefixes_by_default: 1",
            "engines.vllm.caches_prefixes_by_default",
        ),
        ("quant.yml", "family: int", "family: integer", "family: input should be"),
        (
            "workload.yml",
            "model: llama-2-70b",
            "model: llama-2-71b",
            "no entry 'llama-2-71b'; nearest: llama-2-7",
        ),
        ("quant.yml", "sources:\n", "sources: [\n", "quant.yml:"),
    ],
)
def test_a_mistake_is_refused_by_file_entry_and_key(
    change: Change, file: str, old: str, new: str, words: str
) -> None:
    folder = change(file, old, new)
    with pytest.raises(RoofhouseError) as error:
        catalog.load(folder)
    assert str(folder / file) in str(error.value)
    assert words in str(error.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "engine.yml").unlink()
    with pytest.raises(RoofhouseError, match=r"engine\.yml: cannot be read: No such file"):
        catalog.load(folder)


def test_a_file_that_is_no_mapping_is_refused(folder: Path) -> None:
    (folder / "engine.yml").write_text("- vllm\n")
    with pytest.raises(RoofhouseError, match=r"engine\.yml: the file: input should be"):
        catalog.load(folder)


def test_a_file_without_entries_is_refused(folder: Path) -> None:
    (folder / "engine.yml").write_text("sources: {}\n")
    with pytest.raises(RoofhouseError, match=r"engine\.yml: engines: is missing"):
        catalog.load(folder)


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "engine.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(RoofhouseError, match=r"engine\.yml: not YAML in UTF-8"):
        catalog.load(folder)


def test_the_same_content_is_read_once(folder: Path) -> None:
    assert catalog.load(folder) is catalog.load(folder)


def test_a_change_is_seen_at_the_next_load(change: Change, folder: Path) -> None:
    before = catalog.load(folder)
    after = catalog.load(change("hardware.yml", "tdp_w: 72,", "tdp_w: 73,"))
    assert before.facts("hardware", "l4")["power"]["tdp_w"] == 72
    assert after.facts("hardware", "l4")["power"]["tdp_w"] == 73
    assert before.fingerprint != after.fingerprint


def test_comments_and_layout_leave_the_fingerprint_as_it_is(change: Change, folder: Path) -> None:
    before = catalog.load(folder).fingerprint
    after = catalog.load(change("hardware.yml", "  l4:\n", "  # a remark\n\n  l4:\n")).fingerprint
    assert before == after


def test_the_fingerprint_does_not_depend_on_the_folder(folder: Path) -> None:
    assert catalog.load(folder).fingerprint == catalog.load().fingerprint


def test_a_new_card_is_one_entry(folder: Path) -> None:
    path = folder / "hardware.yml"
    entry = (
        "  my-card:\n    name: My Card\n    vendor: me\n"
        "    compute: {bf16_tflops: 100, from: null}\n"
        "    memory: {capacity_gb: 16, bandwidth_gb_s: 500, from: null}\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + entry, encoding="utf-8")
    found = catalog.load(folder)
    assert found.resolve("hardware", "MY_CARD") == "my-card"
    assert found.entity("hardware", "my-card")["compute"] == {"bf16_tflops": {"value": 100}}
