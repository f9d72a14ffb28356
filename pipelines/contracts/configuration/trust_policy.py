"""The trust policy: ranks of the tiers, and what counts as measured."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, integer, text


@table(grain=["policy", "value"])
class TrustPolicy(Contract):
    """One row per entry of the trust policy (pipelines/config/trust.yml).

    An entry is a tier, a kind of source that qualifies as measured, a regular expression, or an
    engine that caches prefixes unless told not to.
    """

    policy: str = text(
        "List that the entry belongs to",
        one_of=[
            "tier",
            "measured_source_type",
            "disqualifying_attestation",
            "prefix_caching_by_default",
        ],
    )
    value: str = text(as_in("assumption.value"))
    rank: int = integer("Position of the entry in its list, from 1", ge=1)
