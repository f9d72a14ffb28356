"""The stack of a run: what the servers of a report have in common.

A name is taken where all servers that have one agree. Several kinds of card, several models,
engines or quantizations reject the record, unless the sidecar says which one it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from pipelines.catalog import Catalog, EntityKind, UnresolvedName
from pipelines.catalog.names import fold
from pipelines.ingest.readers.frame import Fields, Lack, Run, UnusableError
from pipelines.ingest.readers.llmd_report.stack import PARALLEL, Stack
from pipelines.ingest.sidecar import Said

_T = TypeVar("_T")

#: Kinds of the catalog by the sidecar's key.
_KINDS: dict[str, EntityKind] = {
    "hardware": "hardware",
    "model": "model",
    "engine.id": "engine",
    "quantization": "quant",
}


def set_deployment(run: Run, stack: Stack, said: Said, catalog: Catalog, format: str) -> None:
    """Set hardware, cards, engine, model and what the servers' arguments say.

    Raises UnusableError if the servers are of several kinds.
    """
    _set_names(run, stack, said, catalog, format)
    engines = stack.engines
    run.engine_version = _agreed(one.version for one in engines)
    run.card_count = _sum(one.cards for one in engines) or None
    roles = {one.role for one in engines}
    if roles == {"prefill", "decode"}:
        run.prefill_cards = _sum(one.cards for one in engines if one.role == "prefill")
        run.decode_cards = _sum(one.cards for one in engines if one.role == "decode")
        run.is_disaggregated = True
    else:
        run.replicas = _sum(one.replicas for one in engines)
    for name in PARALLEL:
        setattr(run, name, _agreed(one.parallel[name] for one in engines))
    run.kv_cache_dtype = _agreed(_text(one.arguments, "kv-cache-dtype") for one in engines)
    run.prefix_caching = _agreed(_prefix_caching(one.arguments) for one in engines)
    methods = {_speculative_method(one.arguments) for one in engines} - {None}
    if methods:
        run.speculation, run.speculative_method = True, _agreed(methods) or None
    cards = _sum(cards for cards, _ in stack.power)
    if cards and cards == run.card_count:
        run.power_per_card_w = sum((one or 0) * watts for one, watts in stack.power) / cards


def _set_names(run: Run, stack: Stack, said: Said, catalog: Catalog, format: str) -> None:
    """Set the names that the catalog resolves, each if all parts agree on what it means."""
    engines = stack.engines
    quantizations = [_text(one.arguments, "quantization") for one in engines]
    if stack.quantization:
        quantizations = [stack.quantization]
    lacks: list[Lack] = []

    def meaning(key: str, name: str) -> str:
        aliases = said.aliases.get(key, {})
        try:
            return catalog.resolve(_KINDS[key], name, format=format, aliases=aliases)
        except UnresolvedName:
            return fold(name)

    def one_kind(key: str, word: str, names: Iterable[str | None], told: str | None) -> str | None:
        kinds: dict[str, str] = {}
        for name in names:
            if name:
                kinds.setdefault(meaning(key, name), name)
        if len(kinds) == 1:
            return next(iter(kinds.values()))
        if kinds and not told:
            several = ", ".join(sorted(kinds.values()))
            lacks.append(
                Lack(key, f"several {word}: {several}; if they are one, say it as `{key}`")
            )
        return None

    run.hardware = one_kind(
        "hardware", "kinds of card", (one.hardware for one in engines), said.hardware
    )
    run.model = one_kind(
        "model", "models", (one.model for one in engines), said.model or said.model_config
    )
    run.engine = one_kind("engine.id", "engines", (one.tool for one in engines), said.engine_id)
    run.quantization = one_kind("quantization", "quantizations", quantizations, said.quantization)
    if lacks:
        raise UnusableError.lacking(*lacks)


def _agreed(values: Iterable[_T | None]) -> _T | None:
    """Return the one value of all servers that say it, None where they say several."""
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def _sum(counts: Iterable[int | None]) -> int | None:
    """Return the sum, None if there is none or one of them is not known."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if known and len(known) == len(found) else None


def _argument(arguments: Fields, name: str) -> str | None:
    """Return an argument's name as it is written: with dashes or without, with `_` or `-`."""
    written = (key for key in arguments.value if key.lstrip("-").replace("_", "-") == name)
    return next(written, None)


def _text(arguments: Fields, name: str) -> str | None:
    key = _argument(arguments, name)
    return arguments.text(key) if key else None


def _switch(arguments: Fields, name: str) -> bool:
    """Return whether a switch is there; its value may be null, true or nothing."""
    key = _argument(arguments, name)
    return key is not None and str(arguments.get(key)).strip().lower() in ("none", "true", "")


def _prefix_caching(arguments: Fields) -> bool | None:
    if any(_switch(arguments, off) for off in ("no-enable-prefix-caching", "disable-radix-cache")):
        return False
    return True if _switch(arguments, "enable-prefix-caching") else None


def _speculative_method(arguments: Fields) -> str | None:
    """Return the method of vLLM's or SGLang's arguments, "" if it is on without one."""
    if method := _text(arguments, "speculative-algorithm"):
        return method
    key = _argument(arguments, "speculative-config")
    if key is None or not arguments.has(key):
        return None
    config = arguments.part(key)
    if text := arguments.text(key):
        try:
            config = Fields(json.loads(text))
        except (ValueError, RecursionError):
            return ""
    return config.text("method") or ""
