"""Speculation, prefix caching and KV cache, read from a startup command and notes.

True is on, False is off, None is not said. Patterns mean what RE2 makes of them: `\\s` is
`[\\t\\n\\f\\r ]`, `\\w` is ASCII, and `$` is the end of the text, not of its last line.
"""

from __future__ import annotations

import re

_SPECULATION = re.compile(
    r"(^|[^a-z0-9])"
    r"(speculat[a-z]*|mtp|nextn|eagle[-_ ]?[123]?|medusa|draft[-_ ]model|lookahead"
    r"|multi[-_ ]token[-_ ]prediction)"
    r"([^a-z0-9]|\Z)"
    r"|推测解码|投机解码"
)
_PREFIX_CACHING = re.compile(
    r"prefix[-_ ]?cach|radix|(^|[^a-z0-9])apc([^a-z0-9]|\Z)|block[-_ ]?reuse|前缀缓存|前缀复用"
)
_OFF = re.compile(
    r"(^|[^a-z0-9])(no|not|without|disabled?|disabling|off|false|none|null|never|0)([^a-z0-9]|\Z)"
    r"|未|关闭|禁用|停用|没有|不(使用|启用|开启|支持|用)|无(推测|投机|前缀)"
)
_KV_CACHE_DTYPE = re.compile(
    r"kv[-_]cache[-_]dtype[\"']?[=:\t\n\f\r ]+[\"']?([A-Za-z0-9_]+)", re.IGNORECASE | re.ASCII
)
_OFFLOADED = re.compile(
    r"offload|ktransformers|(^|[^a-z])-ngl([^a-z]|\Z)|n[-_]gpu[-_]layers",
    re.IGNORECASE | re.ASCII,
)


def speculation(command: str | None, notes: str | None) -> bool | None:
    """Speculative decoding: on, off or not said."""
    return _said(_SPECULATION, command, notes)


def prefix_caching(command: str | None, notes: str | None) -> bool | None:
    """Prefix caching: on, off or not said."""
    return _said(_PREFIX_CACHING, command, notes)


def kv_cache_bits(command: str | None) -> int | None:
    """Bits of a value of the KV cache, by the first type that the command names."""
    found = _KV_CACHE_DTYPE.search(command or "")
    if found is None:
        return None
    name = found[1].lower()
    if name.startswith("fp8") or name == "int8":
        return 8
    if name.startswith("fp4") or name in ("nvfp4", "int4"):
        return 4
    if name in ("bf16", "bfloat16", "fp16", "float16"):
        return 16
    return None


def may_offload(command: str | None, notes: str | None) -> bool:
    """Command or notes name weights that are kept outside the cards' memory."""
    return any(_OFFLOADED.search(text) for text in (command, notes) if text is not None)


def _said(topic: re.Pattern[str], command: str | None, notes: str | None) -> bool | None:
    clauses = _clauses_of_command(command or "") + _clauses_of_notes(notes or "")
    about = [clause for clause in clauses if topic.search(clause)]
    if not about:
        return None
    return any(not _OFF.search(clause) for clause in about)


def _clauses_of_command(command: str) -> list[str]:
    options_apart = re.sub(r"[\t\n\f\r ]+(--?[a-z])", r"\n\1", _cleaned(command))
    return re.split(r"[\r\n;,{}]", options_apart)


def _clauses_of_notes(notes: str) -> list[str]:
    return re.split(r"[.,;\r\n。，；、]", _cleaned(notes))


def _cleaned(text: str) -> str:
    """Lower case, no dots inside numbers, no name of a platform that is no speculation."""
    return re.sub(r"([0-9])[.]([0-9])", r"\1\2", text.lower()).replace("eagle stream", "")
