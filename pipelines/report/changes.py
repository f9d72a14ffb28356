"""Changes of specifications between snapshots, in the words of the contracts."""

from __future__ import annotations

import re

from pipelines.contracts import columns, contracts
from pipelines.report.rows import Row
from pipelines.report.wording import precise

_FLAGS = {"true": "yes", "false": "no"}


def told(change: Row) -> Row:
    """Return a row of mart_spec_change with the change in words, its unit, and formatted values."""
    name, _, of_evidence = change["attribute"].partition(".")
    contract = contracts().get(f"dim_{change['dimension']}")
    known = columns(contract) if contract else []
    column = next((found for found in known if found.name == name), None)
    # A symbol is for who reads formulas, what follows a semicolon for who loads the feed.
    words = re.split(r"; | \(\S+ in formulas\)", column.description)[0] if column else None
    label = words or name.replace("_", " ").capitalize()
    is_number = column is not None and column.kind in ("number", "integer") and not of_evidence
    return change | {
        "label": f"Evidence for: {label}" if of_evidence else label,
        "unit": column.unit if column and is_number and column.unit != "1" else None,
        "is_number": is_number,
        "old": _value(change["old_value"], is_number),
        "new": _value(change["new_value"], is_number),
    }


def _value(value: str | None, is_number: bool) -> str | None:
    if value is not None and is_number:
        try:
            return precise(float(value))
        except ValueError:  # the marts may be of another version
            return value
    return _FLAGS.get(value or "", value)
