"""datapackage.json: the published marts as a Frictionless Data Package v2, from the contracts.

It leaves out the sizes of the files, which are in manifest.json and croissant.json: frictionless
does not count the bytes of a Parquet file and would report every size as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from pipelines import contracts
from pipelines.contracts import Column, Contract, columns, schema, table_of
from pipelines.contracts.vocabulary import FINITE
from pipelines.metadata import licences

NAME = "datapackage.json"
TITLE = "roofhouse: which published AI-inference benchmarks can be true"
DESCRIPTION = (
    "Published AI-inference benchmark cases, audited: for every case what the hardware allows "
    "(batch-aware roofline, memory and compute utilization, energy), which claims break a rule "
    "and why; rankings, estimates, and what changed between snapshots of the feed. A value is "
    "NULL where an input is missing, never 0 and never a guess."
)
KEYWORDS = ["AI inference", "benchmark", "audit", "roofline", "accelerator", "energy"]

_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "json": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "length": {"type": "integer"},
    "flag": {"type": "boolean"},
    "day": {"type": "date"},
    "moment": {"type": "datetime"},
    # It is a list, but frictionless does not take a list in Parquet for its type `list`.
    "texts": {"type": "any", "itemType": "string"},
}

#: Statistic of a Pandera check -> constraint of a field; str_length has its own.
_CONSTRAINTS = {
    "min_value": "minimum",
    "max_value": "maximum",
    "allowed_values": "enum",
    "pattern": "pattern",
}


def describe(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the content of datapackage.json for a manifest."""
    return {
        "$schema": _PROFILE,
        "name": "roofhouse",
        "title": TITLE,
        "description": DESCRIPTION,
        "version": manifest["build_id"],
        **({"created": made_at(manifest)} if made_at(manifest) else {}),
        "keywords": KEYWORDS,
        "licenses": _licenses(licences.in_build(manifest)),
        "sources": [_source(one) for one in licences.in_build(manifest)],
        "attribution": manifest["attribution"],
        "resources": [_resource(manifest, entry, mart) for entry, mart in marts(manifest)],
    }


def marts(manifest: dict[str, Any]) -> Iterator[tuple[dict[str, Any], type[Contract]]]:
    """Yield the manifest's entry and the contract of each published mart."""
    for entry in manifest["files"]:
        path = PurePath(entry["file"])
        if path.suffix == ".parquet":
            yield entry, contracts.contracts()[path.stem]


def made_at(manifest: dict[str, Any]) -> str | None:
    """Return the time of the newest file, the only time that depends on the input alone.

    Returns None if no source gives a time.
    """
    found: str | None = manifest["newest_at"]
    return found


def _licenses(sources: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return each licence once; the title of one that SPDX does not list is the source's words."""
    found = {}
    for source in sources:
        for name in licences.ids(source):
            if address := licences.page(name):
                found[name] = {"name": name, "path": address}
            else:
                who = {"title": f"{source['name']}: {licences.words(source)}"}
                found.setdefault(f"{name} {source['id']}", {"name": name, **who})
    return [found[key] for key in sorted(found)]


def _source(source: dict[str, Any]) -> dict[str, str]:
    about = {
        "title": source["name"],
        "path": source["url"],
        "version": source["newest_at"],
        "license": licences.words(source),
        "attribution": source["attribution"],
        "citation": source["citation"],
    }
    return {name: value for name, value in about.items() if value}


def title(contract: type[Contract]) -> str:
    """Return the title of a mart: `MartCaseMetrics` -> `Case metrics`."""
    words = contracts.table_name(contract).removeprefix("mart_").split("_")
    return " ".join(words).capitalize()


def referenced(manifest: dict[str, Any], column: Column) -> tuple[str, str] | None:
    """Return the mart and column that a column refers to, if that mart is published too."""
    table, _, key = (column.references or "").partition(".")
    published = any(entry["file"] == f"{table}.parquet" for entry in manifest["files"])
    return (table, key) if table and published else None


def _resource(
    manifest: dict[str, Any], entry: dict[str, Any], mart: type[Contract]
) -> dict[str, Any]:
    foreign = [
        {
            "fields": [column.name],
            "reference": {"resource": found[0], "fields": [found[1]]},
        }
        for column in columns(mart)
        if (found := referenced(manifest, column))
    ]
    return {
        "name": contracts.table_name(mart),
        "type": "table",
        "path": entry["file"],
        "title": title(mart),
        "description": contracts.describe(mart),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "hash": f"sha256:{entry['sha256']}",
        "schema": {
            "fields": [_field(mart, column) for column in columns(mart)],
            # Parquet has NULLs; frictionless sees one in a column of numbers as this text.
            "missingValues": ["nan"],
            "primaryKey": list(table_of(mart).grain),
            **({"foreignKeys": foreign} if foreign else {}),
        },
    }


def _field(mart: type[Contract], column: Column) -> dict[str, Any]:
    about = {
        "description": column.description,
        "unit": column.unit,
        "nullMeaning": column.null,
        "formula": column.formula,
        "constraints": _constraints(mart, column),
    }
    return {
        "name": column.name,
        **_TYPES[column.kind],
        **{name: value for name, value in about.items() if value},
    }


def _constraints(mart: type[Contract], column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {} if column.nullable else {"required": True}
    for check in schema(mart).columns[column.name].checks or []:
        for name, value in check.statistics.items():
            if check.name == "str_length":
                if name == "max_value":
                    found["maxLength"] = value
            elif name in _CONSTRAINTS and value not in (FINITE, -FINITE):
                found[_CONSTRAINTS[name]] = value
    return found
