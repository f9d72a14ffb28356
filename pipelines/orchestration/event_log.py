"""Dagster's history of runs: writing it in a build, and deleting a run from it.

Both work better with Dagster's private modules (`dagster_internals`). For a version of Dagster that
was not tested, the public interface is used instead, and the log says so once.
"""

from __future__ import annotations

import importlib
import logging
from functools import cache
from types import ModuleType

import dagster as dg

from pipelines.settings import Settings

#: Tag of every run: its data folder. One history may have runs of several folders.
DATA_TAG = "roofhouse/data"

#: The minor version that `dagster_internals` was tested with; pyproject.toml allows no later one.
TESTED = "1.13"


def folder(settings: Settings) -> str:
    """Return the value of the tag: the real path of the data folder."""
    return str(settings.data.resolve())


def others(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """Return the other data folders that have runs in a history."""
    tagged = dict(instance.get_run_tags([DATA_TAG])).get(DATA_TAG, set())
    return sorted(tagged - {folder(settings)})


@cache
def _internals() -> ModuleType | None:
    """Return `dagster_internals`; None if it was not tested with this version of Dagster."""
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
    """Return the instance with its event log kept open for a build, if that is possible."""
    internals = _internals()
    return instance if internals is None else internals.kept_open(instance)


def forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run from the history."""
    internals = _internals()
    if internals is None:
        instance.delete_run(run_id)
    else:
        internals.forget(instance, run_id)
