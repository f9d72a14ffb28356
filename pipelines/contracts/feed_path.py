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
    """Path parts with dots between, empty ones left out."""
    return ".".join(part for part in parts if part)
