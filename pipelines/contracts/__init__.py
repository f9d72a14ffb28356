"""What every table holds: one Pandera model per table, written once, used everywhere.

A contract gives a table its grain, keys, types, units, bounds and descriptions, and
for what comes from the feed its source path. From it follow the staging extraction,
the DDL, the column comments, the checks and the column schema that Dagster shows.
The class `FactCase` is the contract of the table `fact_case`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pipelines.contracts.vocabulary import (
    Column,
    Contract,
    Origin,
    columns,
    describe,
    registered,
    table_name,
    table_of,
)

__all__ = [
    "Column",
    "Contract",
    "Origin",
    "columns",
    "contracts",
    "describe",
    "table_name",
    "table_of",
]


@cache
def contracts() -> dict[str, type[Contract]]:
    """All contracts by table name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return registered()
