"""Changes between snapshots in the words of the contracts: of specifications and of claims."""

from __future__ import annotations

import json
import re
from typing import Any

import polars as pl

from pipelines.contracts import columns, contracts
from pipelines.report.rows import Row, count, rows
from pipelines.report.wording import precise

_FLAGS = {"true": "yes", "false": "no"}
#: The longest list that is shown entry by entry.
_MAX_ENTRIES = 6


def told(change: Row, table: str | None = None) -> Row:
    """Return a change with its attribute in words, its unit, and formatted values.

    A row of mart_spec_change names its dimension; the attributes of other rows are in `table`.
    """
    name, _, of_evidence = change["attribute"].partition(".")
    contract = contracts().get(table or f"dim_{change['dimension']}")
    known = columns(contract) if contract else []
    column = next((found for found in known if found.name == name), None)
    # Symbols are for readers of formulas; names of tables, and text after a semicolon, for those
    # who load the feed.
    words = (
        re.split(r"; | \(\S+ in formulas\)| \(\w+_\w+\)", column.description)[0] if column else None
    )
    label = words or name.replace("_", " ").capitalize()
    is_number = column is not None and column.kind in ("number", "integer") and not of_evidence
    old, new = _values(change["old_value"], change["new_value"], is_number)
    return change | {
        "label": f"Evidence for: {label}" if of_evidence else label,
        "unit": column.unit if column and is_number and column.unit != "1" else None,
        "is_number": is_number,
        "old": old,
        "new": new,
    }


def _values(old: str | None, new: str | None, is_number: bool) -> tuple[str | None, str | None]:
    before, after = _entries(old), _entries(new)
    if before is None and after is None:
        return _value(old, is_number), _value(new, is_number)
    before, after = before or {}, after or {}
    if before == after:
        return "in another order", "in another order"
    # Entries that are equal are left out; of the others, only the differences are shown.
    differing = [key for key in before if key in after and before[key] != after[key]]
    return (
        _listed([*(key for key in before if key not in after)], before, after, differing),
        _listed([*(key for key in after if key not in before)], after, before, differing),
    )


def _entries(value: str | None) -> dict[str, dict[str, Any]] | None:
    """The entries of a list or an object in JSON by name; None if the value is neither."""
    if value is None or not value.startswith(("[", "{")):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    listed = found if isinstance(found, list) else [found]
    entries: dict[str, dict[str, Any]] = {}
    for one in listed:
        fields = one if isinstance(one, dict) else {"": one}
        name = str(next(iter(fields.values()), "")) or "without a name"
        entries[name] = fields
    return entries


def _listed(
    own: list[str], mine: dict[str, Any], others: dict[str, Any], differing: list[str]
) -> str:
    """Entries that only one side has, and the differences in those that both have."""
    said = list(own)
    for key in differing:
        fields = [
            f"{name.replace('_', ' ')} {_plain(value)}".strip()
            for name, value in mine[key].items()
            if others[key].get(name) != value
        ]
        said.append(f"{key}: {', '.join(fields)}" if fields else key)
    more = f" and {len(said) - _MAX_ENTRIES} more" if len(said) > _MAX_ENTRIES else ""
    return "; ".join(said[:_MAX_ENTRIES]) + more if said else "none of these"


def _plain(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return precise(float(value))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    return str(value)


def _value(value: str | None, is_number: bool) -> str | None:
    if value is not None and is_number:
        try:
            return precise(float(value))
        except ValueError:  # the marts may be of another version
            return value
    return _FLAGS.get(value or "", value)


def of_claims(
    provenance: pl.LazyFrame, metrics: pl.LazyFrame, case_change: pl.LazyFrame, most: int
) -> tuple[list[Row], dict[str, int]]:
    """Return the newest claims that were added, changed or withdrawn, and the number of each.

    A case in the first snapshot of its source does not count as added, nor does one without a time.
    """
    first = pl.col("first_seen_at").min().over("source_id")
    events = {
        "added": provenance.filter(pl.col("first_seen_at") > first, ~pl.col("is_retired")).select(
            "case_id", pl.col("first_seen_at").alias("at")
        ),
        "changed": case_change.select("case_id", pl.col("changed_at").alias("at")).unique(),
        "withdrawn": provenance.filter("is_retired").select(
            "case_id", pl.col("last_seen_at").alias("at")
        ),
    }
    counts = {kind: count(found) for kind, found in events.items()}
    every = pl.concat(
        [found.with_columns(pl.lit(kind).alias("kind")) for kind, found in events.items()]
    )
    newest = every.sort("at", "kind", "case_id", descending=[True, False, False], nulls_last=True)
    named = newest.head(most)
    for right in (
        provenance.select("case_id", "title", "source_id"),
        metrics.select("case_id", "display_title"),
    ):
        named = named.join(right, on="case_id", how="left", maintain_order="left")
    title = pl.coalesce("display_title", "title", "case_id").alias("title")
    found = rows(named.select("at", "kind", "case_id", "source_id", title))
    wanted = {row["case_id"] for row in found if row["kind"] == "changed"}
    fields: dict[tuple[str, Any], list[Row]] = {}
    chosen = case_change.filter(pl.col("case_id").is_in(sorted(wanted)))
    for row in rows(chosen.sort("case_id", "revision", "attribute")):
        change = told(row, "fact_case_history")
        fields.setdefault((row["case_id"], row["changed_at"]), []).append(change)
    for row in found:
        row["fields"] = (
            fields.get((row["case_id"], row["at"]), []) if row["kind"] == "changed" else []
        )
    return found, counts
