"""Constants of the formulas."""

from __future__ import annotations

from pipelines.contracts import Contract, table
from pipelines.contracts.vocabulary import number, text

NO_PRICE = "no price configured (pipelines/config/prices.yml)"


@table(grain=["name"])
class Assumption(Contract):
    """One row per constant of pipelines/config that the formulas use."""

    name: str = text("Name of the constant; in SQL, assumed('<name>') is its value")
    value: float = number(
        "Value of the constant, policy entry or specification", unit="see `unit`", null=NO_PRICE
    )
    unit: str = text("Unit of the values")
    description: str = text("Meaning of the constant, metric or input")
    source: str = text("Source of the figure")
