"""Dagster's history of runs: how a build writes it, and how a run is deleted from it.

Both are better done with Dagster's private modules (`dagster_internals`). Where the Dagster at hand
is not one that these were tested with, its public interface does, and the log says so once.
"""

from __future__ import annotations

import importlib
import logging
from functools import cache
from types import ModuleType

import dagster as dg

#: The minor version that `dagster_internals` was tested with; pyproject.toml allows no later one.
TESTED = "1.13"


@cache
def _internals() -> ModuleType | None:
    """The module that rests on Dagster's private ones; None where it does not fit this Dagster."""
    try:
        if not dg.__version__.startswith(f"{TESTED}."):
            raise ImportError(f"version {dg.__version__} was not tested, only {TESTED}")
        return importlib.import_module("pipelines.orchestration.dagster_internals")
    except ImportError as error:
        logging.getLogger(__name__).warning(
            f"Dagster: {error}; builds work, but are slower, and old runs leave more behind"
        )
        return None


def kept_open(instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """Return the instance with its event log kept open for a build, else as it is."""
    internals = _internals()
    return instance if internals is None else internals.kept_open(instance)


def forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run from the history."""
    internals = _internals()
    if internals is None:
        instance.delete_run(run_id)
    else:
        internals.forget(instance, run_id)
