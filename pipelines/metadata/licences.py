"""Licence and attribution of what is published: those of every source in the build.

A source is a dict of the manifest's `sources`. A source that was left out of the build does not
count; one that states no licence is named as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

Source = dict[str, Any]

#: SPDX's word for no stated licence: nobody may assume that the data is free.
NOT_STATED = "NOASSERTION"

#: SPDX's prefix for a licence that it does not list.
_OWN = "LicenseRef-"

#: The fields of a source that go into the metadata of a Parquet file.
_TOLD = ("id", "name", "license", "attribution", "url", "citation")


def in_build(manifest: dict[str, Any]) -> list[Source]:
    """Return the sources with files in the build, by id."""
    return [one for one in manifest["sources"] if one["files"] and not one["problem"]]


def left_out(manifest: dict[str, Any]) -> list[Source]:
    """Return the sources that the build had to leave out, by id."""
    return [one for one in manifest.get("sources", ()) if one["problem"]]


def told(source: Source) -> Source:
    """Return the fields of a source that go into the metadata of a Parquet file."""
    return {name: source[name] for name in _TOLD}


def spdx(source: Source) -> str:
    """Return the SPDX expression of a source's licence.

    `LicenseRef-<id>` stands for a licence that SPDX does not list, NOASSERTION for none.
    """
    stated = (source["license"] or "").strip()
    if not stated:
        return NOT_STATED
    try:
        return str(canonicalize_license_expression(stated))
    except InvalidLicenseExpression:
        return f"{_OWN}{source['id']}"


def expression(sources: Iterable[Source]) -> str:
    """Return one SPDX expression for all sources: all their licences apply, each named once."""
    found: set[str] = set()
    for one in map(spdx, sources):
        # If every operator is AND, parentheses change nothing.
        parts = [f"({one})"] if " OR " in one else re.sub("[()]", "", one).split(" AND ")
        found.update(parts)
    if len(found) == 1:
        return found.pop().removeprefix("(").removesuffix(")")
    return " AND ".join(sorted(found)) or NOT_STATED


def ids(source: Source) -> list[str]:
    """Return the ids in the expression of a source's licence, in the same order."""
    parts = re.sub(r"[()]|WITH \S+", " ", spdx(source)).split()
    return [part for part in dict.fromkeys(parts) if part not in ("AND", "OR")]


def page(licence_id: str) -> str | None:
    """Return the URL of a licence's text; None if SPDX has none."""
    is_listed = licence_id != NOT_STATED and not licence_id.startswith(_OWN)
    return f"https://spdx.org/licenses/{licence_id.removesuffix('+')}.html" if is_listed else None


def words(source: Source) -> str:
    """Return the SPDX expression of a licence, else the source's words, else that it has none."""
    listed = spdx(source)
    if listed == NOT_STATED:
        return "no licence stated"
    return str(source["license"]).strip() if listed.startswith(_OWN) else listed


def distinct(sources: Iterable[Source]) -> str:
    """Return the licences of sources as they state them, each once."""
    return ", ".join(sorted({words(one) for one in sources}))


def credit(source: Source) -> str:
    """Return the sentence that credits a source, with its licence."""
    said = (source["attribution"] or source["citation"] or source["url"] or "").strip()
    licence = "" if _is_in(words(source), said) else f" ({words(source)})"
    if _is_in(source["name"], said[: len(source["name"]) + 1]):
        return f"Derived from {said.rstrip('.')}{licence}."
    about = f": {said}" if said else ""
    return f"Derived from {source['name']}{licence}{about}".rstrip(".") + "."


def _is_in(part: str, text: str) -> bool:
    """Return True if a text contains a part as whole words: SUMMIT does not contain MIT."""
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text))


def credits_of(sources: Iterable[Source]) -> str:
    """Return a sentence for each source, in one text."""
    return " ".join(map(credit, sources))
