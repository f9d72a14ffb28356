"""The share of mistakes that a judge of claims notices, and how loudly."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.controls.corruptions import CORRUPTIONS, Corruption, corrupted
from tests.controls.honest import clean

Item = dict[str, Any]
Found = dict[str, dict[str, str]]
Judge = Callable[[list[Item]], Found]
"""From the items of one feed to case id, rule id and severity."""


@dataclass
class Score:
    """Counts for one corruption: runs that it was tried on, and new findings there."""

    tried: int = 0
    warned: int = 0
    """A new error or warning."""
    info_only: int = 0
    """A new info, and nothing louder."""
    named: int = 0
    """One of the rules about the mistake fired."""
    spoke: Counter[str] = field(default_factory=Counter)
    """Runs in which each rule fired that does not fire on the control."""


@dataclass(frozen=True)
class Scorecard:
    alarms: dict[str, dict[str, str]]
    """Errors and warnings on honest runs, by case id."""
    scores: dict[str, Score]

    def __str__(self) -> str:
        lines = [f"{'corruption':<52}{'tried':>6}{'warned':>8}{'info only':>11}{'named':>7}"]
        for name, score in self.scores.items():
            shares = [
                f"{count / score.tried:.0%}"
                for count in (score.warned, score.info_only, score.named)
            ]
            lines.append(f"{name:<52}{score.tried:>6}{shares[0]:>8}{shares[1]:>11}{shares[2]:>7}")
            rules = ", ".join(f"{rule} {count}" for rule, count in score.spoke.most_common())
            lines.append(f"    {rules or 'no rule speaks'}")
        lines.append(f"honest runs with an error or a warning: {len(self.alarms)}")
        return "\n".join(lines)


@cache
def _mistakes() -> list[tuple[Corruption, str, list[Item]]]:
    """Each corruption, the id of the control that it was made of, and the items it left."""
    return [
        (corruption, control["id"], items)
        for corruption in CORRUPTIONS
        for control in clean()
        if (items := corrupted(corruption, control))
    ]


def feed_items() -> list[Item]:
    """Every control and everything that the mistakes leave of it, as one feed."""
    return clean() + [copy.deepcopy(item) for _, _, items in _mistakes() for item in items]


def score(judge: Judge) -> Scorecard:
    """Ask a judge about one feed of honest and corrupted runs."""
    found = judge(feed_items())
    alarms = {
        control["id"]: loud
        for control in clean()
        if (loud := {r: s for r, s in found[control["id"]].items() if s != "info"})
    }
    scores = {corruption.name: Score() for corruption in CORRUPTIONS}
    for corruption, control_id, items in _mistakes():
        known = found[control_id]
        new: dict[str, str] = {}
        for item in items:
            new |= {r: s for r, s in found[item["id"]].items() if r not in known}
        entry = scores[corruption.name]
        entry.tried += 1
        entry.warned += not {"error", "warn"}.isdisjoint(new.values())
        entry.info_only += set(new.values()) == {"info"}
        entry.named += not corruption.rules.isdisjoint(new)
        entry.spoke.update(new.keys())
    return Scorecard(alarms, scores)


_HEAD = """\
# Controls of the audit

The tests simulate honest runs and corrupt each the way publishers err. A row shows the share of
the corrupted runs that get a new error or warning, the share that get only a new info, and the
rules that fired, each with its share. A mistake that leaves no trace in the numbers gets 0 %.

`.venv/bin/python -m tests.documents` writes this page; a test compares it with the warehouse.

| mistake | error or warning | only info | rules that fired |
|---|---|---|---|
"""


def page(card: Scorecard) -> str:
    """The scorecard as the page docs/controls.md."""
    lines = []
    for name, score in card.scores.items():
        rules = ", ".join(
            f"{rule} {count / score.tried:.0%}"
            for rule, count in sorted(score.spoke.items(), key=lambda one: (-one[1], one[0]))
        )
        shares = (f"{count / score.tried:.0%}" for count in (score.warned, score.info_only))
        lines.append(f"| {name} | {' | '.join(shares)} | {rules or 'none'} |")
    alarms = f"Honest runs with an error or a warning: {len(card.alarms)} of {len(clean())}."
    return _HEAD + "\n".join(lines) + f"\n\n{alarms}\n"
