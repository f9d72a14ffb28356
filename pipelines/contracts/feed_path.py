"""Paths of fields in an item of the feed."""

from __future__ import annotations

#: Part of a feed item that a contract's `origin.entity` names.
ROOTS = {
    "case": "",
    "hardware": "resolved.hardware",
    "server": "resolved.server",
    "model": "resolved.model",
    "engine": "resolved.engine",
    "quant": "resolved.quantization",
}


def join(*parts: str) -> str:
    """Join the parts of a path with dots, leaving out empty ones."""
    return ".".join(part for part in parts if part)
