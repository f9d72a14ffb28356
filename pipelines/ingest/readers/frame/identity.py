"""Ids of runs and keys of configurations: both follow from content alone."""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

from pipelines.ingest.strict_json import canonical

#: Characters of an id that is made here: a source's id and a hash may be added to it.
MAX_LENGTH = 140
_HEX = 12


def sha256(value: object) -> str:
    """Return the hash of a JSON value; the order of keys and blanks do not matter."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def slug(text: str) -> str:
    """Return a text as part of an id: lower case, everything else than a-z, 0-9 and . a hyphen."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")


def run_id(item: dict[str, Any], record_sha256: str) -> str:
    """Return the id of a run: what ran on what under which load, then when.

    `llama-3.3-70b-h100-sxm5-8-fp8-e4m3-c64-1024-512.20260901-101500`. The hash of the record
    replaces the time if that is not known.
    """
    stack, scenario = item["stack"], item.get("scenario", {})
    limit, rate = scenario.get("max_concurrent_requests"), scenario.get("request_rate_rps")
    parts = [
        stack["model"]["id"],
        stack["hardware"]["id"],
        str(stack["hardware"]["count"]),
        stack["quantization"],
        f"c{limit}" if limit else f"r{rate:g}" if rate else "",
        *(
            f"{scenario[name]:.0f}" if name in scenario else ""
            for name in ("prefill_seq_len", "decode_seq_len")
        ),
    ]
    time = re.sub(r"[^0-9t]", "", item.get("run", {}).get("at", "").lower()).replace("t", "-")
    name = slug("-".join(part for part in parts if part))
    return shorten(f"{name}.{time or record_sha256[:_HEX]}")


def shorten(name: str) -> str:
    """Return an id of at most MAX_LENGTH characters; a longer one ends in its hash."""
    if len(name) <= MAX_LENGTH:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HEX]
    return f"{name[: MAX_LENGTH - _HEX - 1].rstrip('-.')}.{digest}"


def configuration_key(item: dict[str, Any], load: str | None = None) -> str:
    """Return a hash of stack, scenario and the load's name, the same for all runs of them.

    The versions of the engine and of the driver are left out, so that the runs of a configuration
    can be followed over them. So are names as reported, and what was measured: the share of
    tokens found in a cache or accepted, and lengths where it is known which were asked for.
    Other lengths count to within 5 %: sampled outputs are never quite as long again.
    """
    left_out = ("driver", *(name for name in item["stack"] if name.endswith("_as_reported")))
    stack = {name: value for name, value in item["stack"].items() if name not in left_out}
    stack["engine"] = {k: v for k, v in stack.get("engine", {}).items() if k != "version"}
    for name in ("speculative", "prefix_caching"):
        measured = ("acceptance_length", "hit_rate")
        stack[name] = {k: v for k, v in stack.get(name, {}).items() if k not in measured}
    scenario = dict(item.get("scenario", {}))
    for name in ("prefill_seq_len", "decode_seq_len"):
        if f"stated_{name}" in scenario:
            scenario.pop(name, None)
        elif name in scenario and not scenario.get("lengths_are_nominal"):
            scenario[name] = _step(scenario[name])
    return sha256([stack, scenario, load] if load else [stack, scenario])


def _step(length: float) -> int:
    """Return the step of 10 % that a length is in; lengths within one are nearly equal."""
    return round(math.log(length, 1.1)) if length >= 1 else 0
