"""The time of a build by stage: the job runs in this process, its functions timed from outside.

    python benchmarks/stages.py DATA

Prints seconds by stage as JSON; a `stage/part` is contained in its `stage`, `job` is all
of it. What no stage accounts for in the job is Dagster's: its definitions, steps, events.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from pipelines import contracts, settings, warehouse
from pipelines.ingest import staging
from pipelines.metadata import croissant, datapackage
from pipelines.orchestration import checks, runner, ui_metadata
from pipelines.publish import atomic, database, parquet, publish
from pipelines.transform import materialize

#: How the stages are called in a table, in the order of the flow.
LABELS = {
    "list": "list and hash `data/raw`",
    "stage": "stage the snapshot",
    "stage/split": "– split into lines",
    "stage/read": "– type cases and what they resolve to",
    "stage/validate": "– validate against the contracts",
    "stage/reconcile": "– reconcile cases with each other",
    "stage/write": "– write Parquet",
    "tables": "make the tables",
    "tables/main": "– star",
    "tables/metrics": "– metrics",
    "tables/quality": "– findings, rejects, drift",
    "tables/marts": "– marts",
    "checks": "checks",
    "checks/contracts": "– contracts",
    "checks/queries": "– rules and the others",
    "show": "what the UI shows of each table",
    "publish": "publish",
    "publish/database": "– the DuckDB file",
    "publish/parquet": "– Parquet",
    "publish/packages": "– datapackage.json, croissant.json",
    "publish/swap": "– make durable and swap",
}


class Clock:
    """Seconds by name, of calls that are wrapped."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._open: list[str] = []

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Count the time of a block."""
        self._open.append(name)
        started = time.perf_counter()
        try:
            yield
        finally:
            self._open.pop()
            self.spent[name] = self.spent.get(name, 0) + time.perf_counter() - started

    def wrap(self, owner: Any, function: str, *names: str) -> None:
        """Count a function's calls under these names."""
        self.replace(owner, function, lambda *_: names)

    def replace(self, owner: Any, function: str, names: Callable[..., tuple[str, ...]]) -> None:
        """Count a function's calls under names that depend on its arguments."""
        called = getattr(owner, function)

        @functools.wraps(called)
        def timed(*args: Any, **named: Any) -> Any:
            with self.timing_all(names(*args)):
                return called(*args, **named)

        setattr(owner, function, timed)

    @contextmanager
    def timing_all(self, names: tuple[str, ...]) -> Iterator[None]:
        """Count the time of a block under several names."""
        if not names:
            yield
        else:
            with self.timing(names[0]), self.timing_all(names[1:]):
                yield

    @property
    def is_idle(self) -> bool:
        """True if no counted call is running."""
        return not self._open


def instrument(clock: Clock) -> None:
    """Wrap what the assets and checks call."""
    clock.wrap(materialize, "list_raw", "list")
    clock.wrap(materialize, "stage_all", "stage")
    for name in ("read", "validate", "reconcile", "write"):
        part: ModuleType = getattr(staging, name)
        clock.wrap(part, name, f"stage/{name}")
    clock.wrap(staging, "split", "stage/split")
    clock.replace(
        materialize,
        "materialize",
        lambda db, settings_, table: ("tables", f"tables/{table.schema}"),
    )
    clock.wrap(checks, "violations", "checks", "checks/contracts")
    # The other checks are queries of their own: what is read while nothing else is running.
    for reading in ("frame", "rows"):
        clock.replace(
            warehouse.Warehouse,
            reading,
            lambda *_: ("checks", "checks/queries") if clock.is_idle else (),
        )
    clock.wrap(ui_metadata, "materialization", "show")
    clock.wrap(publish, "publish", "publish")
    clock.wrap(database, "write", "publish/database")
    clock.wrap(parquet, "write", "publish/parquet")
    clock.wrap(datapackage, "describe", "publish/packages")
    clock.wrap(croissant, "describe", "publish/packages")
    clock.wrap(atomic, "commit", "publish/swap")


def split(spent: dict[str, float], total: float) -> dict[str, float]:
    """All labels with their seconds, of a process that took `total` from start to end."""
    found = {label: spent.get(name, 0) for name, label in LABELS.items()}
    counted = sum(value for name, value in spent.items() if name in LABELS and "/" not in name)
    found["Dagster: definitions, steps, events"] = spent["job"] - counted
    found["start: Python and imports"] = total - spent["job"]
    found["**all**"] = total
    return found


def _schema(table: str) -> str:
    return contracts.table_of(contracts.contracts()[table]).schema


def main(data: str) -> None:
    """Build, and print the seconds."""
    clock = Clock()
    instrument(clock)
    started = time.perf_counter()
    outcome = runner.build(settings.load(data))
    if outcome.failure is not None:
        sys.exit(outcome.failure)
    print(json.dumps({**clock.spent, "job": time.perf_counter() - started}))


if __name__ == "__main__":
    main(sys.argv[1])
