"""Figures of the catalog, each with its source."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, identifier, number, text

#: Dimensions that the catalog has specifications of.
DIMENSIONS = ("hardware", "model", "quant")


@table(grain=["dimension", "entity_id", "attribute"])
class ReferenceFigure(Contract):
    """One row per entry of the catalog and attribute that a claim is compared with.

    These are all quantities but the year of release, and the texts that a formula reads.
    """

    dimension: str = text(as_in("dimension_version.dimension"), one_of=DIMENSIONS)
    entity_id: str = identifier(as_in("dimension_version.entity_id"))
    attribute: str = text(as_in("fact_hardware_spec.attribute"))
    reference: float = number("Figure of the catalog", unit="see `unit`", null="a text")
    reference_text: str = text("Text of the catalog", null="a figure")
    unit: str = text(as_in("assumption.unit"), null="a text")
    source: str = text(as_in("assumption.source"), null="no public source was found")
