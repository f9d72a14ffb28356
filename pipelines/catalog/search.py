"""Search the catalog by part of a name or by a similar name; for people, not for readers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.catalog.entries import Kind
from pipelines.catalog.names import fold

#: Below this similarity a name is no match.
_CUTOFF = 0.6


@dataclass(frozen=True)
class Match:
    """An entry with a name like the text that was searched for."""

    kind: Kind
    id: str
    name: str
    """The name that matched best."""
    score: float
    """1 for an equal name, above 0.9 for a part of one, else the similarity."""


def find(text: str, entries: Iterable[tuple[Kind, str, list[str]]], *, limit: int) -> list[Match]:
    """Return the entries with a name like a text, the best first, one match per entry."""
    wanted = fold(text)
    if not wanted:
        return []
    found = [
        Match(kind, entry, name, score)
        for kind, entry, names in entries
        for score, name in [max(((_score(wanted, name), name) for name in names), key=_by_score)]
        if score >= _CUTOFF
    ]
    return sorted(found, key=lambda match: (-match.score, match.kind, match.id))[:limit]


def _by_score(scored: tuple[float, str]) -> tuple[float, int]:
    score, name = scored
    return score, -len(name)


def _score(wanted: str, name: str) -> float:
    folded = fold(name)
    if folded == wanted:
        return 1.0
    if wanted in folded:
        return 0.9 + 0.1 * len(wanted) / len(folded)
    return 0.9 * difflib.SequenceMatcher(None, wanted, folded).ratio()
