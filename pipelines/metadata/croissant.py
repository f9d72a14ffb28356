"""croissant.json: the published marts as a Croissant 1.1 dataset (JSON-LD), from the contracts."""

from __future__ import annotations

from typing import Any

from pipelines import contracts
from pipelines.contracts import Column, Contract, columns, table_of
from pipelines.contracts.render import summary
from pipelines.metadata import datapackage, licences

NAME = "croissant.json"

#: The registered media type, and the one that mlcroissant recognizes as Parquet.
_PARQUET = ["application/vnd.apache.parquet", "application/x-parquet"]

_TYPES = {
    "text": "sc:Text",
    "json": "sc:Text",
    "number": "sc:Float",
    "integer": "sc:Integer",
    "length": "sc:Integer",
    "flag": "sc:Boolean",
    "day": "sc:Date",
    "moment": "sc:DateTime",
    "texts": "sc:Text",
}

#: Words of the Croissant vocabulary that mean cr:<word>.
_WORDS = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{word: f"cr:{word}" for word in _WORDS},
}


def describe(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the content of croissant.json for a manifest."""
    made_at = datapackage.made_at(manifest)
    version = f"{manifest['versions']['roofhouse']}+{manifest['build_id']}"
    sources = licences.in_build(manifest)
    marts = list(datapackage.marts(manifest))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "roofhouse",
        "alternateName": datapackage.TITLE,
        "description": datapackage.DESCRIPTION,
        "version": version,
        **({"datePublished": made_at} if made_at else {}),
        "license": _one_or_list(_licenses(sources)),
        "creator": {"@type": "sc:Organization", "name": "roofhouse"},
        "creditText": manifest["attribution"],
        "isBasedOn": _one_or_list([_source(one) for one in sources]),
        "citeAs": _bibtex(version, made_at, manifest["attribution"]),
        "keywords": datapackage.KEYWORDS,
        "distribution": [_file(entry, mart) for entry, mart in marts],
        "recordSet": [_record_set(manifest, entry, mart) for entry, mart in marts],
    }


def _one_or_list(found: list[Any]) -> Any:
    """Return a single value without its list, as JSON-LD writes it."""
    return found[0] if len(found) == 1 else found


def _licenses(sources: list[dict[str, Any]]) -> list[Any]:
    """Return the URL of each licence, or its words if SPDX does not list it."""
    found: dict[str, Any] = {}
    for source in sources:
        for name in licences.ids(source):
            words = {"@type": "sc:CreativeWork", "name": f"{source['name']}: "}
            words["name"] += licences.words(source)
            address = licences.page(name)
            found.setdefault(address or words["name"], address or words)
    return [found[key] for key in sorted(found)]


def _source(source: dict[str, Any]) -> dict[str, Any]:
    """Return a source as a work that the dataset is based on."""
    pages = [licences.page(name) for name in licences.ids(source)]
    about = {
        "@type": "sc:CreativeWork",
        "name": source["name"],
        "url": source["url"],
        "license": _one_or_list([one for one in pages if one]) or licences.words(source),
        "creditText": source["attribution"],
        "citation": source["citation"],
    }
    return {name: value for name, value in about.items() if value}


def _bibtex(version: str, made_at: str | None, attribution: str) -> str:
    """Return a BibTeX entry; a brace in the text would end one of its fields."""
    note = attribution.replace("{", "(").replace("}", ")")
    year = f"year = {{{made_at[:4]}}}, " if made_at else ""
    return (
        f"@misc{{roofhouse, title = {{{datapackage.TITLE}}}, {year}"
        f"version = {{{version}}}, note = {{{note}}}}}"
    )


def _file(entry: dict[str, Any], mart: type[Contract]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": entry["file"],
        "name": entry["file"],
        "description": contracts.describe(mart),
        "contentUrl": entry["file"],
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": _PARQUET,
        "sha256": entry["sha256"],
    }


def _record_set(
    manifest: dict[str, Any], entry: dict[str, Any], mart: type[Contract]
) -> dict[str, Any]:
    name = contracts.table_name(mart)
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": contracts.describe(mart),
        "key": [{"@id": f"{name}/{column}"} for column in table_of(mart).grain],
        "field": [_field(manifest, entry, mart, column) for column in columns(mart)],
    }


def _field(
    manifest: dict[str, Any], entry: dict[str, Any], mart: type[Contract], column: Column
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{contracts.table_name(mart)}/{column.name}",
        "name": column.name,
        "description": summary(mart, column),
        "dataType": _TYPES[column.kind],
        "source": {
            "fileObject": {"@id": entry["file"]},
            "extract": {"column": column.name},
        },
    }
    if column.kind == "texts":
        found |= {"isArray": True, "arrayShape": "-1"}
    if target := datapackage.referenced(manifest, column):
        found["references"] = {"field": {"@id": "/".join(target)}}
    return found
