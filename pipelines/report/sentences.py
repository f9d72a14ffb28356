"""Sentences with counts in them, right for none, one and many."""

from __future__ import annotations

from pipelines.report.wording import many


def counted(count: int, one: str, more: str) -> str:
    """`none is`, `1 is`, `2 are`: a count with its verb."""
    return f"{count:,} {more}" if count > 1 else f"{count or 'none'} {one}"


def of(count: int, total: int, what: str, more: str | None = None) -> str:
    """`none of 15 classes`, `1 of 1 class`: a part of what there is."""
    return f"{f'{count:,}' if count else 'none'} of {many(total, what, more)}"


def highest(shown: int, total: int, what: str) -> str:
    """Under a chart with a row per case: how many of the cases it has."""
    if shown < total:
        return f"The {shown} highest of {total:,} cases with {what}."
    return f"The one case with {what}." if total == 1 else f"All {total:,} cases with {what}."


def frontier(counts: dict[str, int]) -> str:
    """Under the Pareto frontier."""
    claims, ahead = counts["contenders"], counts["frontier"]
    classes, contested = counts["classes"], counts["contested"]
    if claims == 0:
        return "Every claim here is impossible, hence none is on the frontier."
    if claims == 1:
        return "The only claim that is not impossible is the frontier."
    return (
        f"{of(ahead, claims, 'claim').capitalize()} {'are' if ahead > 1 else 'is'} on the frontier "
        f"of all; {of(contested, classes, 'class', 'classes')} "
        f"{'hold' if contested > 1 else 'holds'} more than one claim."
    )


def covered(counts: dict[str, int], most: int) -> str:
    """Under the coverage matrix, of which at most so many of a side are shown."""
    claimed = counts["claimed"]
    sides = [
        of(min(counts[side], most), counts[f"all_{side}"], one)
        for side, one in (("hardware", "accelerator"), ("models", "model"))
    ]
    those = "most claims" if max(counts["hardware"], counts["models"]) > most else "a claim"
    return (
        f"{of(claimed, counts['cells'], 'combination').capitalize()} "
        f"{'have' if claimed > 1 else 'has'} a claim, {counts['measured'] or 'none'} a measured "
        f"one. Shown: {sides[0]} and {sides[1]}, those with {those}."
    )
