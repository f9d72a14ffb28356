"""Quantizations: the number formats of weights and activations."""

from __future__ import annotations

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    carried,
    flag,
    hashed,
    identifier,
    number,
    text,
)


@table(grain=["quant_key"], origin=Origin("quant"))
class DimQuant(Contract):
    """One row per quantization id and version: the number formats of weights and activations."""

    quant_key: str = hashed("Key of the quantization version")
    quant_id: str = identifier("Id of the quantization", source="id")
    source_id: str = carried("dimension_version.source_id")
    quant_name: str = text("Name of the quantization", source="name", null=NOT_GIVEN)
    bits_per_weight: float = number(
        "Stored size of a weight", unit="bits", source="bits_per_weight", null=NOT_GIVEN, le=64
    )
    bits_per_activation: float = number(
        "Size of an activation", unit="bits", source="bits_per_activation", null=NOT_GIVEN, le=64
    )
    quant_family: str = text(
        "Family of the number format", source="family", known=["fp", "fp4", "fp8", "int"]
    )
    is_lossless: bool = flag(
        "True if the publisher calls it lossless", source="lossless", null=NOT_GIVEN
    )
    quant_description: str = text(
        "Description by the publisher", source="description", null=NOT_GIVEN
    )
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
    is_latest: bool = carried("dimension_version.is_latest")
