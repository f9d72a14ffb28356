"""The tables of a staged file: entities, the lists inside them, their columns; from contracts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelines.contracts import Column, Contract, columns, contracts, table_name, table_of

#: Entities that a case resolves to, and the field of the case that names their id.
RESOLVED = {
    "hardware": ("hardware_id", "stack.hardware.id"),
    "server": ("server_id", "stack.server.id"),
    "model": ("model_id", "stack.model.id"),
    "engine": ("engine_id", "stack.engine.id"),
    "quant": ("quant_id", "stack.quantization"),
}
#: The one entity that a case may lack.
OPTIONAL = "server"


def entity_contract(entity: str) -> type[Contract]:
    """Return the contract of an entity: fact_case for case, dim_hardware for hardware."""
    return contracts()["fact_case" if entity == "case" else f"dim_{entity}"]


@dataclass(frozen=True)
class Child:
    """A list inside an entity: its path there, and the contract that types its elements."""

    name: str
    path: str
    elements: type[Contract]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that come from an element."""
        return feed_columns(self.elements)


@cache
def children(entity: str) -> tuple[Child, ...]:
    """Return the lists inside an entity that are tables of their own."""
    found = []
    for contract in contracts().values():
        origin = table_of(contract).origin
        if origin and origin.entity == entity and origin.each:
            found.append(Child(table_name(contract), origin.each, origin.elements or contract))
    return tuple(found)


def feed_columns(contract: type[Contract]) -> tuple[Column, ...]:
    """Return the columns of a contract that come from the feed."""
    return tuple(column for column in columns(contract) if column.source is not None)
