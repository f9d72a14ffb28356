"""Sentences with counts, grammatical for none, one and many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.report.wording import many


def counted(count: int, one: str, more: str) -> str:
    """`none is`, `1 is`, `2 are`: a count with its verb."""
    return f"{count:,} {more}" if count > 1 else f"{count or 'none'} {one}"


def of(count: int, total: int, what: str, more: str | None = None) -> str:
    """`none of 15 classes`, `1 of 1 class`: a part of a total."""
    return f"{f'{count:,}' if count else 'none'} of {many(total, what, more)}"


def spread(total: int, what: str) -> str:
    """Caption of the distributions by hardware: the number of cases in them."""
    if total == 1:
        return f"The one case with {what}."
    return (
        f"All {total:,} cases with {what}. More than 60 of a kind are a box: the middle half with "
        "its median, a line from the 5th to the 95th percentile, ends at the lowest and highest."
    )


def configurations(total: int, most: int) -> str:
    """Caption of the runs: the number of configurations to choose from."""
    said = many(total, "configuration was", "configurations were")
    newest = f" The {most} with the newest runs can be chosen." if total > most else ""
    return f"{said} run more than once.{newest}"


def claims(counts: dict[str, int]) -> str:
    """The number of claims that came, changed and went since the first snapshots."""
    told = [f"{count:,} {kind}" for kind, count in counts.items() if count]
    listed = ", ".join(told[:-1]) + " and " + told[-1] if len(told) > 1 else told[0]
    return f"Since the first snapshot of each source: {listed}."


def scopes(found: Iterable[str]) -> str:
    """Caption of a chart: the time that its throughputs cover."""
    there = set(found)
    if there == {"wall"}:
        return "Throughput is that of the whole run, prompts included."
    if "wall" in there:
        return (
            "Throughput is that of decoding; where a whole run is named, that of the whole run, "
            "prompts included, and the two do not compare."
        )
    return "Throughput is that of decoding."


def frontier(counts: dict[str, Any]) -> str:
    """Caption of the Pareto frontier."""
    claims, ahead = counts["contenders"], counts["frontier"]
    classes, contested = counts["classes"], counts["contested"]
    if claims == 0:
        said = "No claim takes part."
    elif claims == 1:
        said = "The only claim that takes part is the frontier."
    else:
        apart = ", whole runs apart" if counts["scopes"] > 1 else ""
        said = (
            f"{of(ahead, claims, 'claim').capitalize()} {'are' if ahead > 1 else 'is'} on the "
            f"frontier of all{apart}; {of(contested, classes, 'class', 'classes')} "
            f"{'hold' if contested > 1 else 'holds'} more than one claim."
        )
    return " ".join([said, left_out(counts["left_out"])]).strip()


def left_out(reasons: dict[str, int]) -> str:
    """Say how many cases a comparison leaves out, and why."""
    if not reasons:
        return ""
    words = {"no decode workload": "of another workload"}
    told = ", ".join(f"{count:,} {words.get(why, why)}" for why, count in reasons.items())
    return f"Left out: {told}."


def covered(counts: dict[str, int], most: int) -> str:
    """Caption of the coverage matrix, which shows at most `most` of each side."""
    claimed = counts["claimed"]
    sides = [
        of(min(counts[side], most), counts[f"all_{side}"], one)
        for side, one in (("hardware", "accelerator"), ("models", "model"))
    ]
    those = "most claims" if max(counts["hardware"], counts["models"]) > most else "a claim"
    return (
        f"{of(claimed, counts['cells'], 'combination').capitalize()} "
        f"{'have' if claimed > 1 else 'has'} a claim, {counts['plausible'] or 'none'} a plausible "
        f"one, {counts['measured'] or 'none'} a measured one. Shown: {sides[0]} and {sides[1]}, "
        f"those with {those}."
    )
