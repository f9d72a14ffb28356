"""The names of a run as ids and entities of the catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pipelines.catalog import Catalog, UnresolvedName
from pipelines.errors import RoofhouseError
from pipelines.ingest.readers.frame import identity
from pipelines.ingest.readers.frame.records import Lack
from pipelines.ingest.readers.frame.run import Run
from pipelines.ingest.sidecar.said import Said

#: What a kind of the catalog is called under `resolved`, and the sidecar's key for it.
_ENTITY = {"hardware": "hardware", "model": "model", "engine": "engine", "quant": "quantization"}
_KEY = {**_ENTITY, "engine": "engine.id"}


@dataclass
class Resolved:
    """Ids, entities and names of a run by kind of the catalog, and what is lacking."""

    ids: dict[str, str] = field(default_factory=dict)
    entities: dict[str, Any] = field(default_factory=dict)
    as_reported: dict[str, str | None] = field(default_factory=dict)
    kv_cache_bits: int | None = None
    lacks: list[Lack] = field(default_factory=list)


def resolve(run: Run, said: Said, format: str, catalog: Catalog) -> Resolved:
    """Look up hardware, model, engine, quantization and KV-cache type of a run."""
    found = Resolved()
    names = {
        "hardware": (said.hardware, run.hardware),
        "model": (said.model, run.model),
        "engine": (said.engine_id, run.engine),
        "quant": (said.quantization, run.quantization),
    }
    for kind, (told, written) in names.items():
        found.as_reported[kind] = written or told
        if kind == "model" and said.model_config:
            _attempt(found, kind, lambda: _configured(found, said.model_config or "", catalog))
        elif name := told or written:
            _attempt(found, kind, lambda: _named(found, kind, name, said, format, catalog))  # noqa: B023 - called at once
        else:
            found.lacks.append(Lack(_KEY[kind]))
    if run.bits_per_weight and "quantization" in found.entities:
        found.entities["quantization"]["bits_per_weight"] = run.bits_per_weight
    _resolve_kv_cache(found, run, said, catalog)
    return found


def _attempt(found: Resolved, kind: str, look_up: Callable[[], None]) -> None:
    try:
        look_up()
    except UnresolvedName as error:
        found.lacks.append(Lack(_KEY[kind], str(error), error.candidates))
    except RoofhouseError as error:
        found.lacks.append(Lack("model_config", str(error)))


def _named(
    found: Resolved, kind: Any, name: str, said: Said, format: str, catalog: Catalog
) -> None:
    aliases = said.aliases.get(_ENTITY[kind], {})
    found.ids[kind] = catalog.resolve(kind, name, format=format, aliases=aliases)
    found.entities[_ENTITY[kind]] = catalog.entity(kind, found.ids[kind])


def _configured(found: Resolved, name: str, catalog: Catalog) -> None:
    """Take the model from a config.json under the catalog; its id is the file's stem."""
    relative = PurePosixPath(name)
    path = catalog.folder / relative
    if relative.is_absolute() or ".." in relative.parts:
        raise RoofhouseError(f"`model_config` {name} is not a path under {catalog.folder}")
    try:
        config = json.loads(path.read_bytes())
    except OSError as error:
        raise RoofhouseError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise RoofhouseError(f"{path}: not JSON") from None
    if not isinstance(config, dict):
        raise RoofhouseError(f"{path}: not a model's config.json")
    model_id = identity.slug(relative.name.removesuffix(".json").removesuffix(".config"))
    if not model_id:
        raise RoofhouseError(f"`model_config` {name}: the name of the file makes no id; use a to z")
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
