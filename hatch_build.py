"""Build hook: the wheel also contains the files that lie beside the package in a checkout.

An editable installation reads them from the checkout, so that it gets no copy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Where pipelines/settings.py looks for them in an installed package.
SHIPPED = "pipelines/shipped"
FILES = ("sql", "data/catalog", "dagster.yaml")


class BringAlong(BuildHookInterface):  # type: ignore[type-arg]
    """Add the files to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Include the files that exist; `version` is "standard" or "editable"."""
        if version == "standard":
            for name in FILES:
                if (Path(self.root) / name).exists():
                    build_data["force_include"][name] = f"{SHIPPED}/{name}"
