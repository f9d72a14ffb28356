"""What was assumed: configuration as tables, so that a formula can be checked in SQL."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts.vocabulary import Contract, day, identifier, integer, number, table, text


@table("main", grain=["name"])
class Assumption(Contract):
    """One row per constant of pipelines/config that the formulas use."""

    name: str = text("Name of the constant; in SQL, assumed('name')")
    value: float = number(
        "Value of the constant",
        unit="see `unit`",
        null="no price configured (pipelines/config/prices.yml)",
    )
    unit: str = text("Unit of the value")
    description: str = text("What the constant is")
    source: str = text("Where the value comes from")


@table("main", grain=["hardware_id"])
class CardPrice(Contract):
    """One row per accelerator with a configured price."""

    hardware_id: str = identifier("Id of the accelerator")
    usd_per_card_hour: float = number("Price of one card", unit="USD/h per card", ge=0)
    priced_on: dt.date = day("Date of the price")
    source: str = text("Where the price was seen")


@table("main", grain=["policy", "value"])
class TrustPolicy(Contract):
    """One row per entry of the trust policy (pipelines/config/trust.yml)."""

    policy: str = text(
        "List that the entry belongs to",
        one_of=["tier", "measured_source_type", "disqualifying_attestation"],
    )
    value: str = text("Tier, kind of source, or regular expression")
    rank: int = integer("Order among the entries of the policy, from 1", ge=1)
