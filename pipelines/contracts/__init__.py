"""Contracts: one Pandera model per table, written once, used everywhere.

A contract gives a table its grain, keys, types, units, bounds and descriptions, and for what
comes from the feed its source path. From it follow the staging extraction, the DDL, the column
comments, the checks, the dictionary and the column schema that Dagster shows.

    vocabulary  the words in which a column is declared
    tables      layers, what a contract says of its table as a whole, loading
    column      columns, completed with what they carry from other tables
    render      what follows from a contract: DDL, comments, column schemas

One folder per layer (`LAYERS`), one module per table, with the stem of its SQL file: the table
`fact_case` has `sql/star/fact_case.sql`, `contracts/star/fact_case.py` and there the class
`FactCase`. To add a column, add a line to the contract of the table that makes it, and a
`carried` line to each table that passes it on.
"""

from __future__ import annotations

from pipelines.contracts.column import Column, columns, schema
from pipelines.contracts.tables import (
    LAYERS,
    Origin,
    Table,
    contracts,
    describe,
    table,
    table_name,
    table_of,
)
from pipelines.contracts.vocabulary import Contract

__all__ = [
    "LAYERS",
    "Column",
    "Contract",
    "Origin",
    "Table",
    "columns",
    "contracts",
    "describe",
    "schema",
    "table",
    "table_name",
    "table_of",
]
