"""Models of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried


@table(grain=["model_id"])
class ReferenceModel(Contract):
    """One row per model of the catalog, with the dimensions of its architecture."""

    model_id: str = carried("dim_model.model_id")
    model_name: str = carried("dim_model.model_name")
    domain: str = carried("dim_model.domain")
    workload_kind: str = carried("dim_model.workload_kind")
    model_family: str = carried("dim_model.model_family")
    total_params_b: float = carried("dim_model.total_params_b")
    active_params_b: float = carried("dim_model.active_params_b")
    layers: int = carried("dim_model.layers")
    hidden_size: int = carried("dim_model.hidden_size")
    ffn_size: int = carried("dim_model.ffn_size")
    num_attention_heads: int = carried("dim_model.num_attention_heads")
    num_kv_heads: int = carried("dim_model.num_kv_heads")
    head_dim: int = carried("dim_model.head_dim")
    vocab_size: int = carried("dim_model.vocab_size")
    max_context_length: int = carried("dim_model.max_context_length")
    num_experts: int = carried("dim_model.num_experts")
    experts_top_k: int = carried("dim_model.experts_top_k")
    expert_hidden_size: int = carried("dim_model.expert_hidden_size")
    shared_experts: int = carried("dim_model.shared_experts")
    attention_type: str = carried("dim_model.attention_type")
    sliding_window: int = carried("dim_model.sliding_window")
    full_attention_layers: int = carried("dim_model.full_attention_layers")
