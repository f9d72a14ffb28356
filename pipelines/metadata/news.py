"""News of a manifest: changes since the previous publication, snapshots held back."""

from __future__ import annotations

from typing import Any

#: Columns of quality.build_change in words, in the order in which they are shown.
CHANGES = {
    "added_case_count": "added",
    "changed_case_count": "changed",
    "retired_case_count": "retired",
    "verdict_change_count": "with another verdict",
    "new_reject_count": "newly rejected",
    "new_drift_count": "new in drift",
}


def held(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each source, the newest snapshot that waits for a person to look at it."""
    newest = {one["source"]: one for one in manifest.get("held", ()) if one["is_waiting"]}
    return list(newest.values())


def held_in_words(one: dict[str, Any]) -> tuple[str, str]:
    """Return a description of a snapshot that is held back, and what to do about it."""
    do = (
        "take the file out, or correct its time"
        if one["guard"] == "from_the_future"
        else f"look at it, then `roofhouse build --accept {one['source']}`, or take the file out"
    )
    return f"{one['source']}: {one['file']}: {one['reason']}", do


def changes(manifest: dict[str, Any]) -> list[str]:
    """Return a line for each source that differs from the previous publication."""
    return [f"{source}: {told}" for source, told in by_source(manifest).items()]


def by_source(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the changes since the previous publication in words, by source."""
    found = {}
    for one in manifest.get("changes", ()):
        told = [f"{one[name]:,} {words}" for name, words in CHANGES.items() if one[name]]
        if one["is_new_source"] or one["is_gone_source"]:
            told.insert(0, "new source" if one["is_new_source"] else "source is gone")
        if told:
            found[one["source_id"]] = ", ".join(told)
    return found
