"""The keys of a sidecar, and the merging of several."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Speculation:
    """Speculative decoding: off, or on with what is known of it."""

    enabled: bool
    method: str | None = None
    tokens: int | None = None


@dataclass(frozen=True)
class PrefixCaching:
    """Prefix caching: off, or on with the share of prompt tokens found in the cache."""

    enabled: bool
    hit_rate: float | None = None


@dataclass(frozen=True)
class Said:
    """The values of a sidecar; None if not given."""

    hardware: str | None = None
    cards: int | None = None
    nodes: int | None = None
    model: str | None = None
    model_config: str | None = None
    engine_id: str | None = None
    engine_version: str | None = None
    quantization: str | None = None
    kv_cache_dtype: str | None = None
    tp: int | None = None
    pp: int | None = None
    dp: int | None = None
    ep: int | None = None
    attention_dp: bool | None = None
    replicas: int | None = None
    prefill_cards: int | None = None
    decode_cards: int | None = None
    prefix_caching: PrefixCaching | None = None
    speculative: Speculation | None = None
    concurrency: int | None = None
    prefill_length: float | None = None
    decode_length: float | None = None
    power_scope: str | None = None
    power_basis: str | None = None
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Ids by kind (hardware, model, quantization) and name."""
    contributor_name: str | None = None
    contributor_attestation: str | None = None
    evidence_tier: str | None = None
    timezone: str | None = None
    dataset: str | None = None
    redact: tuple[str, ...] = ()
    """Names of fields that are kept out of everything published."""


NOTHING = Said()
#: Two ways to say one thing: who says one later takes the other back.
_ALTERNATIVES = {"model": "model_config", "model_config": "model"}


def merge(*layers: Said) -> Said:
    """Return the merged values of several sidecars; later ones win, key by key.

    Aliases accumulate, and a field that one sidecar redacts stays redacted.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        for one in dataclasses.fields(Said):
            value = getattr(layer, one.name)
            if value is None:
                continue
            if one.name == "aliases":
                before = values.get("aliases", {})
                value = {
                    kind: {**before.get(kind, {}), **value.get(kind, {})}
                    for kind in sorted({*before, *value})
                }
            elif one.name == "redact":
                value = tuple(sorted({*values.get("redact", ()), *value}))
            values.pop(_ALTERNATIVES.get(one.name, ""), None)
            values[one.name] = value
    return Said(**values)
