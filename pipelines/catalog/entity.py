"""An entry of the catalog in the shape of the feed: what a reader puts under `resolved`.

A figure is `{value, evidence_ref}`; the reference names an item of the entity's `evidence`,
one for each source of the figure's block. An unsourced figure has no reference. What the
catalog does not know is left out, lists of supported engines and quantizations among it:
an absent list claims nothing, an empty one would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pipelines.catalog.entries import (
    Architecture,
    Block,
    Engine,
    Hardware,
    Model,
    Quantization,
    Source,
)
from pipelines.catalog.names import is_scoped

#: The kinds that the feed has: a workload is no part of it.
EntityKind = Literal["hardware", "model", "engine", "quant"]

#: Workload of every model of the catalog, as the feed calls it.
_LANGUAGE_MODEL = {"domain": "llm", "workload_kind": "autoregressive-decode"}


def entity(
    kind: EntityKind,
    id: str,  # noqa: A002 - it is the id
    entry: Any,
    sources: Mapping[str, Source],
) -> dict[str, Any]:
    """Return an entry as the feed writes it, with keys in a fixed order."""
    if kind == "hardware":
        return _hardware(id, entry, sources)
    if kind == "model":
        return _model(id, entry)
    if kind == "engine":
        return _engine(id, entry)
    return _quantization(id, entry)


def architecture(facts: Architecture) -> dict[str, Any]:
    """Return the dimensions of a model, without those that it does not have."""
    return facts.model_dump(exclude_none=True)


def _hardware(id: str, entry: Hardware, sources: Mapping[str, Source]) -> dict[str, Any]:  # noqa: A002
    found = _given({"id": id, "name": entry.name, "vendor": entry.vendor})
    found |= _given({"form_factor": entry.form_factor, "release_year": entry.release_year})
    peaks = entry.compute.model_dump(exclude={"sources", "note"}, exclude_none=True)
    found["compute"] = {name: _figure(value, entry.compute) for name, value in peaks.items()}
    memory = entry.memory
    found["memory"] = {
        "capacity_gb": _figure(memory.capacity_gb, memory),
        "bandwidth_gbps": _figure(memory.bandwidth_gb_s, memory),
        **_given({"type": memory.type, "bytes_reported": memory.bytes_reported}),
    }
    if scale_up := entry.scale_up:
        found["scale_up"] = _given(
            {
                "protocol": scale_up.protocol,
                "bandwidth_gbps": scale_up.bandwidth_gb_s,
                "world_size": scale_up.world_size,
            }
        )
    if entry.power:
        found["power"] = {"tdp_w": _figure(entry.power.tdp_w, entry.power)}
    found["aliases"] = [alias for alias in entry.aliases if not is_scoped(alias)]
    blocks = [entry.compute, entry.memory, entry.scale_up, entry.power]
    used = dict.fromkeys(key for block in blocks if block for key in block.sources or ())
    found["evidence"] = [_evidence(key, sources[key]) for key in used]
    if notes := _notes(entry, blocks):
        found["disclaimers"] = notes
    return found


def _model(id: str, entry: Model) -> dict[str, Any]:  # noqa: A002
    return {
        "id": id,
        "name": entry.name,
        **_LANGUAGE_MODEL,
        "architecture": architecture(entry.architecture),
    }


def _engine(id: str, entry: Engine) -> dict[str, Any]:  # noqa: A002
    return _given({"id": id, "name": entry.name, "notes": entry.note})


def _quantization(id: str, entry: Quantization) -> dict[str, Any]:  # noqa: A002
    return _given(
        {
            "id": id,
            "name": entry.name,
            "bits_per_weight": entry.bits_per_weight,
            "bits_per_activation": entry.bits_per_activation,
            "family": entry.family,
            "description": entry.note,
        }
    )


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _figure(value: float, block: Block) -> dict[str, Any]:
    """A value with a reference to the first source of its block."""
    return {"value": value} | ({"evidence_ref": block.sources[0]} if block.sources else {})


def _evidence(key: str, source: Source) -> dict[str, Any]:
    return _given(
        {
            "id": key,
            "tier": source.tier,
            "source_type": source.kind,
            "url": source.url,
            "citation": source.citation,
        }
    )


def _notes(entry: Hardware, blocks: Iterable[Block | None]) -> list[str]:
    return [note for part in (entry, *blocks) if part and (note := part.note)]
