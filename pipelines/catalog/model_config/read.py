"""The keys of a config.json that hold dimensions, and the models that no formula covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.catalog.dimensions import Dimensions, LatentAttention
from pipelines.errors import RoofhouseError

_EXPERTS = ("n_routed_experts", "num_experts", "num_local_experts")
_TOP_K = ("num_experts_per_tok", "top_k_experts")

#: Kinds of layer whose attention is that of `dimensions`; the last two read a part of the context.
_ATTENTION_LAYERS = ("full_attention", "sliding_attention", "chunked_attention")

#: Model types whose feed-forward block has two matrices.
_UNGATED = frozenset(
    [
        *("bloom", "codegen", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj"),
        *("mpt", "nemotron", "opt", "persimmon", "phi", "starcoder2"),
    ]
)

#: Keys of attention that is not softmax attention over the whole context.
_OTHER_ATTENTION = (
    "attn_type_list",
    "compress_ratios",
    "hybrid_layer_pattern",
    "hybrid_override_pattern",
    "layers_block_type",
    "linear_attn_config",
    "linear_num_key_heads",
    "mamba_num_heads",
    "ssm_cfg",
)

#: Keys of layers that differ from each other, or share weights.
_UNEVEN = (
    "block_configs",
    "hidden_size_per_layer_input",
    "num_key_value_heads_per_layer",
    "num_kv_shared_layers",
)


class Config:
    """The language model of a config.json, by the names of `dimensions`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        if not isinstance(config, Mapping):
            raise RoofhouseError("not a JSON object")
        inner = config.get("text_config")
        self.outer = config
        self.inner: Mapping[str, Any] = inner if isinstance(inner, Mapping) else config
        self.model_type = str(self.inner.get("model_type") or config.get("model_type") or "")
        self.layers = self.whole("num_hidden_layers")
        self.hidden_size = self.whole("hidden_size")
        self.heads = self.whole("num_attention_heads")
        self.kv_heads = self.optional("num_key_value_heads") or self.heads
        self.is_latent = self.optional("kv_lora_rank") is not None
        self.is_llama4 = self.model_type.startswith("llama4") or self.has(
            "interleave_moe_layer_step"
        )
        self.is_gemma4 = self.model_type.startswith("gemma4") or self.has("enable_moe_block")
        self.head_dim = self._head_dim()
        self.experts = self._first(_EXPERTS) or 0
        if self.is_gemma4 and self.inner.get("enable_moe_block") is False:
            self.experts = 0
        if self.experts:
            self.top_k = self._required_first(_TOP_K)
            self.expert_size = self.optional("moe_intermediate_size") or self.whole(
                "intermediate_size"
            )
            self.shared_experts, self.shared_size = self._shared()
        else:
            self.top_k = self.shared_experts = self.shared_size = 0
            self.expert_size = self.whole("intermediate_size")

    def has(self, key: str) -> bool:
        """Return True if a key is there with a value."""
        return bool(self.inner.get(key))

    def optional(self, key: str) -> int | None:
        """Return a whole number above 0, None if the key is absent, null or 0."""
        value = self.inner.get(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise RoofhouseError(f"{key} is {value!r}, not a whole number above 0")
        return value or None

    def whole(self, key: str) -> int:
        """Return a whole number above 0."""
        value = self.optional(key)
        if value is None:
            raise RoofhouseError(f"{key} is missing" if key not in self.inner else f"{key} is 0")
        return value

    def uncountable(self) -> str | None:
        """Return the reason why no formula counts the parameters; None if one does."""
        if self._other_attention():
            return "not all of its layers have softmax attention"
        if uneven := next((key for key in _UNEVEN if self.has(key)), None):
            return f"its layers are not alike ({uneven})"
        if self.model_type in _UNGATED:
            return f"the feed-forward block of {self.model_type} has no gate"
        return None

    def attention_type(self) -> str:
        """Return the attention type, which decides the size of the KV cache."""
        if self._other_attention():
            return "hybrid"
        if self.is_latent:
            return "mla"
        if self.kv_heads == self.heads:
            return "mha"
        return "mqa" if self.kv_heads == 1 else "gqa"

    def window(self) -> tuple[int | None, int | None]:
        """Return the tokens that a layer with limited attention reads, and the layers without.

        Sparse attention that picks `index_topk` tokens reads as many as a window of that
        size in every layer (DeepSeek-V3.2). Chunks (Llama 4) count as windows.
        """
        full = sum(kind == "full_attention" for kind in self._layer_types())
        if self._other_attention():
            interval = self.optional("full_attention_interval")
            return None, full or (self.layers // interval if interval else None)
        if chosen := self.optional("index_topk"):
            return chosen, 0
        if chunk := self.optional("attention_chunk_size"):
            return chunk, full if self._layer_types() else self.layers // 4
        if self._layer_types() and self.inner.get("use_sliding_window") is not False:
            size = self.optional("sliding_window")
            return size, full if size else None
        return None, None

    def dimensions(self) -> Dimensions:
        """Return the dimensions that the parameters follow from."""
        expert_layers = sum(self._has_experts(layer) for layer in range(self.layers))
        dense = not self.experts or self.is_gemma4 or expert_layers < self.layers
        head_dim = self.optional("global_head_dim") or self.head_dim
        kv_heads = self.optional("num_global_key_value_heads") or self.kv_heads
        shared = self.is_gemma4 and self.has("attention_k_eq_v")
        global_layers = 0
        if (head_dim, kv_heads, shared) != (self.head_dim, self.kv_heads, False):
            if not self._layer_types():
                raise RoofhouseError("layer_types is missing: which layers have global heads")
            global_layers = sum(kind == "full_attention" for kind in self._layer_types())
        return Dimensions(
            layers=self.layers,
            hidden_size=self.hidden_size,
            ffn_size=self._dense_size() if dense else 0,
            heads=self.heads,
            kv_heads=self.kv_heads,
            head_dim=self.head_dim,
            vocab_size=self.whole("vocab_size"),
            tied_embeddings=self._is_tied(),
            latent=self._latent(),
            experts=self.experts,
            top_k=self.top_k,
            expert_size=self.expert_size if self.experts else 0,
            shared_size=self.shared_size,
            expert_layers=expert_layers,
            dense_beside_experts=self.is_gemma4,
            global_layers=global_layers,
            global_head_dim=head_dim,
            global_kv_heads=kv_heads,
            keys_equal_values=shared,
        )

    def _head_dim(self) -> int:
        if self.is_latent:
            return self.whole("v_head_dim")
        if given := self.optional("head_dim"):
            return given
        if self.hidden_size % self.heads:
            raise RoofhouseError("head_dim is missing: hidden_size is no multiple of the heads")
        return self.hidden_size // self.heads

    def _latent(self) -> LatentAttention | None:
        if not self.is_latent:
            return None
        return LatentAttention(
            self.whole("kv_lora_rank"),
            self.optional("q_lora_rank"),
            self.whole("qk_nope_head_dim"),
            self.whole("qk_rope_head_dim"),
        )

    def _shared(self) -> tuple[int, int]:
        """Return the number of shared experts, and their width together."""
        if self.is_llama4:
            return 1, self.whole("intermediate_size")
        if width := self.optional("shared_expert_intermediate_size"):
            return 1, width
        count = self.optional("n_shared_experts") or 0
        return count, count * self.expert_size

    def _dense_size(self) -> int:
        if self.is_llama4 and self.experts:
            return self.whole("intermediate_size_mlp")
        return self.whole("intermediate_size")

    def _has_experts(self, layer: int) -> bool:
        """Return True if a layer, counted from 0, has experts."""
        if not self.experts or layer < (self.optional("first_k_dense_replace") or 0):
            return False
        dense = self.inner.get("mlp_only_layers")
        if isinstance(dense, list) and layer in dense:
            return False
        frequency = self.inner.get("moe_layer_freq")
        if isinstance(frequency, list):
            return layer < len(frequency) and bool(frequency[layer])
        if isinstance(frequency, int) and frequency > 1 and layer % frequency:
            return False
        step = self.optional("interleave_moe_layer_step") or self.optional("decoder_sparse_step")
        return (layer + 1) % (step or 1) == 0

    def _is_tied(self) -> bool:
        """Return True if the output head is the embedding, which is the default for Gemma."""
        for config in (self.inner, self.outer):
            if (tied := config.get("tie_word_embeddings")) is not None:
                return bool(tied)
        return self.model_type.startswith("gemma")

    def _layer_types(self) -> list[str]:
        types = self.inner.get("layer_types")
        return [str(kind) for kind in types] if isinstance(types, list) else []

    def _other_attention(self) -> bool:
        return any(self.has(key) for key in _OTHER_ATTENTION) or any(
            kind not in _ATTENTION_LAYERS for kind in self._layer_types()
        )

    def _first(self, keys: tuple[str, ...]) -> int | None:
        return next(self._each(keys), None)

    def _required_first(self, keys: tuple[str, ...]) -> int:
        value = self._first(keys)
        if value is None:
            raise RoofhouseError(f"{keys[0]} is missing")
        return value

    def _each(self, keys: tuple[str, ...]) -> Iterator[int]:
        for key in keys:
            if (value := self.optional(key)) is not None:
                yield value
