"""Cards, models, quantizations and engines of the controls, as a feed describes them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from tests import feeds

Entity = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A language model. The sizes are those of its config.json, counted."""

    id: str
    name: str
    params_b: tuple[float, float]
    """In all, and active for a token."""
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int
    attention: str
    experts: tuple[int, int] | None = None
    """Routed experts of a layer, and how many of them a token passes."""
    window: tuple[int, int] | None = None
    """Sliding window, and the layers that see everything."""

    @property
    def total_b(self) -> float:
        return self.params_b[0]

    @property
    def active_b(self) -> float:
        return self.params_b[1]


MODELS = {
    model.id: model
    for model in (
        Model(  # meta-llama/Llama-3.1-8B-Instruct
            id="llama-3.1-8b",
            name="Llama 3.1 8B",
            params_b=(8.03, 8.03),
            layers=32,
            hidden=4096,
            heads=32,
            kv_heads=8,
            head_dim=128,
            vocabulary=128256,
            context=131072,
            attention="gqa",
        ),
        Model(  # meta-llama/Llama-3.3-70B-Instruct
            id="llama-3.3-70b-instruct",
            name="Llama 3.3 70B",
            params_b=(70.55, 70.55),
            layers=80,
            hidden=8192,
            heads=64,
            kv_heads=8,
            head_dim=128,
            vocabulary=128256,
            context=131072,
            attention="gqa",
        ),
        Model(  # meta-llama/Llama-2-13b-chat-hf
            id="llama-2-13b",
            name="Llama 2 13B",
            params_b=(13.02, 13.02),
            layers=40,
            hidden=5120,
            heads=40,
            kv_heads=40,
            head_dim=128,
            vocabulary=32000,
            context=4096,
            attention="mha",
        ),
        Model(  # mistralai/Mixtral-8x7B-Instruct-v0.1
            id="mixtral-8x7b",
            name="Mixtral 8x7B",
            params_b=(46.7, 12.88),
            layers=32,
            hidden=4096,
            heads=32,
            kv_heads=8,
            head_dim=128,
            vocabulary=32000,
            context=32768,
            attention="gqa",
            experts=(8, 2),
        ),
        Model(  # Qwen/Qwen3-235B-A22B
            id="qwen3-235b",
            name="Qwen3 235B A22B",
            params_b=(235.1, 22.19),
            layers=94,
            hidden=4096,
            heads=64,
            kv_heads=4,
            head_dim=128,
            vocabulary=151936,
            context=40960,
            attention="gqa",
            experts=(128, 8),
        ),
        Model(  # openai/gpt-oss-120b
            id="gpt-oss-120b",
            name="GPT-OSS 120B",
            params_b=(116.8, 5.71),
            layers=36,
            hidden=2880,
            heads=64,
            kv_heads=8,
            head_dim=64,
            vocabulary=201088,
            context=131072,
            attention="gqa",
            experts=(128, 4),
            window=(128, 18),
        ),
        Model(  # deepseek-ai/DeepSeek-R1
            id="deepseek-r1-671b",
            name="DeepSeek R1 671B",
            params_b=(671.0, 37.55),
            layers=61,
            hidden=7168,
            heads=128,
            kv_heads=128,
            head_dim=128,
            vocabulary=129280,
            context=163840,
            attention="mla",
            experts=(256, 8),
        ),
        Model(  # moonshotai/Kimi-K2-Instruct
            id="kimi-k2",
            name="Kimi K2 Instruct",
            params_b=(1026, 32.9),
            layers=61,
            hidden=7168,
            heads=64,
            kv_heads=64,
            head_dim=128,
            vocabulary=163840,
            context=131072,
            attention="mla",
            experts=(384, 8),
        ),
    )
}

AWQ: Entity = {
    "id": "int4-awq",
    "name": "INT4 AWQ",
    "bits_per_weight": 4,
    "bits_per_activation": 16,
    "family": "int",
    "lossless": False,
}


def _shipped(kind: str) -> dict[str, Entity]:
    """The entities of one kind that the shipped feed resolves to, by id."""
    found = (item["resolved"].get(kind) for item in feeds.shipped()["items"])
    return {entity["id"]: entity for entity in found if entity}


HARDWARE = _shipped("hardware")
SERVERS = {server["card"]: server for server in _shipped("server").values()}
ENGINES = _shipped("engine")
QUANTIZATIONS = {**_shipped("quantization"), "int4-awq": AWQ}


def resolved_model(model: Model) -> Entity:
    """The model as a feed resolves it, with an operator decomposition that adds up to 2·A."""
    architecture: Entity = {
        "family": "moe" if model.experts else "dense",
        "total_params_b": model.total_b,
        "active_params_b": model.active_b,
        "layers": model.layers,
        "hidden_size": model.hidden,
        "num_attention_heads": model.heads,
        "num_kv_heads": model.kv_heads,
        "head_dim": model.head_dim,
        "vocab_size": model.vocabulary,
        "max_context_length": model.context,
        "attention_type": model.attention,
    }
    if model.experts:
        architecture["moe"] = {"num_experts": model.experts[0], "top_k": model.experts[1]}
    if model.window:
        architecture["sliding_window"], architecture["full_attention_layers"] = model.window
    operations = 2e9 * model.active_b
    return {
        "id": model.id,
        "name": model.name,
        "lab": "a lab",
        "domain": "llm",
        "workload_kind": "autoregressive-decode",
        "architecture": architecture,
        "operator_decomposition": [
            {
                "operator": operator,
                "flops_per_token": share * operations,
                "bytes_per_token": share * operations,
            }
            for operator, share in (("matmul", 0.875), ("attention", 0.125))
        ],
        "modalities": ["text"],
    }


def resolved_hardware(hardware_id: str) -> Entity:
    return copy.deepcopy(HARDWARE[hardware_id])
