"""Models and their architectures."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    Texts,
    carried,
    day,
    hashed,
    identifier,
    integer,
    list_length,
    number,
    text,
    texts,
)

NO_SUCH_PART = "the architecture has no such part, or the feed gives none"
NO_EXPERTS = "not a mixture of experts"


@table(grain=["model_key"], origin=Origin("model"))
class DimModel(Contract):
    """One row per model id and version of its architecture."""

    model_key: str = hashed("Key of the model version")
    model_id: str = identifier("Id of the model", source="id")
    source_id: str = carried("dimension_version.source_id")
    model_name: str = text("Name of the model", source="name")
    lab: str = text("Lab that made the model", source="lab", null=NOT_GIVEN)
    model_release_date: dt.date = day("Date of release", source="release_date", null=NOT_GIVEN)
    model_license: str = text("Licence of the weights", source="license", null=NOT_GIVEN)
    domain: str = text(
        "Domain of the model", source="domain", null="older snapshot: counts as llm", known=["llm"]
    )
    workload_kind: str = text(
        "Kind of workload",
        source="workload_kind",
        null="older snapshot: counts as autoregressive-decode if there are attention heads",
        known=[
            "autoregressive-decode",
            "encoder-only",
            "encoder-decoder",
            "streaming",
            "graph-iteration",
            "forward-only-batch",
            "embedding-table-lookup",
        ],
    )
    model_family: str = text(
        "Family of the architecture",
        source="architecture.family",
        null=NOT_GIVEN,
        known=["dense", "moe"],
    )
    total_params_b: float = number(
        "Total parameters (T in formulas)",
        unit="1e9 parameters",
        source="architecture.total_params_b",
        null=NOT_GIVEN,
    )
    active_params_b: float = number(
        "Parameters active per token (A in formulas)",
        unit="1e9 parameters",
        source="architecture.active_params_b",
        null=NOT_GIVEN,
    )
    layers: int = integer(
        "Layers of the architecture (L in formulas)",
        unit="layers",
        source="architecture.layers",
        null=NO_SUCH_PART,
        ge=None,
    )
    hidden_size: int = integer(
        "Width of the residual stream (h in formulas)",
        unit="elements",
        source="architecture.hidden_size",
        null=NO_SUCH_PART,
        ge=None,
    )
    ffn_size: int = integer(
        "Width of the feed-forward block",
        unit="elements",
        source="architecture.ffn_size",
        null=NO_SUCH_PART,
    )
    num_attention_heads: int = integer(
        "Query heads (H in formulas)",
        unit="heads",
        source="architecture.num_attention_heads",
        null=NO_SUCH_PART,
        ge=None,
    )
    num_kv_heads: int = integer(
        "Key-value heads (Hkv in formulas)",
        unit="heads",
        source="architecture.num_kv_heads",
        null=NO_SUCH_PART,
        ge=None,
    )
    head_dim: int = integer(
        "Size of an attention head (d in formulas)",
        unit="elements",
        source="architecture.head_dim",
        null=NO_SUCH_PART,
        ge=None,
    )
    vocab_size: int = integer(
        "Tokens in the vocabulary (V in formulas)",
        unit="tokens",
        source="architecture.vocab_size",
        null=NO_SUCH_PART,
        ge=None,
    )
    max_context_length: int = integer(
        "Longest context that the model accepts",
        unit="tokens",
        source="architecture.max_context_length",
        null="not stated: counts as unlimited",
        ge=None,
    )
    num_experts: int = integer(
        "Routed experts per layer (E in formulas)",
        unit="experts",
        source="architecture.moe.num_experts",
        null=NO_EXPERTS,
        ge=None,
    )
    experts_top_k: int = integer(
        "Experts chosen per token (k in formulas)",
        unit="experts",
        source="architecture.moe.top_k",
        null=NO_EXPERTS,
        ge=None,
    )
    expert_hidden_size: int = integer(
        "Width of an expert",
        unit="elements",
        source="architecture.moe.expert_hidden_size",
        null=NO_EXPERTS,
    )
    shared_experts: int = integer(
        "Experts that every token passes through",
        unit="experts",
        source="architecture.moe.shared_experts",
        null=NO_EXPERTS,
    )
    attention_type: str = text(
        "Kind of attention, on which the KV cache and the operations depend",
        source="architecture.attention_type",
        null=NO_SUCH_PART,
        known=["mha", "gqa", "mqa", "mla", "csa+hca"],
    )
    sliding_window: int = integer(
        "Tokens of context that a layer with limited attention keeps",
        unit="tokens",
        source="architecture.sliding_window",
        null="no layer has limited attention, or the feed does not say",
        ge=None,
    )
    full_attention_layers: int = integer(
        "Layers that keep the whole context, beside those with a sliding window",
        unit="layers",
        source="architecture.full_attention_layers",
        null="the feed gives none: counts as 0",
    )
    rope_theta: float = number(
        "Base of the rotary embedding",
        unit="1",
        source="architecture.rope_theta",
        null=NO_SUCH_PART,
        ge=0,
    )
    operator_count: int = list_length(
        "Operators of the decomposition (bridge_model_operator)",
        source="operator_decomposition",
        null="older snapshot: no decomposition",
    )
    modalities: Texts = texts("Input and output modalities", source="modalities", null=NOT_GIVEN)
    model_weight_format: str = text(
        "Format of the released weights", source="weight_format", null=NOT_GIVEN
    )
    huggingface_url: str = text("URL of the model at Hugging Face", source="hf_url", null=NOT_GIVEN)
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
    is_latest: bool = carried("dimension_version.is_latest")
