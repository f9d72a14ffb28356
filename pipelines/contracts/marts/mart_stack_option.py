"""Stacks that could be run: what a roofline needs, for combinations of what cases use."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.marts.mart_efficiency_pool import Pooled
from pipelines.contracts.metrics.case_input import PRECISIONS
from pipelines.contracts.vocabulary import as_in, carried, identifier, number, text


class Option(Contract):
    """Hardware, a model and a quantization, and what a roofline needs of them."""

    hardware_id: str = identifier(as_in("dim_hardware.hardware_id"))
    hardware_name: str = carried("dim_hardware.hardware_name")
    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    model_id: str = identifier(as_in("dim_model.model_id"))
    model_name: str = carried("dim_model.model_name")
    quant_id: str = identifier(as_in("dim_quant.quant_id"))
    compute_precision: str = text(as_in("case_input.compute_precision"), one_of=PRECISIONS)
    peak_tflops: float = number(as_in("case_input.peak_tflops"), unit="1e12 op/s per card", ge=0)
    memory_bandwidth_gb_s: float = carried("dim_hardware.memory_bandwidth_gb_s", null=None)
    memory_capacity_gb: float = carried("dim_hardware.memory_capacity_gb", null=None)
    tdp_w: float = carried("dim_hardware.tdp_w")
    bytes_per_weight: float = number(as_in("case_input.bytes_per_weight"), unit="bytes", ge=0)
    weights_gb: float = number(as_in("case_metric.weights_gb"), unit="GB", ge=0)
    total_params_b: float = carried("dim_model.total_params_b", null=None)
    active_params_b: float = carried("dim_model.active_params_b", null=None)
    num_experts: int = carried("dim_model.num_experts")
    experts_top_k: int = carried("dim_model.experts_top_k")
    attention_type: str = carried("dim_model.attention_type")
    layers: int = carried("dim_model.layers")
    num_attention_heads: int = carried("dim_model.num_attention_heads")
    head_dim: int = carried("dim_model.head_dim")
    max_context_length: int = carried("dim_model.max_context_length")
    sliding_window: int = carried("dim_model.sliding_window")
    full_attention_layers: int = carried("dim_model.full_attention_layers")
    kv_bytes_per_token: float = number(
        as_in("case_input.kv_bytes_per_token"),
        unit="bytes/token",
        null="the feed does not give the sizes that it follows from",
        ge=0,
    )


@table(grain=["hardware_id", "model_id", "quant_id"])
class MartStackOption(Pooled, Option):
    """One row per hardware, decode model and quantization of current cases, where native.

    A quantization is native if the hardware has a peak at its first precision. Left out are those
    that are not, what has no roofline, and what exceeds stack_option_pairs pairs of hardware and
    model or stack_option_quantizations quantizations (in assumption): those with the most clean
    cases come first, then those with the most cases. `what_if` answers for any stack.
    """
