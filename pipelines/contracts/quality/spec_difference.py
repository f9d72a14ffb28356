"""Specifications of a source that differ from those of the catalog."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.configuration.reference_figure import DIMENSIONS
from pipelines.contracts.vocabulary import as_in, carried, identifier, number, text


@table(grain=["version_key", "attribute"])
class SpecDifference(Contract):
    """One row per specification and attribute in which a source and the catalog differ.

    A specification is a version of hardware, model or quantization that is current or that a
    current case runs on, if its id is one of the catalog. A quantity differs by over 2 % of the
    reference (`spec_difference_tolerance` in assumption), a text in its letters. What only one
    of the two states is no difference.
    """

    dimension: str = text(as_in("dimension_version.dimension"), one_of=DIMENSIONS)
    entity_id: str = identifier(as_in("dimension_version.entity_id"))
    version_key: str = carried(
        "dimension_version.version_key", references="dimension_version.version_key"
    )
    attribute: str = text(as_in("fact_hardware_spec.attribute"))
    claimed: float = number("Figure of the source", unit="see `unit`", null="a text")
    reference: float = carried("reference_figure.reference")
    difference: float = number(
        "Claimed figure above the reference, as a share of it",
        unit="1",
        null="a text, or the reference is 0",
        formula="claimed / reference − 1",
    )
    claimed_text: str = text("Text of the source", null="a figure")
    reference_text: str = carried("reference_figure.reference_text")
    unit: str = carried("reference_figure.unit")
    reference_source: str = text("Source of the reference", null="no public source was found")
