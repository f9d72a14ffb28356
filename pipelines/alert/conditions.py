"""Conditions: the problems of now, by key, and those of which the state is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.alert.event import SEVERITIES, Event


@dataclass
class Conditions:
    """The problems found at a look.

    A problem whose key or kind is in `unknown` does not count as ended: it may persist while a
    run is running or a file cannot be read. `well_since` is the end of the last run if that
    succeeded; a later failure has not ended.
    """

    standing: dict[str, Event] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    well_since: str | None = None

    def add(self, *events: Event) -> None:
        """Add problems."""
        self.standing.update({one.key: one for one in events})

    def has_ended(self, before: Event) -> bool:
        """Return True if a problem is known to have ended."""
        if before.key in self.standing or {before.key, before.kind} & self.unknown:
            return False
        if before.kind == "run_failed":
            return self.well_since is not None and self.well_since >= before.at
        return True


def at_least(severity: str) -> set[str]:
    """Return a severity and those above it."""
    return set(SEVERITIES[SEVERITIES.index(severity) :])
