"""The keys of a sidecar: how each is written, and what an error says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from pipelines.contracts.star.dim_evidence import TIERS
from pipelines.errors import RoofhouseError
from pipelines.ingest.sidecar.said import NOTHING, PrefixCaching, Said, Speculation
from pipelines.ingest.strict_json import explain_yaml, keys_twice, load_yaml, spell
from pipelines.ingest.unicode_form import normal_form

_ON, _OFF = ("on", "true", "yes"), ("off", "false", "no")
_ALIAS_KINDS = ("hardware", "model", "quantization")
#: Checked by its form only: which zones there are depends on the machine.
_ZONE = re.compile(r"UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2}|[+-][0-9]{2}:[0-9]{2}")


class _ValueError(Exception):
    """A value that its key does not take; the message says what it takes."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _ValueError("a text; quote it if it looks like a number")
    return value.strip()


def _version(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise _ValueError('a text in quotes, as in version: "0.10": unquoted it is a number')
    return _text(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _ValueError("a whole number of 1 or more")
    return value


def _length(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise _ValueError("a number of tokens")
    return value


def _switch(value: object) -> bool:
    """Return on or off; YAML takes the unquoted words for booleans."""
    word = str(value).strip().lower()
    if word in _ON or word in _OFF:
        return word in _ON
    raise _ValueError('"on" or "off"')


def _prefix_caching(value: object) -> PrefixCaching:
    if not isinstance(value, dict):
        try:
            return PrefixCaching(_switch(value))
        except _ValueError:
            raise _ValueError('"on", "off" or {hit_rate: 0.97}') from None
    rate = value.get("hit_rate")
    good = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1
    if set(value) != {"hit_rate"} or not good:
        raise _ValueError('"on", "off" or {hit_rate: } with a share from 0 to 1')
    return PrefixCaching(True, rate)


def _speculation(value: object) -> Speculation:
    if isinstance(value, dict) and value and set(value) <= {"method", "tokens"}:
        method, tokens = value.get("method"), value.get("tokens")
        if method is not None and _text(method).lower() == "none":
            return Speculation(False)
        return Speculation(
            True,
            None if method is None else _text(method),
            None if tokens is None else _count(tokens),
        )
    if isinstance(value, str | bool) and str(value).strip():
        word = str(value).strip()
        if word.lower() in (*_OFF, "none"):
            return Speculation(False)
        return Speculation(True, None if word.lower() in _ON else word)
    raise _ValueError("none, a method, or {method: eagle3, tokens: 3}")


def _one_of(*words: str) -> Callable[[object], str]:
    def parse_word(value: object) -> str:
        if value not in words:
            raise _ValueError(f"one of {', '.join(words)}")
        return str(value)

    return parse_word


def _timezone(value: object) -> str:
    name = _text(value)
    if not _ZONE.fullmatch(name):
        raise _ValueError("a time zone such as UTC, Europe/Berlin or +02:00")
    return name


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _ValueError("a list of names of fields")
    return tuple(_text(name) for name in value)


def _aliases(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _ValueError("an object of names and ids, as in {H100: h100-sxm5}")
    return {name: _text(one) for name, one in value.items() if one is not None}


#: Attribute of Said and parser, by the key's path.
KEYS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "hardware": ("hardware", _text),
    "cards": ("cards", _count),
    "nodes": ("nodes", _count),
    "model": ("model", _text),
    "model_config": ("model_config", _text),
    "engine.id": ("engine_id", _text),
    "engine.version": ("engine_version", _version),
    "quantization": ("quantization", _text),
    "kv_cache_dtype": ("kv_cache_dtype", _text),
    "parallel.tp": ("tp", _count),
    "parallel.pp": ("pp", _count),
    "parallel.dp": ("dp", _count),
    "parallel.ep": ("ep", _count),
    "parallel.attention_dp": ("attention_dp", _switch),
    "parallel.replicas": ("replicas", _count),
    "disaggregated.prefill_cards": ("prefill_cards", _count),
    "disaggregated.decode_cards": ("decode_cards", _count),
    "prefix_caching": ("prefix_caching", _prefix_caching),
    "speculative": ("speculative", _speculation),
    "concurrency": ("concurrency", _count),
    "lengths.prefill": ("prefill_length", _length),
    "lengths.decode": ("decode_length", _length),
    "power.scope": ("power_scope", _one_of("card", "node", "system")),
    "power.basis": ("power_basis", _one_of("mean", "peak", "limit")),
    **{f"aliases.{kind}": (f"aliases.{kind}", _aliases) for kind in _ALIAS_KINDS},
    "contributor.name": ("contributor_name", _text),
    "contributor.attestation": ("contributor_attestation", _text),
    "evidence_tier": ("evidence_tier", _one_of(*TIERS)),
    "timezone": ("timezone", _timezone),
    "dataset": ("dataset", _text),
    "redact": ("redact", _names),
}
_GROUPS = {key.split(".")[0] for key in KEYS if "." in key}


def parse(content: bytes | str, where: str) -> Said:
    """Return what the text of a sidecar says; an empty value is not said.

    Raises RoofhouseError that begins with `where` and names the line or the key.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        values = load_yaml(normal_form(text))
        twice = keys_twice(values)
    except UnicodeDecodeError as error:
        raise RoofhouseError(f"{where}: byte {error.start}: not UTF-8") from None
    except yaml.YAMLError as error:
        raise RoofhouseError(f"{where}: not YAML: {explain_yaml(error)}") from None
    except RecursionError:
        raise RoofhouseError(f"{where}: nested too deeply") from None
    if twice:
        raise RoofhouseError(f"{where}: the key `{spell(twice[0][1:])}` appears twice")
    if len(values) > 1:
        raise RoofhouseError(f"{where}: {len(values)} documents; a sidecar is one")
    value = values[0] if values else None
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise RoofhouseError(f"{where}: not a sidecar: expected keys such as `hardware: h100-sxm5`")
    return parse_mapping(value, where)


def parse_mapping(values: Mapping[str, Any], where: str) -> Said:
    """Return what these keys of a sidecar say; as `parse`, but of values."""
    said: dict[str, Any] = {}
    for key, value in _flat(values, where):
        attribute, parser = KEYS[key]
        try:
            parsed = parser(value)
        except _ValueError as error:
            raise RoofhouseError(f"{where}: `{key}` is {value!r}; expected {error}") from None
        group, _, kind = attribute.partition(".")
        if kind:
            said.setdefault(group, {})[kind] = parsed
        else:
            said[attribute] = parsed
    if "model" in said and "model_config" in said:
        raise RoofhouseError(f"{where}: `model` and `model_config` are alternatives; give one")
    return Said(**said)


def _flat(values: Mapping[str, Any], where: str) -> list[tuple[str, Any]]:
    """Return the keys with dots and their values; unknown ones are an error."""
    found = []
    dotted = {key for key in values if "." in key}
    for key, value in values.items():
        if key in _GROUPS:
            if value is None:
                continue
            if not isinstance(value, dict):
                inner = ", ".join(k.split(".")[1] for k in KEYS if k.startswith(f"{key}."))
                raise RoofhouseError(
                    f"{where}: `{key}` is {value!r}; expected an object with {inner}"
                )
            found += [(f"{key}.{name}", inner) for name, inner in value.items()]
        else:
            found.append((key, value))
    for key, _ in found:
        if key not in KEYS or key in dotted:
            near = [] if key in dotted else difflib.get_close_matches(key, [*KEYS, *_GROUPS], n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(_top())}"
            raise RoofhouseError(f"{where}: unknown key `{key}`; {hint}")
    return [(key, value) for key, value in found if value is not None]


def _top() -> list[str]:
    return list(dict.fromkeys(key.split(".")[0] for key in KEYS))
