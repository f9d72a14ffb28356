"""The catalog folder: five YAML files, read strictly, and a fingerprint of what they say."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.catalog.catalog import Catalog
from pipelines.catalog.entries import (
    EngineFile,
    File,
    HardwareFile,
    Kind,
    ModelFile,
    QuantFile,
    WorkloadFile,
)
from pipelines.catalog.names import Index, fold
from pipelines.errors import RoofhouseError
from pipelines.settings import CATALOG_DIR

#: The file of each kind: its name, its model, and the key that holds its entries.
FILES: dict[Kind, tuple[str, type[File], str]] = {
    "hardware": ("hardware.yml", HardwareFile, "hardware"),
    "model": ("model.yml", ModelFile, "models"),
    "engine": ("engine.yml", EngineFile, "engines"),
    "quant": ("quant.yml", QuantFile, "quantizations"),
    "workload": ("workload.yml", WorkloadFile, "workloads"),
}
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE):  # type: ignore[misc]
    """The safe loader; a key that appears twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, dict | list):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} is there twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def load(folder: Path = CATALOG_DIR) -> Catalog:
    """Return the catalog of a folder; reading the same content again costs only the reading.

    Raises RoofhouseError that names file, entry and key of the first thing wrong.
    """
    contents = []
    for name, _, _ in FILES.values():
        try:
            contents.append((folder / name).read_bytes())
        except OSError as error:
            raise RoofhouseError(f"{folder / name}: cannot be read: {error.strerror}") from None
    return _parse(folder, tuple(contents))


@lru_cache(maxsize=4)
def _parse(folder: Path, contents: tuple[bytes, ...]) -> Catalog:
    raw: dict[Kind, dict[str, Any]] = {}
    files: dict[Kind, Any] = {}
    for (kind, (name, model, key)), content in zip(FILES.items(), contents, strict=True):
        path = folder / name
        document = _read(path, content)
        try:
            files[kind] = model.model_validate(document)
        except ValidationError as error:
            raise RoofhouseError(f"{path}: {_explain(error, model, key)}") from None
        raw[kind] = document
        _check_sources(path, document)
        _check_ids(path, kind, _names(kind, files[kind], key))
    _check_references(folder, files)
    canonical = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Catalog(
        folder=folder,
        raw={kind: raw[kind][key] for kind, (_, _, key) in FILES.items()},
        sources={kind: files[kind].sources for kind in FILES},
        entries={kind: getattr(files[kind], key) for kind, (_, _, key) in FILES.items()},
        kv_cache_bits=files["quant"].kv_cache_bits,
        fingerprint=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _read(path: Path, content: bytes) -> Any:
    """Parse YAML; a syntax error names its line."""
    try:
        return yaml.load(content.decode("utf-8"), _Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise RoofhouseError(f"{where}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RoofhouseError(f"{path}: not YAML in UTF-8: {error}") from None


def _explain(error: ValidationError, model: type[File], key: str) -> str:
    """Return entry, key and problem of one error; an unknown key first, with the nearest known one.

    A missing key is often a misspelled one.
    """
    errors = error.errors()
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place = [part for part in first["loc"] if part != "[key]"]
    path = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        unknown = str(place[-1])
        keys = _keys(model.model_json_schema(by_alias=True), place[:-1])
        near = difflib.get_close_matches(unknown, keys, n=1, cutoff=0.5)
        return f"{path}: unknown key; " + (f"nearest: {near[0]}" if near else _listed(keys))
    if first["type"] == "missing" and place == [key]:
        return f"{key}: is missing: the entries stand under it"
    words = re.sub(r"^Value error, ", "", first["msg"])
    return f"{path or 'the file'}: {words[:1].lower()}{words[1:]}"


def _listed(keys: list[str]) -> str:
    return f"one of {', '.join(keys)}" if keys else "none is allowed here"


def _keys(schema: dict[str, Any], place: list[int | str]) -> list[str]:
    """Return the keys that a JSON schema allows at a place."""
    definitions = schema.get("$defs", {})
    nodes = [schema]
    for part in place:
        nodes = [
            inner
            for node in nodes
            for option in _options(node, definitions)
            for inner in (
                option.get("properties", {}).get(part),
                *option.get("patternProperties", {}).values(),
                option.get("additionalProperties"),
                option.get("items"),
            )
            if isinstance(inner, dict)
        ]
    found = (
        option.get("properties", {}) for node in nodes for option in _options(node, definitions)
    )
    return sorted({name for properties in found for name in properties})


def _options(node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema that a node stands for, references and alternatives followed."""
    if "$ref" in node:
        yield from _options(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
        return
    yield node
    for option in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _options(option, definitions)


def _check_sources(path: Path, document: dict[str, Any]) -> None:
    """Every source that an entry names stands in the file's table of sources."""
    sources = document.get("sources", {})
    for place, named in _named_sources(document, ""):
        if named not in sources:
            near = difflib.get_close_matches(named, sources, n=1, cutoff=0.5)
            hint = f"; nearest: {near[0]}" if near else ""
            raise RoofhouseError(
                f"{path}: {place}: the source {named!r} is not under `sources`{hint}"
            )


def _named_sources(node: Any, place: str) -> Iterator[tuple[str, str]]:
    """(place, key) of every source that is named below a node."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        inner = f"{place}.{name}" if place else str(name)
        if name == "from" or str(name).endswith("_from"):
            named = value.get("source") if isinstance(value, dict) else value
            for one in [named] if isinstance(named, str) else named or []:
                yield inner, one
        elif name != "sources":
            yield from _named_sources(value, inner)


def _names(kind: Kind, file: Any, key: str) -> list[tuple[str, str]]:
    """(id, name) of everything that an entry is called."""
    return [
        (entry, name)
        for entry, facts in getattr(file, key).items()
        for name in (entry, getattr(facts, "name", entry), *facts.aliases)
    ]


def _check_ids(path: Path, kind: Kind, names: list[tuple[str, str]]) -> None:
    """An id means its own entry only; otherwise nothing could name that entry."""
    index = Index(kind, names)
    for entry, name in names:
        if not fold(name):
            raise RoofhouseError(f"{path}: {entry}: the name {name!r} has no letter or digit")
    for entry in dict(names):
        others = [other for other in index.ids(entry) if other != entry]
        if others:
            raise RoofhouseError(
                f"{path}: {others[0]}: one of its names is the id of the entry {entry}"
            )


def _check_references(folder: Path, files: dict[Kind, Any]) -> None:
    """A native quantization and a workload's model are entries of the catalog."""
    for entry, model in files["model"].models.items():
        _check_reference(
            folder / "model.yml",
            f"models.{entry}.native_quantization",
            model.native_quantization,
            files["quant"].quantizations,
        )
    for entry, workload in files["workload"].workloads.items():
        _check_reference(
            folder / "workload.yml",
            f"workloads.{entry}.model",
            workload.model,
            files["model"].models,
        )


def _check_reference(path: Path, place: str, named: str | None, known: dict[str, Any]) -> None:
    if named is not None and named not in known:
        near = difflib.get_close_matches(named, known, n=1, cutoff=0.5)
        hint = f"; nearest: {near[0]}" if near else ""
        raise RoofhouseError(f"{path}: {place}: no entry {named!r}{hint}")
