"""Models and quantizations: what is computed, and in which numbers."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    Moment,
    Origin,
    Texts,
    day,
    flag,
    hashed,
    identifier,
    integer,
    list_length,
    moment,
    number,
    table,
    text,
    texts,
)

NO_SUCH_PART = "the architecture has no such part, or the feed gives none"


@table("main", grain=["model_key"], origin=Origin("model"))
class DimModel(Contract):
    """One row per model id and version: a model and its architecture."""

    model_key: str = hashed("Key of this version")
    model_id: str = identifier("Id of the model", source="id")
    model_name: str = text("Name of the model", source="name")
    lab: str = text("Who made the model", source="lab", null=NOT_GIVEN)
    model_release_date: dt.date = day("Date of release", source="release_date", null=NOT_GIVEN)
    model_license: str = text("Licence of the weights", source="license", null=NOT_GIVEN)
    domain: str = text(
        "Domain as given", source="domain", null="older snapshot; counts as llm", known=["llm"]
    )
    workload_kind: str = text(
        "Kind of workload as given",
        source="workload_kind",
        null="older snapshot; autoregressive-decode where there are attention heads",
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
        "Architecture family",
        source="architecture.family",
        null=NOT_GIVEN,
        known=["dense", "moe"],
    )
    total_params_b: float = number(
        "Total parameters",
        unit="1e9 parameters",
        source="architecture.total_params_b",
        null=NOT_GIVEN,
        ge=0,
    )
    active_params_b: float = number(
        "Parameters active per token",
        unit="1e9 parameters",
        source="architecture.active_params_b",
        null=NOT_GIVEN,
        ge=0,
    )
    layers: int = integer(
        "Layers of the architecture", unit="layers", source="architecture.layers", null=NO_SUCH_PART
    )
    hidden_size: int = integer(
        "Width of the residual stream",
        unit="elements",
        source="architecture.hidden_size",
        null=NO_SUCH_PART,
    )
    ffn_size: int = integer(
        "Width of the feed-forward block",
        unit="elements",
        source="architecture.ffn_size",
        null=NO_SUCH_PART,
    )
    num_attention_heads: int = integer(
        "Query heads",
        unit="heads",
        source="architecture.num_attention_heads",
        null=NO_SUCH_PART,
    )
    num_kv_heads: int = integer(
        "Key-value heads", unit="heads", source="architecture.num_kv_heads", null=NO_SUCH_PART
    )
    head_dim: int = integer(
        "Size of a head", unit="elements", source="architecture.head_dim", null=NO_SUCH_PART
    )
    vocab_size: int = integer(
        "Tokens in the vocabulary",
        unit="tokens",
        source="architecture.vocab_size",
        null=NO_SUCH_PART,
    )
    max_context_length: int = integer(
        "Longest context that the model takes",
        unit="tokens",
        source="architecture.max_context_length",
        null="none stated: not limited",
    )
    num_experts: int = integer(
        "Routed experts of a layer",
        unit="experts",
        source="architecture.moe.num_experts",
        null="not a mixture of experts",
    )
    experts_top_k: int = integer(
        "Experts chosen per token",
        unit="experts",
        source="architecture.moe.top_k",
        null="not a mixture of experts",
    )
    expert_hidden_size: int = integer(
        "Width of an expert",
        unit="elements",
        source="architecture.moe.expert_hidden_size",
        null="not a mixture of experts",
    )
    shared_experts: int = integer(
        "Experts every token passes",
        unit="experts",
        source="architecture.moe.shared_experts",
        null="not a mixture of experts",
    )
    attention_type: str = text(
        "Kind of attention: what its KV cache and operations follow from",
        source="architecture.attention_type",
        null=NO_SUCH_PART,
        known=["mha", "gqa", "mqa", "mla", "csa+hca"],
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
    huggingface_url: str = text("Page at Hugging Face", source="hf_url", null=NOT_GIVEN)
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")


@table(
    "main", grain=["model_key", "ordinal"], origin=Origin("model", each="operator_decomposition")
)
class BridgeModelOperator(Contract):
    """One row per model version and operator of the publisher's decomposition."""

    model_key: str = hashed("Version of the model", references="dim_model.model_key")
    model_id: str = identifier("Id of the model")
    ordinal: int = integer("Position in the feed's list, from 0")
    operator: str = text("Name of the operator", source="operator")
    flops_per_token: float = number(
        "Operations of one token", unit="op/token", source="flops_per_token", null=NOT_GIVEN, ge=0
    )
    bytes_per_token: float = number(
        "Memory traffic of one token",
        unit="bytes/token",
        source="bytes_per_token",
        null=NOT_GIVEN,
        ge=0,
    )


@table("main", grain=["quant_key"], origin=Origin("quant"))
class DimQuant(Contract):
    """One row per quantization id and version: how weights and activations are stored."""

    quant_key: str = hashed("Key of this version")
    quant_id: str = identifier("Id of the quantization", source="id")
    quant_name: str = text("Name of the quantization", source="name", null=NOT_GIVEN)
    bits_per_weight: float = number(
        "Stored size of a weight", unit="bits", source="bits_per_weight", ge=0, le=64
    )
    bits_per_activation: float = number(
        "Size of an activation", unit="bits", source="bits_per_activation", ge=0, le=64
    )
    quant_family: str = text(
        "Number format that it belongs to", source="family", known=["fp", "fp4", "fp8", "int"]
    )
    is_lossless: bool = flag(
        "Whether the publisher calls it lossless", source="lossless", null=NOT_GIVEN
    )
    quant_description: str = text(
        "The publisher's description", source="description", null=NOT_GIVEN
    )
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")
