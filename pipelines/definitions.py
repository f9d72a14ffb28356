"""Entry point of `dg`: the definitions of the code location."""

from pipelines.orchestration.definitions import build_defs

__all__ = ["build_defs", "defs"]

defs = build_defs()
