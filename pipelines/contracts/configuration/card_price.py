"""Configured prices of accelerators."""

from __future__ import annotations

import datetime as dt

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import as_in, day, number, text


@table(grain=["hardware_id"])
class CardPrice(Contract):
    """One row per accelerator with a configured price."""

    # No `identifier`: the check prices_name_hardware has a better message for an unknown id.
    hardware_id: str = text(as_in("dim_hardware.hardware_id"))
    usd_per_card_hour: float = number("Price of one card for one hour", unit="USD/h per card", ge=0)
    priced_on: dt.date = day("Date of the price")
    source: str = text(as_in("assumption.source"))
