"""Names as tools write them, resolved to the one entry that they mean.

Two names are equal when they are the same after `fold`. Nothing else is equal: a near match
is offered in an error message, never taken.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pipelines.catalog.entries import Kind
from pipelines.errors import RoofhouseError

#: `format:name`, an alias that holds for the files of one format.
_SCOPED = re.compile(r"([a-z][a-z0-9-]*):(.+)", re.DOTALL)

#: What each kind is called in a message, and the sidecar key that says which entry is meant.
_WORDS: dict[Kind, tuple[str, str]] = {
    "hardware": ("hardware", "hardware: <id>"),
    "model": ("model", "model: <id>"),
    "engine": ("engine", "engine: {id: <id>}"),
    "quant": ("quantization", "quantization: <id>"),
    "workload": ("workload", "lengths: {prefill: <tokens>, decode: <tokens>}"),
}
#: The kinds that a sidecar's `aliases` may rename, with their key there.
_ALIAS_KEYS: dict[Kind, str] = {
    "hardware": "hardware",
    "model": "model",
    "quant": "quantization",
}
_SHOWN = 3


class UnresolvedName(RoofhouseError):  # noqa: N818 - the name states the fact, as KeyError does not
    """A name that no entry has, or several.

    `candidates` are the ids of an ambiguous name, none of an unknown one; `nearest` are ids
    of similar names, for the message only.
    """

    def __init__(
        self,
        kind: Kind,
        name: str,
        candidates: Iterable[str] = (),
        nearest: Iterable[str] = (),
    ) -> None:
        self.kind = kind
        self.name = name
        self.candidates = tuple(candidates)
        self.nearest = tuple(nearest)
        word, key = _WORDS[kind]
        if self.candidates:
            problem = f"is ambiguous, one of {', '.join(self.candidates)}"
        elif self.nearest:
            problem = f"is not in the catalog (nearest: {', '.join(self.nearest)})"
        else:
            problem = "is not in the catalog"
        mend = f"name it in the sidecar as `{key}`"
        if kind in _ALIAS_KEYS:
            mend += f", or say there what it means under `aliases: {{{_ALIAS_KEYS[kind]}: ...}}`"
        super().__init__(f"{word} {_short(name)} {problem}; {mend}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments, from which the message is made."""
        return type(self), (self.kind, self.name, self.candidates, self.nearest)


@lru_cache(maxsize=10_000)
def fold(name: str) -> str:
    """Return a name as it is compared: case folded, without blanks, `_` and `-`."""
    return "".join(
        character
        for character in name.casefold()
        if character not in "_-" and not character.isspace()
    )


def is_scoped(name: str) -> bool:
    """Tell if a name holds for the files of one format only."""
    return _SCOPED.fullmatch(name) is not None


class Index:
    """The names of one kind: ids, names and aliases, and aliases that hold for one format."""

    def __init__(self, kind: Kind, names: Iterable[tuple[str, str]]) -> None:
        """Take (id, name) pairs; a name `format:rest` holds for that format only."""
        self.kind: Kind = kind
        self._plain: dict[str, set[str]] = {}
        self._scoped: dict[tuple[str, str], set[str]] = {}
        for entry, name in names:
            if scoped := _SCOPED.fullmatch(name):
                key = fold(scoped[1]), fold(scoped[2])
                self._scoped.setdefault(key, set()).add(entry)
            else:
                self._plain.setdefault(fold(name), set()).add(entry)

    def resolve(self, name: str, format: str, aliases: Mapping[str, str]) -> str:
        """Return the id that a name means. Raises UnresolvedName.

        A sidecar's aliases come first, then the aliases of the format, then all names.
        """
        folded = fold(name)
        meant = {
            self._one(target, format) for alias, target in aliases.items() if fold(alias) == folded
        }
        if len(meant) > 1:
            raise UnresolvedName(self.kind, name, sorted(meant))
        return meant.pop() if meant else self._one(name, format)

    def ids(self, name: str, format: str = "") -> list[str]:
        """Return the ids that answer to a name, sorted."""
        folded = fold(name)
        scoped = self._scoped.get((fold(format), folded), set()) if format else set()
        return sorted(scoped or self._plain.get(folded, set()))

    def nearest(self, name: str) -> list[str]:
        """Return ids with a similar name, the most similar first."""
        close = difflib.get_close_matches(fold(name)[:100], self._plain, n=2 * _SHOWN, cutoff=0.6)
        ids = dict.fromkeys(entry for key in close for entry in sorted(self._plain[key]))
        return list(ids)[:_SHOWN]

    def _one(self, name: str, format: str) -> str:
        found = self.ids(name, format)
        if len(found) == 1:
            return found[0]
        raise UnresolvedName(self.kind, name, found, () if found else self.nearest(name))


def _short(name: str) -> str:
    """A name in quotation marks, on one line, at most 100 characters of it."""
    shown = name if len(name) <= 100 else f"{name[:100]}…"
    return repr(shown)
