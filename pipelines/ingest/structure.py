"""Field paths and JSON types of a snapshot, and the paths that the contracts know."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pipelines.contracts import columns, contracts, table_of
from pipelines.contracts.feed_path import ROOTS, join

_TYPES = {"UBIGINT": "number", "BIGINT": "number", "HUGEINT": "number", "UHUGEINT": "number"}
_TYPES |= {"DOUBLE": "number", "VARCHAR": "text", "BOOLEAN": "boolean", "NULL": "null"}
_TYPES |= {"JSON": "empty or mixed"}


def spelled(name: str) -> str:
    """Return a field name as part of a path, quoted if it could be mistaken for a path."""
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)


@cache
def known_paths() -> dict[str, str]:
    """Return every field path that a contract knows, with its kind; elements end in `[]`."""
    found: dict[str, str] = {}
    for contract in contracts().values():
        origin = table_of(contract).origin
        if origin is None:
            continue
        each = f"{origin.each}[]" if origin.each else ""
        for column in columns(origin.elements or contract):
            if column.source is None:
                continue
            path = join(ROOTS[origin.entity], each, column.source)
            found[path] = column.kind
            if column.kind == "texts":
                found[f"{path}[]"] = "text"
            if path.endswith(".value"):
                found[path.removesuffix("value") + "evidence_ref"] = "text"
    return found


@cache
def known_parents() -> frozenset[str]:
    """Return every path above a known one."""
    parents = set()
    for path in known_paths():
        for position, character in enumerate(path):
            if character in ".[":
                parents.add(path[:position])
                if character == "[":
                    parents.add(path[: position + 2])
    return frozenset(parents)


def walk(structure: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield (path, JSON type) for every field of one result of `json_structure`.

    Nothing below a path of kind JSON is listed.
    """
    if known_paths().get(path) == "json":
        yield path, "any"
    elif isinstance(structure, dict):
        yield path, "object"
        for name, inner in structure.items():
            yield from walk(inner, join(path, spelled(name)))
    elif isinstance(structure, list):
        yield path, "empty list" if structure == ["NULL"] else "list"
        for inner in structure:
            if inner != "NULL":
                yield from walk(inner, f"{path}[]")
    else:
        yield path, _TYPES.get(structure, "mixed")


def count(structures: Iterable[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    """Count the cases that hold each (path, JSON type), from (root path, structure, cases)."""
    total: Counter[tuple[str, str]] = Counter()
    for root, structure, cases in structures:
        for path, kind in set(walk(json.loads(structure), root)):
            if path:
                total[path, kind] += cases
    return total


def prune(document: Any, path: str) -> Any:
    """Return the part of a document that the contracts know, which identifies its version.

    A field that is null counts as absent.
    """
    if known_paths().get(path) == "json":
        return document
    if isinstance(document, dict):
        return {
            name: prune(inner, inner_path)
            for name, inner in document.items()
            if inner is not None
            and (
                (inner_path := join(path, spelled(name))) in known_paths()
                or inner_path in known_parents()
            )
        }
    if isinstance(document, list):
        return [prune(inner, f"{path}[]") for inner in document]
    if isinstance(document, float) and document.is_integer():
        return int(document)
    return document
