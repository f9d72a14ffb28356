"""Quantizations of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried


@table(grain=["quant_id"])
class ReferenceQuant(Contract):
    """One row per quantization of the catalog."""

    quant_id: str = carried("dim_quant.quant_id")
    quant_name: str = carried("dim_quant.quant_name")
    bits_per_weight: float = carried("dim_quant.bits_per_weight")
    bits_per_activation: float = carried("dim_quant.bits_per_activation")
    quant_family: str = carried("dim_quant.quant_family")
    quant_description: str = carried("dim_quant.quant_description")
