"""Mistakes that publishers make, each as a function of an honest run."""

from __future__ import annotations

from tests.controls.corruptions import (  # noqa: F401  each enters its own
    measurement,
    stack,
    submission,
)
from tests.controls.corruptions.mistake import CORRUPTIONS, Corruption, corrupted

__all__ = ["CORRUPTIONS", "Corruption", "corrupted"]
