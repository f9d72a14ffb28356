"""Models from their config.json: counts, dimensions, refusals and missing keys."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pipelines.catalog import Catalog, UncountableModel, count_parameters, model_from_config
from pipelines.errors import RoofhouseError
from tests.catalog.configs import CONFIGS, DEEPSEEK, LONG, QWEN, Config, alternating, dense, latent

SMALL = dense(4, 64, 128, 8, 2, 1000, 2048)
MOE = SMALL | {"num_experts": 16, "num_experts_per_tok": 2, "moe_intermediate_size": 32}

QWEN35: Config = {
    "model_type": "qwen3_5_moe",
    "text_config": {
        "num_hidden_layers": 60,
        "hidden_size": 4096,
        "num_attention_heads": 32,
        "num_key_value_heads": 2,
        "head_dim": 256,
        "vocab_size": 248320,
        "max_position_embeddings": LONG,
        "num_experts": 512,
        "num_experts_per_tok": 10,
        "moe_intermediate_size": 1024,
        "shared_expert_intermediate_size": 1024,
        "layer_types": (["linear_attention"] * 3 + ["full_attention"]) * 15,
    },
}
QWEN_NEXT = dense(48, 2048, 5120, 16, 2, QWEN, LONG, head_dim=256) | {
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "full_attention_interval": 4,
    "linear_num_key_heads": 16,
}
DEEPSEEK_V4: Config = {
    "model_type": "deepseek_v4",
    "num_hidden_layers": 43,
    "hidden_size": 4096,
    "num_attention_heads": 64,
    "num_key_value_heads": 1,
    "head_dim": 512,
    "vocab_size": 129280,
    "max_position_embeddings": 1048576,
    "n_routed_experts": 256,
    "num_experts_per_tok": 6,
    "n_shared_experts": 1,
    "moe_intermediate_size": 2048,
    "index_topk": 512,
    "compress_ratios": [0, 0] + [4, 128] * 20 + [4, 0],
}


def architecture(config: Config, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = model_from_config(config, id="mine", **more)["architecture"]
    return found


@pytest.mark.parametrize(
    ("entry_id", "total", "active"),
    [
        ("llama-3.1-8b", 8.030, 8.030),
        ("llama-3.1-70b", 70.55, 70.55),
        ("llama-3.1-405b", 405.8, 405.8),
        ("mixtral-8x7b", 46.70, 12.88),
        ("deepseek-r1", 671.0, 37.55),
        ("gpt-oss", 116.8, 5.71),
        ("gpt-oss-20b", 20.91, 4.19),
        ("qwen3-32b", 32.76, 32.76),
        ("qwen3-30b-a3b", 30.53, 3.35),
        ("qwen3-235b-a22b", 235.1, 22.19),
        ("kimi-k2.5", 1026, 32.9),
        ("glm-5", 743.2, 41.1),
        ("minimax-m2.5", 228.7, 11.0),
        ("gemma-4", 25.23, 3.82),
        ("gemma-4-31b", 30.70, 30.70),
        ("llama-4-scout", 107.8, 17.17),
        ("llama-4-maverick", 400.7, 17.18),
    ],
)
def test_published_counts(entry_id: str, total: float, active: float) -> None:
    found, found_active = count_parameters(CONFIGS[entry_id])
    assert found / 1e9 == pytest.approx(total, rel=0.0005)
    assert found_active / 1e9 == pytest.approx(active, rel=0.003)


@pytest.mark.parametrize("entry_id", CONFIGS)
def test_a_configuration_gives_the_entry_of_the_catalog(shipped: Catalog, entry_id: str) -> None:
    found = shipped.model_from_config(CONFIGS[entry_id], id=entry_id)
    known = shipped.entity("model", entry_id)
    for name in ("total_params_b", "active_params_b"):
        found["architecture"][name] = round(found["architecture"][name], 3)
    assert found["architecture"] == known["architecture"]


def test_there_are_28_configurations() -> None:
    assert len(CONFIGS) == 28


def test_a_configuration_is_not_changed_by_reading_it() -> None:
    config = copy.deepcopy(CONFIGS["gemma-4"])
    model_from_config(config, id="mine")
    assert config == CONFIGS["gemma-4"]


def test_an_entity_from_a_configuration_is_a_language_model() -> None:
    found = model_from_config(SMALL, id="mine-1.0")
    assert list(found) == ["id", "name", "domain", "workload_kind", "architecture"]
    assert (found["id"], found["workload_kind"]) == ("mine-1.0", "autoregressive-decode")


@pytest.mark.parametrize("entry_id", ["", "My Model", "../mine", "mine\n"])
def test_an_id_is_a_slug(entry_id: str) -> None:
    with pytest.raises(RoofhouseError, match="is no id of a model"):
        model_from_config(SMALL, id=entry_id)


@pytest.mark.parametrize(
    ("change", "kind", "kv_heads"),
    [
        ({"num_key_value_heads": 8}, "mha", 8),
        ({"num_key_value_heads": None}, "mha", 8),
        ({"num_key_value_heads": 1}, "mqa", 1),
        ({"num_key_value_heads": 2}, "gqa", 2),
        (latent(16, 8, 8), "mla", 2),
    ],
)
def test_kinds_of_attention(change: Config, kind: str, kv_heads: int) -> None:
    found = architecture(SMALL | change)
    assert (found["attention_type"], found["num_kv_heads"]) == (kind, kv_heads)


@pytest.mark.parametrize(
    ("change", "window", "full"),
    [
        ({}, None, None),
        ({"sliding_window": 512}, None, None),
        ({"sliding_window": 512, "layer_types": alternating(4, 2)}, 512, 2),
        ({"sliding_window": 512, "layer_types": ["sliding_attention"] * 4}, 512, 0),
        ({"sliding_window": None, "layer_types": ["full_attention"] * 4}, None, None),
        ({"sliding_window": 512, "use_sliding_window": False}, None, None),
        (
            {
                "sliding_window": 512,
                "use_sliding_window": False,
                "layer_types": ["full_attention"] * 4,
            },
            None,
            None,
        ),
        ({"index_topk": 256}, 256, 0),
        ({"attention_chunk_size": 128}, 128, 1),
        (
            {
                "attention_chunk_size": 128,
                "layer_types": ["chunked_attention", "full_attention"] * 2,
            },
            128,
            2,
        ),
    ],
)
def test_windows(change: Config, window: int | None, full: int | None) -> None:
    found = architecture(SMALL | change)
    assert (found.get("sliding_window"), found.get("full_attention_layers")) == (window, full)


def test_embeddings_count_twice_unless_they_are_tied() -> None:
    untied, _ = count_parameters(SMALL)
    tied, _ = count_parameters(SMALL | {"tie_word_embeddings": True})
    assert untied - tied == 1000 * 64
    absent = {name: value for name, value in SMALL.items() if name != "tie_word_embeddings"}
    assert count_parameters(absent)[0] == untied
    assert count_parameters(absent | {"model_type": "gemma3_text"})[0] == tied
    assert count_parameters({"text_config": absent, "tie_word_embeddings": True})[0] == tied


def test_the_dimensions_add_up() -> None:
    """4 layers of 2·64·8·8 + 2·64·2·8 for attention and 3·64·128, and two embeddings."""
    assert count_parameters(SMALL) == (4 * (8192 + 2048 + 24576) + 2 * 64000,) * 2


def test_experts_add_up() -> None:
    expert, router, attention = 3 * 64 * 32, 64 * 16, 8192 + 2048
    total, active = count_parameters(MOE)
    assert total == 4 * (attention + 16 * expert + router) + 2 * 64000
    assert active == 4 * (attention + 2 * expert + router) + 2 * 64000


@pytest.mark.parametrize(
    ("change", "layers"),
    [
        ({"first_k_dense_replace": 1}, 3),
        ({"mlp_only_layers": [0, 3]}, 2),
        ({"decoder_sparse_step": 2}, 2),
        ({"moe_layer_freq": 2}, 2),
        ({"moe_layer_freq": [0, 1, 1, 1]}, 3),
        ({"first_k_dense_replace": 4}, 0),
    ],
)
def test_layers_without_experts_are_dense(change: Config, layers: int) -> None:
    total, _ = count_parameters(MOE | change)
    moe, plain = 16 * 3 * 64 * 32 + 64 * 16, 3 * 64 * 128
    assert total == 4 * 10240 + layers * moe + (4 - layers) * plain + 128000


def test_a_shared_expert_is_always_active() -> None:
    total, active = count_parameters(MOE)
    for change, width in (
        ({"n_shared_experts": 2}, 64),
        ({"shared_expert_intermediate_size": 48}, 48),
    ):
        more, more_active = count_parameters(MOE | change)
        assert more - total == more_active - active == 4 * 3 * 64 * width


def test_latent_attention_without_a_query_rank() -> None:
    """hH(n + p) + h(r + p) + rH(n + v) + Hvh with h 64, H 8, r 512, n 16, p 64, v 32."""
    total, _ = count_parameters(SMALL | latent(0, 16, 32))
    attention = 64 * 8 * 80 + 64 * 576 + 512 * 8 * 48 + 8 * 32 * 64
    assert total == 4 * (attention + 24576) + 128000


def test_a_fused_name_of_the_experts_does_not_hide_them() -> None:
    for name in ("n_routed_experts", "num_experts", "num_local_experts"):
        config = {key: value for key, value in MOE.items() if key != "num_experts"} | {name: 16}
        assert architecture(config)["moe"]["num_experts"] == 16


@pytest.mark.parametrize(
    "key",
    ["num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size", "intermediate_size"],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_missing_key_is_named(key: str, wrapped: bool) -> None:
    config = {name: value for name, value in SMALL.items() if name != key}
    with pytest.raises(RoofhouseError, match=f"config.json of mine: {key} is missing"):
        architecture({"text_config": config} if wrapped else config)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (MOE, "num_experts_per_tok"),
        (DEEPSEEK, "v_head_dim"),
        (DEEPSEEK, "qk_nope_head_dim"),
        (DEEPSEEK, "qk_rope_head_dim"),
        (DEEPSEEK, "intermediate_size"),
        (CONFIGS["llama-4-maverick"]["text_config"], "intermediate_size_mlp"),
        (CONFIGS["gemma-4"]["text_config"], "layer_types"),
    ],
)
def test_a_missing_key_of_one_kind_of_model_is_named(config: Config, key: str) -> None:
    with pytest.raises(RoofhouseError, match=f"{key} is missing"):
        architecture({name: value for name, value in config.items() if name != key})


def test_heads_that_do_not_divide_the_width_need_their_size() -> None:
    with pytest.raises(RoofhouseError, match="head_dim is missing"):
        architecture(SMALL | {"num_attention_heads": 7})
    assert architecture(SMALL | {"num_attention_heads": 7, "head_dim": 8})["head_dim"] == 8


@pytest.mark.parametrize("value", ["32", 32.5, -1, True, [32], float("nan"), float("inf")])
def test_a_dimension_is_a_whole_number(value: object) -> None:
    with pytest.raises(RoofhouseError, match=r"hidden_size is .*, not a whole number above 0"):
        architecture(SMALL | {"hidden_size": value})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert architecture(SMALL | {"hidden_size": 64.0}) == architecture(SMALL)


@pytest.mark.parametrize("config", [[], "llama", None, 3])
def test_what_is_no_object_is_no_configuration(config: Any) -> None:
    with pytest.raises(RoofhouseError, match="not a JSON object"):
        model_from_config(config, id="mine")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (QWEN35, "softmax attention"),
        (QWEN_NEXT, "softmax attention"),
        (DEEPSEEK_V4, "softmax attention"),
        (SMALL | {"layer_types": ["mamba"] * 4}, "softmax attention"),
        (SMALL | {"attn_type_list": [0, 1, 0, 1]}, "softmax attention"),
        (SMALL | {"hybrid_override_pattern": "M-M*"}, "softmax attention"),
        (SMALL | {"num_key_value_heads_per_layer": [4, 2, 2, 4]}, "not alike"),
        (SMALL | {"num_kv_shared_layers": 2}, "not alike"),
        (SMALL | {"model_type": "opt"}, "no gate"),
        (SMALL | {"model_type": "falcon"}, "no gate"),
    ],
)
def test_a_model_that_no_formula_counts_is_refused(config: Config, words: str) -> None:
    with pytest.raises(UncountableModel, match=words) as error:
        architecture(config)
    assert "add the model to the catalog" in str(error.value)
    with pytest.raises(UncountableModel, match=words):
        count_parameters(config)


def test_its_counts_can_be_given(shipped: Catalog) -> None:
    found = architecture(QWEN35, counts=(397, 17))
    assert found == shipped.entity("model", "qwen3.5-397b")["architecture"]


@pytest.mark.parametrize(
    ("config", "entry_id"), [(QWEN35, "qwen3.5-397b"), (QWEN_NEXT, "qwen3-next-80b-a3b")]
)
def test_its_counts_come_from_the_catalog(shipped: Catalog, config: Config, entry_id: str) -> None:
    found = shipped.model_from_config(config, id=entry_id)
    assert found["architecture"] == shipped.entity("model", entry_id)["architecture"]
    with pytest.raises(UncountableModel):
        shipped.model_from_config(config, id="no-such-model")


def test_compressed_attention_reads_no_known_bytes(shipped: Catalog) -> None:
    found = shipped.model_from_config(DEEPSEEK_V4, id="deepseek-v4-flash")["architecture"]
    known = shipped.entity("model", "deepseek-v4-flash")["architecture"]
    assert found == known | {"attention_type": "hybrid"}


def test_counts_are_not_taken_where_a_formula_counts() -> None:
    assert architecture(SMALL, counts=(1, 1))["total_params_b"] == count_parameters(SMALL)[0] / 1e9
