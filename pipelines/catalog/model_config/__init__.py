"""A Hugging Face config.json read as a model: its dimensions, and its parameters counted.

The formulas are those of `dimensions`; `read` knows which key holds which dimension and which
kinds of model the formulas do not cover.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipelines.catalog.dimensions import Dimensions, UncountableModel
from pipelines.catalog.model_config.read import Config
from pipelines.errors import RoofhouseError

__all__ = ["dimensions", "model_from_config"]


def model_from_config(
    config: Mapping[str, Any],
    *,
    id: str,  # noqa: A002 - it is the id
    counts: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Return a model in the shape of the feed's `resolved.model` from a config.json.

    `counts` are total and active parameters in 1e9, used only where no formula counts them.
    Raises UncountableModel if they are needed and not given, and RoofhouseError that names
    the key that is missing or not a whole number above 0.
    """
    from pipelines.contracts.vocabulary import ID_PATTERN  # here, since it brings Pandera

    if not re.fullmatch(ID_PATTERN, id):
        raise RoofhouseError(
            f"{id!r} is no id of a model (lower-case letters, digits, dots, hyphens)"
        )
    try:
        return {
            "id": id,
            "name": id,
            "domain": "llm",
            "workload_kind": "autoregressive-decode",
            "architecture": _architecture(Config(config), counts),
        }
    except UncountableModel as error:
        raise UncountableModel(f"config.json of {id}: {error}") from None
    except RoofhouseError as error:
        raise RoofhouseError(f"config.json of {id}: {error}") from None


def dimensions(config: Mapping[str, Any]) -> Dimensions:
    """Return the dimensions of a config.json. Raises as `model_from_config` does."""
    found = Config(config)
    if reason := found.uncountable():
        raise UncountableModel(_refusal(reason))
    return found.dimensions()


def _refusal(reason: str) -> str:
    return f"{reason}: its parameters cannot be counted; add the model to the catalog with them"


def _architecture(config: Config, counts: tuple[float, float] | None) -> dict[str, Any]:
    reason = config.uncountable()
    if reason is None:
        total, active = (count / 1e9 for count in config.dimensions().parameters())
    elif counts is not None:
        total, active = counts
    else:
        raise UncountableModel(_refusal(reason))
    window, full_layers = config.window()
    found: dict[str, Any] = {
        "family": "moe" if config.experts else "dense",
        "total_params_b": total,
        "active_params_b": active,
        "layers": config.layers,
        "hidden_size": config.hidden_size,
        "ffn_size": config.optional("intermediate_size") or config.expert_size,
        "num_attention_heads": config.heads,
        "num_kv_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "vocab_size": config.whole("vocab_size"),
        "max_context_length": config.optional("max_position_embeddings"),
        "attention_type": config.attention_type(),
        "sliding_window": window,
        "full_attention_layers": full_layers,
    }
    if config.experts:
        found["moe"] = {
            "num_experts": config.experts,
            "top_k": config.top_k,
            "expert_hidden_size": config.expert_size,
            "shared_experts": config.shared_experts,
        }
    return {name: value for name, value in found.items() if value is not None}
