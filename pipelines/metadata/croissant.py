"""croissant.json: the published marts as a Croissant 1.1 dataset (JSON-LD), from the contracts."""

from __future__ import annotations

from typing import Any

from pipelines import contracts
from pipelines.contracts import Column, Contract, columns, table_of
from pipelines.contracts.render import summary
from pipelines.metadata import datapackage

NAME = "croissant.json"

#: The registered media type, and the one by which mlcroissant recognizes Parquet.
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
    marts = list(datapackage.marts(manifest))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "roofhouse",
        "alternateName": datapackage.TITLE,
        "description": datapackage.DESCRIPTION,
        "version": version,
        "datePublished": made_at,
        "license": datapackage.license_url(manifest),
        "creator": {"@type": "sc:Organization", "name": "roofhouse"},
        "isBasedOn": datapackage.source_url(manifest),
        "citeAs": (
            f"@misc{{roofhouse, title = {{{datapackage.TITLE}}}, year = {{{made_at[:4]}}}, "
            f"version = {{{version}}}, note = {{{manifest['attribution']}}}}}"
        ),
        "keywords": datapackage.KEYWORDS,
        "distribution": [_file(entry, mart) for entry, mart in marts],
        "recordSet": [_record_set(manifest, entry, mart) for entry, mart in marts],
    }


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
