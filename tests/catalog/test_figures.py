"""The shipped figures: physically possible, consistent with each other, and sourced."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.catalog import Catalog, Kind, load
from tests import feeds

CARDS = load().ids("hardware")

#: Cards and models of the shipped feed that no public source describes.
UNSOURCED_MODELS = {"qwen3.6-plus"}


def card(entry_id: str) -> dict[str, Any]:
    return load().facts("hardware", entry_id)


def between(value: float, low: float, high: float) -> bool:
    return low <= value <= high


@pytest.mark.parametrize("entry_id", CARDS)
def test_a_card_is_physically_possible(entry_id: str) -> None:
    facts = card(entry_id)
    peaks = {
        name: value for name, value in facts["compute"].items() if name[-4:] in ("lops", "tops")
    }
    assert peaks
    assert all(between(value, 10, 20_000) for value in peaks.values())
    assert between(facts["memory"]["capacity_gb"], 8, 300)
    assert between(facts["memory"]["bandwidth_gb_s"], 100, 10_000)
    if "power" in facts:
        assert between(facts["power"]["tdp_w"], 25, 1500)


@pytest.mark.parametrize("entry_id", CARDS)
def test_no_card_computes_more_for_a_byte_than_any_chip_does(entry_id: str) -> None:
    """Operations per byte of memory traffic at 16 bits: from 37 (H20) to 950 (Jetson Thor)."""
    facts = card(entry_id)
    peak = facts["compute"].get("bf16_tflops") or facts["compute"]["fp16_tflops"]
    assert between(peak * 1000 / facts["memory"]["bandwidth_gb_s"], 30, 1000)


@pytest.mark.parametrize("entry_id", CARDS)
def test_the_driver_reports_about_the_capacity(entry_id: str) -> None:
    memory = card(entry_id)["memory"]
    if reported := memory.get("bytes_reported"):
        assert between(reported / (memory["capacity_gb"] * 1e9), 0.98, 1.0738)


@pytest.mark.parametrize("entry_id", CARDS)
def test_halving_the_bits_doubles_the_rate_or_the_entry_says_why_not(entry_id: str) -> None:
    compute = card(entry_id)["compute"]
    pairs = [
        ("bf16_tflops", "fp16_tflops", 1),
        ("bf16_tflops", "fp8_tflops", 2),
        ("bf16_tflops", "int8_tops", 2),
        ("fp8_tflops", "fp4_tflops", 2),
    ]
    odd = [
        (narrow, compute[narrow] / compute[wide])
        for wide, narrow, factor in pairs
        if wide in compute
        and narrow in compute
        and not between(compute[narrow] / compute[wide] / factor, 0.97, 1.03)
    ]
    assert not odd or compute.get("note"), odd


@pytest.mark.parametrize("entry_id", CARDS)
def test_no_peak_is_a_sparse_one(entry_id: str) -> None:
    """Four times the next wider format, or more, is what sparsity makes of a dense figure."""
    compute = card(entry_id)["compute"]
    for wide, narrow in (("bf16_tflops", "fp8_tflops"), ("fp8_tflops", "fp4_tflops")):
        if wide in compute and narrow in compute and entry_id not in ("rtx-5090", "trainium-3"):
            assert compute[narrow] / compute[wide] < 3.4


def test_every_block_names_its_sources_or_says_that_it_has_none(shipped: Catalog) -> None:
    unsourced = {
        f"{entry_id}.{block}"
        for entry_id in CARDS
        for block in ("compute", "memory", "scale_up", "power")
        if block in (facts := shipped.facts("hardware", entry_id)) and facts[block]["from"] is None
    }
    sourced = {"h100-sxm5", "h200-sxm", "b200-sxm", "b300-sxm", "gb200", "gb300", "mi300x"}
    sourced |= {"mi325x", "mi355x", "a100-sxm4", "l40s", "l4", "tpu-v5e", "trillium", "trainium-2"}
    assert not {block for block in unsourced if block.split(".")[0] in sourced}
    assert len(unsourced) < len(CARDS)


def test_every_thing_of_the_shipped_feed_is_in_the_catalog(shipped: Catalog) -> None:
    parts: dict[Kind, str] = {
        "hardware": "hardware",
        "model": "model",
        "engine": "engine",
        "quant": "quantization",
    }
    missing = {
        item["resolved"][part]["id"]
        for kind, part in parts.items()
        for item in feeds.shipped()["items"]
        if item["resolved"][part]["id"] not in shipped.ids(kind)
    }
    assert missing == UNSOURCED_MODELS


def test_the_feeds_memory_agrees_with_the_catalog(shipped: Catalog) -> None:
    for item in feeds.shipped()["items"]:
        claimed = item["resolved"]["hardware"]
        known = shipped.entity("hardware", claimed["id"])
        for name in ("capacity_gb", "bandwidth_gbps"):
            claim, figure = (of["memory"][name]["value"] for of in (claimed, known))
            assert between(claim / figure, 0.98, 1.02), (claimed["id"], name, claim, figure)


def test_quantizations_store_no_less_than_their_name_says(shipped: Catalog) -> None:
    for entry_id in shipped.ids("quant"):
        entity = shipped.entity("quant", entry_id)
        assert between(entity["bits_per_weight"], 2, 32)
        assert between(entity["bits_per_activation"], 4, 32)
        if entry_id[:4] in ("nvfp", "mxfp"):
            assert entity["bits_per_weight"] % 1 in (0.25, 0.5)


def test_kernels_of_gguf_multiply_in_8_bits(shipped: Catalog) -> None:
    """Else an honest prompt of llama.cpp is above the peak of a card's FP16."""
    entities = [shipped.entity("quant", entry_id) for entry_id in shipped.ids("quant")]
    gguf = [entity for entity in entities if entity["name"].startswith("GGUF ")]
    assert {(one["bits_per_activation"], one["family"]) for one in gguf} == {(8, "int")}


@pytest.mark.parametrize(
    ("name", "bits"),
    [("fp8", 8), ("FP8_E4M3", 8), ("fp8-e5m2", 8), ("q8_0", 8), ("BF16", 16), ("nvfp4", 4)],
)
def test_kv_cache_types(shipped: Catalog, name: str, bits: int) -> None:
    assert shipped.kv_bits(name) == bits


@pytest.mark.parametrize("name", ["auto", "", None, "fp", "turbo"])
def test_a_kv_cache_type_that_says_nothing_has_no_bits(shipped: Catalog, name: str | None) -> None:
    assert shipped.kv_bits(name) is None


def test_engines_that_cache_prefixes(shipped: Catalog) -> None:
    caching = {
        entry_id
        for entry_id in shipped.ids("engine")
        if shipped.caches_prefixes_by_default(entry_id)
    }
    assert {"vllm", "sglang", "tensorrt-llm"} <= caching
    assert shipped.caches_prefixes_by_default("llama-cpp") is False
    assert shipped.caches_prefixes_by_default("mindie") is None
