"""Parameters of a transformer, counted from its dimensions.

Symbols: L layers, h hidden size, H query heads, G key-value heads, d head size, V vocabulary,
E routed experts, k of them active per token, s shared experts, f width of an expert.

- Attention: 2hHd + 2hGd. Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section
  2.1) with latent rank r, query rank q, and n and p dimensions of a head without and with
  rotary embedding: hq + qH(n + p) + h(r + p) + rH(n + d) + Hdh, without a query rank hH(n + p)
  for the first two.
- Gated feed-forward of width w: 3hw; without a gate 2hw. Expert layer: (E + s)·3hf + hE, of
  which (k + s)·3hf + hE are active.
- Embedding Vh, and as much for the output head unless it is tied to the embedding. Both count
  as active; vendors often leave one out.

Biases, norms, positional embeddings, vision towers and layers for multi-token prediction are
not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pipelines.catalog.entries import Architecture, Counting
from pipelines.errors import RoofhouseError


class UncountableModel(RoofhouseError):  # noqa: N818 - the name states the fact
    """A model whose parameters no formula here counts; the catalog can give its counts."""


@dataclass(frozen=True)
class LatentAttention:
    """Ranks and head sizes of multi-head latent attention; no query rank: a full matrix."""

    kv_rank: int
    query_rank: int | None
    nope_head_dim: int
    rope_head_dim: int


@dataclass(frozen=True)
class Dimensions:
    """The dimensions from which the parameters of a model follow."""

    layers: int
    hidden_size: int
    ffn_size: int
    """Width of a layer without experts."""
    heads: int
    kv_heads: int
    head_dim: int
    vocab_size: int
    tied_embeddings: bool = False
    gated: bool = True
    latent: LatentAttention | None = None
    experts: int = 0
    top_k: int = 0
    expert_size: int = 0
    shared_size: int = 0
    """Width of all shared experts of a layer together."""
    expert_layers: int = 0
    dense_beside_experts: bool = False
    global_layers: int = 0
    """Layers with full attention whose heads differ from those of the others."""
    global_head_dim: int = 0
    global_kv_heads: int = 0
    keys_equal_values: bool = False

    def parameters(self) -> tuple[int, int]:
        """Return (total, active per token)."""
        dense_layers = (
            self.layers if self.dense_beside_experts else self.layers - self.expert_layers
        )
        fixed = (
            (self.layers - self.global_layers) * self._attention(self.head_dim, self.kv_heads)
            + self.global_layers * self._global_attention()
            + dense_layers * self._feed_forward(self.ffn_size)
            + self.expert_layers
            * (self._feed_forward(self.shared_size) + self.hidden_size * self.experts)
            + self.vocab_size * self.hidden_size * (1 if self.tied_embeddings else 2)
        )
        expert = self.expert_layers * self._feed_forward(self.expert_size)
        return fixed + self.experts * expert, fixed + self.top_k * expert

    def _attention(self, head_dim: int, kv_heads: int) -> int:
        h, heads = self.hidden_size, self.heads
        if latent := self.latent:
            query_dim = heads * (latent.nope_head_dim + latent.rope_head_dim)
            rank = latent.query_rank
            queries = h * rank + rank * query_dim if rank else h * query_dim
            down = h * (latent.kv_rank + latent.rope_head_dim)
            up = latent.kv_rank * heads * (latent.nope_head_dim + head_dim)
            return queries + down + up + heads * head_dim * h
        return 2 * h * heads * head_dim + 2 * h * kv_heads * head_dim

    def _global_attention(self) -> int:
        whole = self._attention(self.global_head_dim, self.global_kv_heads)
        if self.keys_equal_values:
            return whole - self.hidden_size * self.global_kv_heads * self.global_head_dim
        return whole

    def _feed_forward(self, width: int) -> int:
        return (3 if self.gated else 2) * self.hidden_size * width


def from_architecture(architecture: Architecture, counting: Counting) -> Dimensions:
    """Return the dimensions of a catalog entry."""
    moe = architecture.moe
    differs = bool(
        counting.global_head_dim or counting.global_kv_heads or counting.keys_equal_values
    )
    latent = None
    if architecture.attention_type == "mla":
        if not (counting.kv_lora_rank and counting.qk_nope_head_dim and counting.qk_rope_head_dim):
            raise UncountableModel(
                "latent attention needs kv_lora_rank, qk_nope_head_dim and qk_rope_head_dim "
                "under `counting`"
            )
        latent = LatentAttention(
            counting.kv_lora_rank,
            counting.q_lora_rank,
            counting.qk_nope_head_dim,
            counting.qk_rope_head_dim,
        )
    return Dimensions(
        layers=architecture.layers,
        hidden_size=architecture.hidden_size,
        ffn_size=counting.dense_ffn_size or architecture.ffn_size,
        heads=architecture.num_attention_heads,
        kv_heads=architecture.num_kv_heads,
        head_dim=architecture.head_dim,
        vocab_size=architecture.vocab_size,
        tied_embeddings=counting.tied_embeddings,
        gated=counting.gated,
        latent=latent,
        experts=moe.num_experts if moe else 0,
        top_k=moe.top_k if moe else 0,
        expert_size=moe.expert_hidden_size if moe else 0,
        shared_size=moe.shared_experts * moe.expert_hidden_size if moe else 0,
        expert_layers=(
            (architecture.layers - counting.dense_layers) // counting.moe_every if moe else 0
        ),
        dense_beside_experts=counting.dense_beside_experts,
        global_layers=(architecture.full_attention_layers or 0) if differs else 0,
        global_head_dim=counting.global_head_dim or architecture.head_dim,
        global_kv_heads=counting.global_kv_heads or architecture.num_kv_heads,
        keys_equal_values=counting.keys_equal_values,
    )


def count_parameters(
    model: Mapping[str, Any], counting: Mapping[str, Any] | None = None
) -> tuple[int, int]:
    """Return (total, active per token) of a config.json, or of a catalog entry's architecture.

    `counting` is the block of that name of a catalog entry. Raises UncountableModel if no
    formula holds, and RoofhouseError that names a key that is missing or wrong.
    """
    if "num_hidden_layers" in model or "layers" not in model:
        from pipelines.catalog.model_config import dimensions  # which needs this module

        return dimensions(model).parameters()
    try:
        architecture = Architecture.model_validate(model)
        extra = Counting.model_validate(counting or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RoofhouseError(f"architecture: {place}: {first['msg']}") from None
    return from_architecture(architecture, extra).parameters()
