"""The interface of the catalog: from names to ids, and from ids to facts and feed entities."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.catalog import entity as shape
from pipelines.catalog import model_config, search
from pipelines.catalog.entity import EntityKind
from pipelines.catalog.entries import Kind, Source
from pipelines.catalog.names import Index, UnresolvedName, fold


@dataclass(frozen=True, eq=False)
class Catalog:
    """Facts on hardware, models, engines, quantizations and workloads, by kind and id.

    `files.load` makes one; nothing in it changes afterwards. `fingerprint` is a hash of all
    that the files say, comments and layout aside.
    """

    folder: Path
    fingerprint: str
    raw: Mapping[Kind, Mapping[str, Any]] = field(repr=False)
    sources: Mapping[Kind, Mapping[str, Source]] = field(repr=False)
    entries: Mapping[Kind, Mapping[str, Any]] = field(repr=False)
    kv_cache_bits: Mapping[int, list[str]] = field(repr=False)

    def ids(self, kind: Kind) -> list[str]:
        """Return the ids of a kind, in the order of the file."""
        return list(self.entries[kind])

    def names(self, kind: Kind, id: str) -> list[str]:  # noqa: A002 - it is the id
        """Return everything that an entry is called: id, name, aliases, without repeats."""
        entry = self._entry(kind, id)
        return list(dict.fromkeys((id, getattr(entry, "name", id), *entry.aliases)))

    def resolve(
        self,
        kind: Kind,
        name: str,
        *,
        format: str = "",
        aliases: Mapping[str, str] | None = None,
    ) -> str:
        """Return the id of the entry that a name means.

        Names are compared folded (`names.fold`): first with `aliases`, a sidecar's own names
        of this kind, then with the aliases of the file's `format`, then with all ids, names
        and aliases. Raises UnresolvedName if none of them, or several entries, are equal.
        """
        return self._index[kind].resolve(name, format, aliases or {})

    def facts(self, kind: Kind, id: str) -> dict[str, Any]:  # noqa: A002
        """Return an entry as the file has it, with the keys of its sources."""
        self._entry(kind, id)
        found: dict[str, Any] = copy.deepcopy(self.raw[kind][id])
        return found

    def entity(self, kind: EntityKind, id: str) -> dict[str, Any]:  # noqa: A002
        """Return an entry in the shape of the feed's `resolved.<kind>`, a fresh copy."""
        return shape.entity(kind, id, self._entry(kind, id), self.sources[kind])

    def find(self, text: str, *, limit: int = 20) -> list[search.Match]:
        """Return entries with a name like a text, the best first: for a person, not a reader."""
        every = (
            (kind, entry, self.names(kind, entry))
            for kind, found in self.entries.items()
            for entry in found
        )
        return search.find(text, every, limit=limit)

    def model_from_config(self, config: Mapping[str, Any], *, id: str) -> dict[str, Any]:  # noqa: A002
        """Return a model entity from a Hugging Face config.json.

        Where no formula counts its parameters, the counts are those of the catalog's model
        of that id or name, if there is one. Raises UncountableModel if there is none, and
        RoofhouseError that names a missing key.
        """
        counts = None
        if known := self._index["model"].ids(id):
            architecture = self._entry("model", known[0]).architecture
            if len(known) == 1:
                counts = (architecture.total_params_b, architecture.active_params_b)
        return model_config.model_from_config(config, id=id, counts=counts)

    def kv_bits(self, name: str | None) -> int | None:
        """Return the bits of a KV-cache type by its name, None for `auto` and unknown names."""
        return self._kv_bits.get(fold(name)) if name else None

    def caches_prefixes_by_default(self, engine: str) -> bool | None:
        """Return True if an engine caches prefixes unless told not to; None if not known."""
        known: bool | None = self._entry("engine", engine).caches_prefixes_by_default
        return known

    @cached_property
    def _index(self) -> dict[Kind, Index]:
        return {
            kind: Index(kind, ((one, name) for one in found for name in self.names(kind, one)))
            for kind, found in self.entries.items()
        }

    @cached_property
    def _kv_bits(self) -> dict[str, int]:
        return {fold(name): bits for bits, names in self.kv_cache_bits.items() for name in names}

    def _entry(self, kind: Kind, id: str) -> Any:  # noqa: A002
        try:
            return self.entries[kind][id]
        except KeyError:
            raise UnresolvedName(kind, id, (), self._index[kind].nearest(id)) from None
