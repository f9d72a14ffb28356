"""Rules about combinations that the publisher does not list as supported."""

from __future__ import annotations

from tests.reference.case import at
from tests.reference.rules.registry import Claim, Outcome, rule


def lacks(listed: list[object] | None, wanted: str | None) -> Outcome:
    """Broken where the list is there, even empty, and lacks what is wanted."""
    return Outcome(listed is not None and wanted is not None and wanted not in listed)


@rule("support", "info")
def engine_not_listed_for_hardware(claim: Claim) -> Outcome:
    engines = at(claim.case.item, "resolved.hardware.software_support.engines")
    ids = None if engines is None else [engine.get("id") for engine in engines]
    return lacks(ids, claim.case.engine_id)


@rule("support", "info")
def vendor_not_listed_for_engine(claim: Claim) -> Outcome:
    vendors = at(claim.case.item, "resolved.engine.supported_hardware_vendors")
    return lacks(vendors, claim.case.text("resolved.hardware.vendor"))


@rule("support", "info")
def quantization_not_listed_for_hardware(claim: Claim) -> Outcome:
    quantizations = at(claim.case.item, "resolved.hardware.software_support.quantizations")
    return lacks(quantizations, claim.case.quant_id)
