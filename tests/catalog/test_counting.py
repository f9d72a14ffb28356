"""Parameters counted from the dimensions of every catalog entry, against those it states."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.catalog import Catalog, count_parameters, load
from pipelines.catalog.dimensions import UncountableModel
from pipelines.errors import RoofhouseError

MODELS = load().ids("model")


def facts(entry_id: str) -> dict[str, Any]:
    return load().facts("model", entry_id)


@pytest.mark.parametrize("entry_id", MODELS)
def test_the_count_meets_the_stated_parameters_or_the_entry_says_why_not(entry_id: str) -> None:
    entry = facts(entry_id)
    if entry.get("counting", {}) is None:
        assert entry["note"]
        return
    architecture = entry["architecture"]
    total, active = count_parameters(architecture, entry.get("counting"))
    assert total / 1e9 == pytest.approx(architecture["total_params_b"], rel=0.001)
    assert active / 1e9 == pytest.approx(architecture["active_params_b"], rel=0.001)


@pytest.mark.parametrize("entry_id", MODELS)
def test_the_dimensions_of_a_model_fit_together(entry_id: str) -> None:
    architecture = facts(entry_id)["architecture"]
    heads, kv_heads = architecture["num_attention_heads"], architecture["num_kv_heads"]
    kind = architecture["attention_type"]
    assert heads % kv_heads == 0
    if kind in ("mha", "gqa", "mqa"):
        assert kind == ("mha" if kv_heads == heads else "mqa" if kv_heads == 1 else "gqa")
    assert architecture["active_params_b"] <= architecture["total_params_b"]
    assert ("moe" in architecture) == (architecture["family"] == "moe")
    if moe := architecture.get("moe"):
        assert moe["top_k"] < moe["num_experts"]
        assert architecture["active_params_b"] < architecture["total_params_b"]
    if (full := architecture.get("full_attention_layers")) is not None:
        assert full < architecture["layers"]
        assert "sliding_window" in architecture or kind == "hybrid"


@pytest.mark.parametrize(
    ("entry_id", "billions"),
    [
        # as the vendors' model cards round them
        ("llama-2-70b", 69), ("llama-3.2-1b", 1.24), ("llama-3.2-3b", 3.21),
        ("mixtral-8x22b", 141), ("mistral-7b", 7.24), ("mistral-small-24b", 23.6),
        ("mistral-large-2407", 123), ("phi-4", 14.7), ("phi-3-mini", 3.82), ("phi-4-mini", 3.84),
        ("gemma-2-2b", 2.61), ("gemma-2-9b", 9.24), ("gemma-2-27b", 27.2), ("gemma-3-1b", 1.0),
        ("gemma-3-27b", 27.0), ("qwen2.5-0.5b", 0.49), ("qwen2.5-1.5b", 1.54),
        ("qwen2.5-3b", 3.09), ("qwen2.5-7b", 7.61), ("qwen2.5-14b", 14.8), ("qwen2.5-72b", 72.7),
        ("qwen3-4b", 4.02), ("qwen3-14b", 14.8), ("qwen1.5-7b", 7.72), ("gpt-j-6b", 6.05),
        ("bloom-7b1", 7.07), ("opt-6.7b", 6.66), ("tinyllama-1.1b", 1.1),
    ],
)  # fmt: skip
def test_counts_are_those_of_the_model_cards(
    shipped: Catalog, entry_id: str, billions: float
) -> None:
    stated = shipped.facts("model", entry_id)["architecture"]["total_params_b"]
    assert stated == pytest.approx(billions, rel=0.01)


@pytest.mark.parametrize("entry_id", ["deepseek-v4-flash", "deepseek-v4-pro"])
def test_the_experts_of_deepseek_v4_leave_room_for_its_attention(entry_id: str) -> None:
    """Experts and embeddings alone are counted: attention is the rest, a few percent."""
    architecture = facts(entry_id)["architecture"]
    moe, hidden = architecture["moe"], architecture["hidden_size"]
    expert = 3 * hidden * moe["expert_hidden_size"] * architecture["layers"]
    embeddings = 2 * hidden * architecture["vocab_size"]
    experts = moe["num_experts"] + moe["shared_experts"]
    counted = (experts * expert + embeddings) / 1e9
    assert 0.93 < counted / architecture["total_params_b"] < 1


def test_latent_attention_without_its_ranks_is_not_counted(shipped: Catalog) -> None:
    with pytest.raises(UncountableModel, match="kv_lora_rank"):
        count_parameters(shipped.facts("model", "deepseek-r1")["architecture"])


def test_an_architecture_with_a_wrong_key_is_refused(shipped: Catalog) -> None:
    architecture = shipped.facts("model", "llama-3-8b")["architecture"] | {"lairs": 3}
    with pytest.raises(RoofhouseError, match="architecture: lairs"):
        count_parameters(architecture)
