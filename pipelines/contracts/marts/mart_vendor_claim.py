"""Claims about the hardware of each vendor, against the catalog and against measurements."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import carried, integer, number, text

FEW_REFERENCES = "fewer pairs with the catalog than vendor_claim_min_count (in assumption)"
FEW_MEASURED = "fewer pairs with a measurement than vendor_claim_min_count (in assumption)"
FEW_CLAIMS = "a specification, or fewer claims than vendor_claim_min_count (in assumption)"
LOW = "low end of the middle 80 % of the pairs"
HIGH = "high end of the middle 80 % of the pairs"
TO_REFERENCE = "Claimed figure divided by that of the catalog"
TO_MEASURED = "Claimed figure divided by the measured one"


@table(grain=["hardware_vendor", "kind", "claimed_quantity"])
class MartVendorClaim(Contract):
    """One row per vendor of hardware, kind of claim and claimed quantity.

    A `specification` is a figure from a source that describes hardware itself, compared with the
    catalog; `compute` covers the peaks of all precisions. A `performance` is a figure of a current
    case that decodes text and whose evidence is no measurement: its declared tier is another one,
    or is overstated. It is compared with the median of the plausible measured cases with the same
    hardware, model, precision of the weights, scope of the throughput, buckets of prompt and output
    length, and number of concurrent sequences to the nearest power of two. Unlike rankings, the
    pairs include implausible and impossible claims, since claims are what is judged. The vendor is
    the maker of the hardware, whoever made the claim. MLPerf's open division is excluded. Medians,
    shares and intervals need at least vendor_claim_min_count (in assumption) pairs or claims; with
    fewer they are NULL, and the counts are still given.
    """

    hardware_vendor: str = carried("dim_hardware.hardware_vendor")
    kind: str = text("Kind of claim", one_of=["specification", "performance"])
    claimed_quantity: str = text(
        "Quantity that is claimed: of a performance throughput per card, median time to first "
        "token (ttft) and between tokens (tbt), power per card; `any` are the cases themselves",
        one_of=[
            "compute",
            "memory_bandwidth",
            "memory_capacity",
            "interconnect",
            "power",
            "any",
            "throughput",
            "ttft",
            "tbt",
        ],
    )
    claim_count: int = integer("Claims that give the quantity", unit="claims")
    hardware_count: int = integer("Accelerators that these claims are about", unit="accelerators")
    reference_count: int = integer(
        "Claims for which the catalog has a figure; 0 for a performance", unit="claims"
    )
    differing_count: int = integer(
        "Claims that differ from the catalog by more than spec_difference_tolerance (in "
        "assumption)",
        unit="claims",
        null="a performance",
    )
    claimed_to_reference_median: float = number(
        f"{TO_REFERENCE}: median", unit="1", null=FEW_REFERENCES, ge=0
    )
    claimed_to_reference_low: float = number(
        f"{TO_REFERENCE}: {LOW}", unit="1", null=FEW_REFERENCES, ge=0
    )
    claimed_to_reference_high: float = number(
        f"{TO_REFERENCE}: {HIGH}", unit="1", null=FEW_REFERENCES, ge=0
    )
    measured_count: int = integer(
        "Claims with a measured counterpart; 0 for a specification", unit="claims"
    )
    claimed_to_measured_median: float = number(
        f"{TO_MEASURED}: median", unit="1", null=FEW_MEASURED, ge=0
    )
    claimed_to_measured_low: float = number(
        f"{TO_MEASURED}: {LOW}", unit="1", null=FEW_MEASURED, ge=0
    )
    claimed_to_measured_high: float = number(
        f"{TO_MEASURED}: {HIGH}", unit="1", null=FEW_MEASURED, ge=0
    )
    impossible_count: int = integer(
        "Claims that are impossible as reported", unit="claims", null="a specification"
    )
    impossible_share: float = number(
        "Share of claims that are impossible as reported", unit="1", null=FEW_CLAIMS, ge=0, le=1
    )
    impossible_share_low: float = number(
        "Low end of the 80 % interval of that share (Wilson)", unit="1", null=FEW_CLAIMS, ge=0, le=1
    )
    impossible_share_high: float = number(
        "High end of the 80 % interval of that share (Wilson)",
        unit="1",
        null=FEW_CLAIMS,
        ge=0,
        le=1,
    )
    reference_impossible_count: int = integer(
        "Claims that are impossible on the specifications of the catalog",
        unit="claims",
        null="a specification",
    )
