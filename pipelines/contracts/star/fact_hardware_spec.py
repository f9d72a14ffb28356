"""Accelerator specifications with the evidence behind each value."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, carried, number, text

NO_EVIDENCE = "no evidence named, or it does not exist"


@table(grain=["hardware_key", "attribute"])
class FactHardwareSpec(Contract):
    """One row per hardware version and attribute that the feed names, with its evidence.

    An attribute is a column of dim_hardware. One that the feed gives as null has a row with a
    NULL value; one that it leaves out has no row. Either way the version is the same.
    """

    hardware_key: str = carried("dim_hardware.hardware_key", references="dim_hardware.hardware_key")
    hardware_id: str = carried("dim_hardware.hardware_id")
    attribute: str = text("Attribute: the name of a column, or of a list in a table of its own")
    source_path: str = text("Path of the field in the hardware object of the feed")
    value: float = number(
        as_in("assumption.value"),
        unit="see `unit`",
        null="the feed names the field and gives null",
    )
    unit: str = text(as_in("assumption.unit"))
    evidence_id: str = text(as_in("dim_evidence.evidence_id"), null="no evidence named")
    evidence_key: str = carried(
        "dim_evidence.evidence_key", references="dim_evidence.evidence_key", null=NO_EVIDENCE
    )
    tier: str = carried("dim_evidence.tier", null=NO_EVIDENCE)
