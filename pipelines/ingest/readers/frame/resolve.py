"""The names of a run as ids and entities of the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pipelines.catalog import Catalog, EntityKind, UnresolvedName
from pipelines.errors import RoofhouseError
from pipelines.ingest.readers.frame import identity
from pipelines.ingest.readers.frame.records import Lack
from pipelines.ingest.readers.frame.run import Run
from pipelines.ingest.sidecar.said import Said

#: What a kind of the catalog is called under `resolved`, and the sidecar's key for it.
_ENTITY: dict[EntityKind, str] = {
    "hardware": "hardware",
    "model": "model",
    "engine": "engine",
    "quant": "quantization",
}
_KEY: dict[EntityKind, str] = {**_ENTITY, "engine": "engine.id"}


@dataclass
class Resolved:
    """Ids, entities and names of a run by kind of the catalog, and what is lacking."""

    ids: dict[str, str] = field(default_factory=dict)
    entities: dict[str, Any] = field(default_factory=dict)
    as_reported: dict[str, str | None] = field(default_factory=dict)
    kv_cache_bits: int | None = None
    lacks: list[Lack] = field(default_factory=list)


def resolve(
    run: Run, said: Said, format: str, catalog: Catalog, beside: Mapping[str, bytes]
) -> Resolved:
    """Look up hardware, model, engine, quantization and KV-cache type of a run.

    `beside` are the files beside the result, by path; a `model_config` may be one of them.
    """
    found = Resolved()
    names: dict[EntityKind, tuple[str | None, str | None]] = {
        "hardware": (said.hardware, run.hardware),
        "model": (said.model, run.model),
        "engine": (said.engine_id, run.engine),
        "quant": (said.quantization, run.quantization),
    }
    for kind, (told, written) in names.items():
        found.as_reported[kind] = written or told
        if kind == "hardware" and run.hardware_as_reported:
            found.as_reported[kind] = run.hardware_as_reported
        try:
            if kind == "model" and said.model_config:
                _configured(found, said.model_config, catalog, beside)
            elif name := told or written:
                aliases = said.aliases.get(_ENTITY[kind], {})
                found.ids[kind] = catalog.resolve(kind, name, format=format, aliases=aliases)
                found.entities[_ENTITY[kind]] = catalog.entity(kind, found.ids[kind])
            else:
                found.lacks.append(Lack(_KEY[kind]))
        except UnresolvedName as error:
            found.lacks.append(Lack(_KEY[kind], str(error), error.candidates))
        except RoofhouseError as error:
            found.lacks.append(Lack("model_config", str(error)))
    if run.bits_per_weight and "quantization" in found.entities:
        found.entities["quantization"]["bits_per_weight"] = run.bits_per_weight
    _resolve_kv_cache(found, run, said, catalog)
    return found


def _configured(found: Resolved, name: str, catalog: Catalog, beside: Mapping[str, bytes]) -> None:
    """Take the model from a config.json beside the sidecar or under the catalog.

    Its id is the file's stem; of one that is called config.json, its folder or the name in it.
    """
    path = PurePosixPath(name)
    where = f"`model_config` {name}"
    if path.is_absolute() or ".." in path.parts:
        raise RoofhouseError(f"{where}: not a path beside the sidecar or under the catalog")
    try:
        content = beside[name] if name in beside else (catalog.folder / path).read_bytes()
        config = json.loads(content)
    except OSError as error:
        raise RoofhouseError(f"{where}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise RoofhouseError(f"{where}: not JSON") from None
    if not isinstance(config, dict):
        raise RoofhouseError(f"{where}: not a model's config.json")
    stem = path.name.removesuffix(".json").removesuffix(".config")
    if path.name == "config.json":
        stem = path.parent.name or str(config.get("_name_or_path") or stem).rsplit("/", 1)[-1]
    model_id = identity.slug(stem)
    if not model_id:
        raise RoofhouseError(f"{where}: the name of the file makes no id; use a to z")
    found.entities["model"] = catalog.model_from_config(config, id=model_id)
    found.ids["model"] = model_id


def _resolve_kv_cache(found: Resolved, run: Run, said: Said, catalog: Catalog) -> None:
    """Set the bits of the KV cache; a type that a tool names and nobody knows is not known."""
    found.kv_cache_bits = catalog.kv_bits(said.kv_cache_dtype or run.kv_cache_dtype)
    told = said.kv_cache_dtype
    if told and found.kv_cache_bits is None and told.lower() != "auto":
        reason = (
            f"the catalog knows no KV-cache type `{told}`; say one such as fp8 or bf16, or auto"
        )
        found.lacks.append(Lack("kv_cache_dtype", reason))
