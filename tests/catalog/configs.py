"""Configurations in the words of Hugging Face, from the published dimensions of the models."""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]


def dense(
    layers: int, hidden: int, width: int, heads: int, kv: int, vocab: int, context: int, **more: Any
) -> Config:
    return {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": width,
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "vocab_size": vocab,
        "max_position_embeddings": context,
        "tie_word_embeddings": False,
    } | more


def latent(query: int, nope: int, value: int, **more: Any) -> Config:
    """Keys of multi-head latent attention with rank 512 and 64 rotary dimensions."""
    return {
        "kv_lora_rank": 512,
        "q_lora_rank": query,
        "qk_nope_head_dim": nope,
        "qk_rope_head_dim": 64,
        "v_head_dim": value,
    } | more


def routed(experts: int, top_k: int, width: int, dense_layers: int = 0) -> Config:
    """Keys of experts as DeepSeek names them, with one shared expert."""
    return {
        "n_routed_experts": experts,
        "num_experts_per_tok": top_k,
        "moe_intermediate_size": width,
        "n_shared_experts": 1,
        "first_k_dense_replace": dense_layers,
        "moe_layer_freq": 1,
    }


def alternating(layers: int, every: int) -> list[str]:
    """Every n-th layer reads the whole context, the others a window."""
    return [
        "full_attention" if (layer + 1) % every == 0 else "sliding_attention"
        for layer in range(layers)
    ]


def qwen_moe(experts: int, width: int) -> Config:
    return {
        "num_experts": experts,
        "num_experts_per_tok": 8,
        "moe_intermediate_size": width,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "head_dim": 128,
        "model_type": "qwen3_moe",
    }


def gpt_oss(layers: int, experts: int) -> Config:
    return dense(layers, 2880, 2880, 64, 8, 201088, 131072, model_type="gpt_oss") | {
        "head_dim": 64,
        "num_local_experts": experts,
        "num_experts_per_tok": 4,
        "sliding_window": 128,
        "layer_types": alternating(layers, 2),
    }


def llama4(step: int, experts: int, context: int) -> Config:
    text = dense(48, 5120, 8192, 40, 8, 202048, context, model_type="llama4_text") | {
        "head_dim": 128,
        "intermediate_size_mlp": 16384,
        "interleave_moe_layer_step": step,
        "num_local_experts": experts,
        "num_experts_per_tok": 1,
        "attention_chunk_size": 8192,
    }
    return {"model_type": "llama4", "text_config": text, "vision_config": {"hidden_size": 1408}}


def gemma4(text: Config, kv: int) -> Config:
    text |= {
        "model_type": "gemma4_text",
        "head_dim": 256,
        "global_head_dim": 512,
        "num_global_key_value_heads": kv,
        "attention_k_eq_v": True,
        "sliding_window": 1024,
        "layer_types": alternating(text["num_hidden_layers"], 6),
    }
    del text["tie_word_embeddings"]
    return {"model_type": "gemma4", "text_config": text, "tie_word_embeddings": True}


DEEPSEEK = dense(61, 7168, 18432, 128, 128, 129280, 163840) | latent(1536, 128, 128)
DEEPSEEK |= routed(256, 8, 2048, 3) | {"model_type": "deepseek_v3"}
KIMI = dense(61, 7168, 18432, 64, 64, 163840, 131072) | latent(1536, 128, 128)
KIMI |= routed(384, 8, 2048, 1) | {"model_type": "kimi_k2"}
GLM5 = dense(78, 6144, 12288, 64, 64, 154880, 202752, head_dim=64) | latent(2048, 192, 256)
GLM5 |= routed(256, 8, 2048, 3) | {"model_type": "glm_moe_dsa", "index_topk": 2048}
MINIMAX = dense(62, 3072, 1536, 48, 8, 200064, 196608, head_dim=128, model_type="minimax_m2")
MINIMAX |= {"num_local_experts": 256, "num_experts_per_tok": 8}

LONG = 262144
QWEN = 151936

#: Configurations by the id of the model in the catalog.
CONFIGS: dict[str, Config] = {
    "llama-2-7b": {
        name: value
        for name, value in dense(32, 4096, 11008, 32, 32, 32000, 4096).items()
        if name != "num_key_value_heads"
    },
    "llama-3.1-8b": dense(32, 4096, 14336, 32, 8, 128256, 131072, model_type="llama"),
    "llama-3.1-70b": dense(80, 8192, 28672, 64, 8, 128256, 131072),
    "llama-3.1-405b": dense(126, 16384, 53248, 128, 8, 128256, 131072),
    "mixtral-8x7b": dense(32, 4096, 14336, 32, 8, 32000, 32768, sliding_window=None)
    | {"num_local_experts": 8, "num_experts_per_tok": 2},
    "deepseek-r1": DEEPSEEK,
    "deepseek-v3": DEEPSEEK,
    "deepseek-v3.2": DEEPSEEK | {"index_topk": 2048},
    "gpt-oss": gpt_oss(36, 128),
    "gpt-oss-20b": gpt_oss(24, 32),
    "qwen2.5-7b": dense(28, 3584, 18944, 28, 4, 152064, 32768)
    | {"sliding_window": 131072, "use_sliding_window": False},
    "qwen3-0.6b": dense(28, 1024, 3072, 16, 8, QWEN, 40960, head_dim=128)
    | {"tie_word_embeddings": True},
    "qwen3-8b": dense(36, 4096, 12288, 32, 8, QWEN, 40960, head_dim=128),
    "qwen3-32b": dense(64, 5120, 25600, 64, 8, QWEN, 40960, head_dim=128),
    "qwen3-30b-a3b": dense(48, 2048, 6144, 32, 4, QWEN, 40960) | qwen_moe(128, 768),
    "qwen3-235b-a22b": dense(94, 4096, 12288, 64, 4, QWEN, 40960) | qwen_moe(128, 1536),
    "qwen3-coder-480b": dense(62, 6144, 8192, 96, 8, QWEN, LONG) | qwen_moe(160, 2560),
    "kimi-k2": KIMI,
    "kimi-k2.5": {"text_config": KIMI | {"max_position_embeddings": LONG}},
    "kimi-k2.6": {"text_config": KIMI | {"max_position_embeddings": LONG}},
    "glm-5": GLM5,
    "glm-5.1": GLM5,
    "minimax-m2.5": MINIMAX,
    "minimax-m2.7": MINIMAX | {"max_position_embeddings": 204800},
    "gemma-4": gemma4(
        dense(30, 2816, 2112, 16, 8, 262144, LONG)
        | {
            "enable_moe_block": True,
            "num_experts": 128,
            "top_k_experts": 8,
            "moe_intermediate_size": 704,
        },
        2,
    ),
    "gemma-4-31b": gemma4(
        dense(60, 5376, 21504, 32, 16, 262144, LONG)
        | {
            "enable_moe_block": False,
            "num_experts": None,
            "top_k_experts": None,
            "moe_intermediate_size": None,
        },
        4,
    ),
    "llama-4-scout": llama4(1, 16, 10485760),
    "llama-4-maverick": llama4(2, 128, 1048576),
}
